"""Reading a bank: its settings and all its question files, every problem in one run."""

import os
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

from ankiexport.bank_settings import BANK_FILE, read_settings
from ankiexport.diagnostics import Diagnostic, Position
from ankiexport.errors import BankNotFoundError
from ankiexport.markdown_questions import parse_markdown
from ankiexport.question import Bank, LoadedBank, Question
from ankiexport.question_nodes import questions_of
from ankiexport.yaml_source import Mapping, parse_yaml, read_text

_NO_QUESTIONS = {"media", "card_templates"}
_OTHER_TEXTS = {"README", "CONTRIBUTING", "CHANGELOG", "LICENSE"}


def find_bank(path: Path) -> Path:
    """Return the folder of the bank that a path names: a folder with `bank.yaml`, or that file.

    Raises `BankNotFoundError`.
    """
    root = path.parent if path.name == BANK_FILE and path.is_file() else path
    if not (root / BANK_FILE).is_file():
        raise BankNotFoundError(path)
    return root


ReadFile = Callable[[Path, Bank], tuple[list[Question], list[Diagnostic]]]


def load_bank(root: Path, read: ReadFile | None = None) -> tuple[LoadedBank | None, list[Diagnostic]]:
    """Read the bank in a folder; None only when its `bank.yaml` cannot be used at all.

    Questions come in order of study: by level, then by file (natural order of the paths),
    then as they stand in the file. `read` reads one question file, in place of `read_questions`.
    """
    read = read or read_questions
    bank, out = read_settings(root)
    if bank is None:
        return None, out
    questions: list[Question] = []
    for path in question_files(root):
        found, problems = read(path, bank)
        questions.extend(found)
        out.extend(problems)
    rank = {key: number for number, key in enumerate(bank.level_keys)}
    questions.sort(key=lambda question: rank.get(question.level, len(rank)))
    if not questions and not out:
        message = "the bank has no question yet"
        advice = "write one in a file such as questions.yaml beside bank.yaml"
        out.append(Diagnostic(Position((root / BANK_FILE).as_posix()), "bank-empty", message, advice))
    return LoadedBank(bank, tuple(questions)), out


def question_files(root: Path) -> list[Path]:
    """Return the question files of a bank in natural order of their paths ("2" before "10")."""
    # Names that differ in letter case alone come in the same order on every file system.
    return [root / name for name in sorted(_walk(str(root), ""), key=lambda name: (_natural(name), name))]


def read_questions(path: Path, bank: Bank) -> tuple[list[Question], list[Diagnostic]]:
    """Read one question file, YAML or Markdown by the end of its name."""
    text, out = read_text(path)
    if text is None:
        return [], out
    parse = parse_markdown if path.suffix.lower() == ".md" else parse_yaml
    node, problems = parse(text, path.as_posix())
    out.extend(problems)
    if node is None and not problems:
        return [], out
    if not isinstance(node, Mapping):
        if not problems:
            message = "a question file holds a mapping with level: and questions:"
            out.append(Diagnostic(Position(path.as_posix()), "wrong-type", message, "begin with level: ..."))
        return [], out
    questions, found = questions_of(node, bank)
    return questions, out + found


def _walk(folder: str, inside: str) -> Iterator[str]:
    """Yield the question files below a folder that lies `inside` the bank; of ten thousand, in a moment."""
    with os.scandir(folder) as found:
        for entry in found:
            if entry.name.startswith((".", "_")):
                continue
            if entry.is_dir():
                if not entry.is_symlink() and (inside or entry.name not in _NO_QUESTIONS):
                    yield from _walk(entry.path, f"{inside}{entry.name}/")
            elif _is_question_file(entry.name) and (inside or entry.name != BANK_FILE):
                yield inside + entry.name


def _is_question_file(name: str) -> bool:
    stem, _, ending = name.rpartition(".")
    return ending.lower() in {"yaml", "yml"} or (ending.lower() == "md" and stem.upper() not in _OTHER_TEXTS)


# The preview sorts the same names after each save.
@lru_cache(maxsize=1 << 15)
def _natural(path: str) -> tuple[tuple[int, int, str], ...]:
    parts = re.split(r"(\d+)", path.casefold())
    return tuple((0, int(part), part) if part.isdecimal() else (1, 0, part) for part in parts)
