"""The texts of the first bank's cards, and the numbers that are printed in them.

In patterns `#` is a number, `&` a number or a word for one, `~` some text without digits and `…` any text.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Self
from xml.etree import ElementTree as ET

from banks import FIRST_BANK

from ankiexport.bank import load_bank
from ankiexport.quality.texts import answered
from ankiexport.question import Question

_COUNTS = re.findall(r"\w+", "one two three four five six seven eight nine ten eleven twelve thirteen")
_PARTS = {"half": 0.5, "quarter": 0.25}
_DIGITS = r"(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)(?:\s(?:million|billion)\b)?"
_NUMBER = rf"(?<![\w.,])[-−+±]?\$?{_DIGITS}(?!\d)"
_TOKENS = {
    "#": f"({_NUMBER})",
    "&": f"({_NUMBER}|\\b(?i:{'|'.join([*_COUNTS, *_PARTS])})\\b)",
    "~": r"[^\d]{0,240}?",
    "…": r".{0,600}?",
}
_SCALES = {"million": 1e6, "billion": 1e9}
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LATEX = {
    r"\cdot": "·",
    r"\times": "×",
    r"\approx": "≈",
    r"\alpha": "α",
    r"\lambda": "λ",
    r"\sqrt": "√",
    r"\%": "%",
    r"\$": "$",
}


class Printed(float):
    """A number as a text prints it; `step` is the unit of its last digit, and nothing for "half"."""

    step: float

    def __new__(cls, text: str) -> Self:
        digits, _, scale = text.strip().casefold().partition(" ")
        factor = _SCALES.get(scale, 1.0)
        if digits in _PARTS:
            number = super().__new__(cls, _PARTS[digits])
            factor = 0.0
        elif digits in _COUNTS:
            number = super().__new__(cls, _COUNTS.index(digits) + 1)
        else:
            digits = re.sub(r"[$,+±]", "", digits).replace("−", "-")
            number = super().__new__(cls, float(digits) * factor)
        number.step = 10.0 ** -len(digits.partition(".")[2]) * factor
        return number


def same(printed: Printed, computed: float) -> None:
    """Assert that a result is what is printed, in the rounding of the print."""
    gap = abs(computed - printed)
    assert gap <= printed.step / 2 + 1e-9 * abs(printed), f"{printed:,} is printed, {computed:,.6g} comes out"


def near(printed: Printed, computed: float, within: float) -> None:
    """Assert that a result is what is printed, where the card says "about"; `within` is a share of it."""
    assert abs(computed - printed) <= within * abs(printed), (
        f"{printed:,} is printed, {computed:,.6g} comes out"
    )


def equal(*numbers: float) -> None:
    """Assert that one number stands in several places."""
    assert max(numbers) - min(numbers) <= 1e-9 * max(map(abs, numbers)), numbers


def read(text: str, pattern: str) -> list[Printed]:
    """Return the numbers that a pattern finds in a text."""
    match = re.search("".join(_TOKENS.get(sign, sign) for sign in pattern), text)
    assert match, f"there is nothing like {pattern!r}"
    return [Printed(group) for group in match.groups()]


def numbers(text: str) -> list[Printed]:
    """Return all numbers of a text."""
    return [Printed(match[0]) for match in re.finditer(_NUMBER, text)]


def quoted(code: str) -> list[str]:
    """Return the words that stand in double quotes in a line of code."""
    return re.findall(r'"(\w+)"', code)


def flat(markdown: str) -> str:
    """Return Markdown on one line, without emphasis, and with formulas as one would type them."""
    text = " ".join(markdown.replace("*", "").split())
    text = re.sub(r"(?<![\\$])\$(?![\s$])([^$]+?)(?<!\s)\$(?!\d)", r"\1", text)
    for command, sign in _LATEX.items():
        text = text.replace(command, sign)
    return text


@dataclass(frozen=True)
class Card:
    """The texts of a question: what is read, what is code and what code prints."""

    id: str
    text: str
    code: str
    output: str
    tables: tuple[tuple[tuple[str, ...], ...], ...]
    facts: Mapping[str, str]

    def read(self, pattern: str) -> list[Printed]:
        """Return the numbers that a pattern finds in the running text."""
        return read(self.text, pattern)

    def fact(self, end: str, pattern: str) -> list[Printed]:
        """Return the numbers that a pattern finds in the fact whose id ends so."""
        return read(self.facts[f"{self.id}-{end}"], pattern)

    def table(self, header: str) -> tuple[tuple[str, ...], ...]:
        """Return the rows of the first table that has such a column."""
        found = [table for table in self.tables if any(header in cell for cell in table[0])]
        assert found, f"no table has a column {header!r}"
        return found[0][1:]

    def rows(self, header: str) -> dict[str, list[Printed]]:
        """Return the numbers of each row of that table, by the row's first cell."""
        return {row[0]: [n for cell in row[1:] for n in numbers(cell)] for row in self.table(header)}


def as_card(question: Question) -> Card:
    """Return the texts of a question."""
    answer = question.answer.value if question.answer else ""
    code = [match[2] for match in FENCE.finditer(answer) if match[1] != "output"]
    output = [match[2] for match in FENCE.finditer(answer) if match[1] == "output"]
    rest = FENCE.sub("", answer)
    parts = [question.question, *question.hints]
    after = [*question.key_points, *question.pitfalls, *question.follow_ups]
    texts = [*(part.value for part in parts), rest, *(part.value for part in after)]
    found = re.findall(r"(?:^[ \t]*\|.*\n?)+", rest, re.MULTILINE)
    return Card(
        question.id,
        flat("\n".join(texts)),
        "".join(code),
        "".join(output),
        tuple(tuple(_cells(table)) for table in found),
        {fact.id: flat(answered(fact.text.value).text) for fact in question.facts},
    )


def _cells(table: str) -> list[tuple[str, ...]]:
    rows = [tuple(flat(cell) for cell in line.strip().strip("|").split("|")) for line in table.splitlines()]
    return [row for row in rows if not all(set(cell) <= set("-: ") for cell in row)]


@cache
def questions() -> dict[str, Question]:
    """Return the questions of the first bank by their ids."""
    loaded, _ = load_bank(FIRST_BANK)
    assert loaded
    return {question.id: question for question in loaded.questions}


def card(question_id: str) -> Card:
    """Return the texts of a question of the first bank."""
    return as_card(questions()[question_id])


def picture(name: str) -> ET.Element:
    """Return an SVG picture of the first bank."""
    return ET.fromstring((FIRST_BANK / "media" / name).read_text(encoding="utf-8"))  # noqa: S314 - our own


def labels(name: str) -> list[tuple[str, float, float]]:
    """Return the texts of a picture with their places."""
    return [
        ("".join(text.itertext()), float(text.get("x", "nan")), float(text.get("y", "nan")))
        for text in picture(name).iter("{http://www.w3.org/2000/svg}text")
    ]


def lettering(name: str) -> str:
    """Return all that is written in a picture."""
    return " / ".join(label for label, _, _ in labels(name))


Check = Callable[[Card], None]
CHECKS: dict[str, Check] = {}


def numbers_of(question_id: str) -> Callable[[Check], Check]:
    """Register a check of the numbers of a question."""

    def register(check: Check) -> Check:
        assert question_id not in CHECKS
        CHECKS[question_id] = check
        return check

    return register
