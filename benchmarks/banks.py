"""Banks to measure with, made by a seeded generator: six levels, answers of 120 words, a file for fifty questions."""

import random
from pathlib import Path

LEVELS = ("beginner", "intermediate", "advanced", "scenario", "workflow", "behavioral")
PER_FILE = 50

_SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstv" for vowel in "aeiou"]
_SETTINGS = """\
title: Generated bank
namespace: ankiexport/benchmark
file_name: generated
levels:
{levels}
tags:
{tags}
"""
_CODE = (
    (
        "python",
        (
            "def {0}({1}: list[float], limit: int = {n}) -> float:\n"
            '    """Return the {2} of {1}."""\n'
            "    kept = [value for value in {1} if value > {n} / 7]\n"
            "    return sum(kept[:limit]) / max(1, len(kept))  # {3}"
        ),
    ),
    (
        "sql",
        "SELECT {0}, count(*) AS {1}\nFROM {2}\nWHERE {3} >= {n}\nGROUP BY {0}\nORDER BY {1} DESC\nLIMIT {n};",
    ),
    ("yaml", "{0}:\n  {1}: {n}\n  {2}: [{3}, true]\n  when: '*/{n} * * * *'"),
)


def generate(folder: Path, count: int, seed: int = 7) -> Path:
    """Write a bank of `count` questions into a folder that does not exist yet, and return the folder."""
    folder.mkdir(parents=True)
    writer = _Writer(random.Random(seed))  # noqa: S311 - a bank to measure with, not a secret
    levels = "\n".join(
        f"  - {{key: {key}, name: {key.title()}, deck: {number} {key.title()}}}"
        for number, key in enumerate(LEVELS, start=1)
    )
    tags = "\n".join(f"  topic::{word}: About {word}." for word in writer.topics)
    _write(folder / "bank.yaml", _SETTINGS.format(levels=levels, tags=tags))
    for start in range(0, count, PER_FILE):
        # So that even a small bank has all levels.
        step = min(PER_FILE, max(1, count // len(LEVELS)))
        for first in range(start, min(count, start + PER_FILE), step):
            level = LEVELS[first * len(LEVELS) // count]
            last = min(first + step, start + PER_FILE, count)
            questions = "".join(writer.question(number) for number in range(first, last))
            _write(folder / level / f"{first:06}.yaml", f"level: {level}\nquestions:\n{questions}")
    return folder


def edit(folder: Path, number: int) -> None:
    """Change the answer of one question of a generated bank, another one for each number."""
    files = sorted(path for path in folder.glob("*/*.yaml") if path.parent.name in LEVELS)
    path = files[number * 7919 % len(files)]
    before, mark, after = path.read_text(encoding="utf-8").partition("    answer: |\n")
    _write(path, f"{before}{mark}      Edited {number} times.\n{after}")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


class _Writer:
    """Writes questions out of words that it has made up."""

    def __init__(self, source: random.Random) -> None:
        self._random = source
        self._words = [
            "".join(source.choices(_SYLLABLES, k=source.choice((1, 2, 2, 3, 3, 4)))) for _ in range(6000)
        ]
        self.topics = sorted(set(self._take(40)))

    def question(self, number: int) -> str:
        """Return one question as an item of a file's list."""
        asked = f"How does **{self._said(3)}** change the {self._said(7)} when `{self._word()}` is large?"
        points = "".join(f"      - {self._sentence(8)}\n" for _ in range(3))
        return (
            f"  - id: question-{number}\n"
            f'    question: "{asked}"\n'
            f"    hint: {self._sentence(9)}\n"
            f"    tags: [topic::{self._random.choice(self.topics)}]\n"
            f"    answer: |\n{_indented(self._answer())}"
            f"    key_points:\n{points}"
            f"    sources:\n      - '{self._sentence(5)} ({self._random.randint(1990, 2025)})'\n"
        )

    def _answer(self) -> str:
        items = "\n".join(f"- **{self._word()}**: {self._sentence(8)}" for _ in range(3))
        rows = "\n".join(
            f"| {self._said(2)} | {self._random.random():.3f} | `{self._word()}` |" for _ in range(3)
        )
        language, shape = self._random.choice(_CODE)
        code = shape.format(*self._take(4), n=self._random.randint(2, 999))
        formula = rf"$\frac{{{self._random.randint(2, 99)}}}{{n}} \le x_{{{self._random.randint(1, 9)}}}$"
        return (
            f"{self._sentence(14)} {self._sentence(12)} It is *{self._said(2)}*, and {formula} holds.\n\n"
            f"{items}\n\n{self._sentence(11)}\n\n"
            f"| {self._word()} | {self._word()} | {self._word()} |\n|---|---|---|\n{rows}\n\n"
            f"```{language}\n{code}\n```\n\n"
            f"{self._sentence(13)} See [{self._word()}](https://example.org/{self._word()}).\n"
        )

    def _word(self) -> str:
        return self._random.choice(self._words)

    def _take(self, count: int) -> list[str]:
        return [self._word() for _ in range(count)]

    def _said(self, count: int) -> str:
        return " ".join(self._take(count))

    def _sentence(self, count: int) -> str:
        return f"{self._said(count).capitalize()}."


def _indented(text: str) -> str:
    return "".join(f"      {line}\n" if line else "\n" for line in text.rstrip("\n").split("\n"))
