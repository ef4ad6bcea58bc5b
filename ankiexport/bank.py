"""Reading a bank: its settings and all its question files, every problem in one run."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from ankiexport.bank_settings import BANK_FILE, parse_settings, read_settings
from ankiexport.diagnostics import Diagnostic, Position
from ankiexport.errors import BankNotFoundError
from ankiexport.markdown_questions import parse_markdown
from ankiexport.question import Bank, LoadedBank, Question
from ankiexport.question_nodes import questions_of
from ankiexport.yaml_source import Mapping as MappingNode
from ankiexport.yaml_source import parse_yaml, read_text

_NO_QUESTIONS = {"media", "card_templates"}
_NO_QUESTION_FILES = {"README", "CONTRIBUTING", "CHANGELOG", "LICENSE"}

# Texts of an editor that stand in for files, by their paths with slashes.
Unsaved = Mapping[str, str]
_NOTHING_UNSAVED: Unsaved = MappingProxyType({})


def find_bank(path: Path) -> Path:
    """Return the folder of the bank that a path names: a folder with `bank.yaml`, or that file.

    Raises `BankNotFoundError`.
    """
    root = path.parent if path.name == BANK_FILE and path.is_file() else path
    if not (root / BANK_FILE).is_file():
        raise BankNotFoundError(path)
    return root


ReadFile = Callable[[Path, Bank], tuple[list[Question], list[Diagnostic]]]


def load_bank(
    root: Path, read: ReadFile | None = None, unsaved: Unsaved = _NOTHING_UNSAVED
) -> tuple[LoadedBank | None, list[Diagnostic]]:
    """Read the bank in a folder; None only when its `bank.yaml` cannot be used at all.

    Questions come in order of study: by level, then by file (natural order of the paths),
    then as they stand in the file. `read` reads one question file, in place of `read_questions`;
    of `unsaved` texts it has to know by itself.
    """
    read = read or read_questions
    settings = unsaved.get((root / BANK_FILE).as_posix())
    bank, out = read_settings(root) if settings is None else parse_settings(root, settings)
    if bank is None:
        return None, out
    questions: list[Question] = []
    for path in question_files(root, unsaved):
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


def question_files(root: Path, unsaved: Unsaved = _NOTHING_UNSAVED) -> list[Path]:
    """Return the question files of a bank in natural order of their paths ("2" before "10")."""
    new = (path for path in map(Path, unsaved) if is_question_file(root, path))

    def place(path: Path) -> tuple[list[tuple[int, int, str]], str]:
        name = path.relative_to(root).as_posix()
        # Names that differ in letter case alone come in the same order on every file system.
        return _natural(name), name

    return sorted({*_walk(root, top=True), *new}, key=place)


def is_question_file(root: Path, path: Path) -> bool:
    """Tell by its name whether a file of a bank holds questions, whether it is there or not."""
    if not path.is_relative_to(root):
        return False
    parts = path.relative_to(root).parts
    is_hidden = any(part.startswith((".", "_")) for part in parts)
    return not is_hidden and parts[0] not in _NO_QUESTIONS and _is_question_name(path, top=len(parts) == 1)


def read_questions(path: Path, bank: Bank) -> tuple[list[Question], list[Diagnostic]]:
    """Read one question file, YAML or Markdown by the end of its name."""
    text, out = read_text(path)
    if text is None:
        return [], out
    questions, problems = parse_questions(text, path, bank)
    return questions, out + problems


def parse_questions(text: str, path: Path, bank: Bank) -> tuple[list[Question], list[Diagnostic]]:
    """Return the questions that the text of a question file holds."""
    parse = parse_markdown if path.suffix.lower() == ".md" else parse_yaml
    node, out = parse(text, path.as_posix())
    if node is None:
        return [], out
    if not isinstance(node, MappingNode):
        if not out:
            message = "a question file holds a mapping with level: and questions:"
            out.append(Diagnostic(Position(path.as_posix()), "wrong-type", message, "begin with level: ..."))
        return [], out
    questions, found = questions_of(node, bank)
    return questions, out + found


def _walk(folder: Path, *, top: bool = False) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name.startswith((".", "_")):
            continue
        if path.is_dir():
            if not path.is_symlink() and not (top and path.name in _NO_QUESTIONS):
                yield from _walk(path)
        elif _is_question_name(path, top=top):
            yield path


def _is_question_name(path: Path, *, top: bool) -> bool:
    if path.suffix.lower() == ".md":
        return path.stem.upper() not in _NO_QUESTION_FILES
    return path.suffix.lower() in {".yaml", ".yml"} and not (top and path.name == BANK_FILE)


def _natural(path: str) -> list[tuple[int, int, str]]:
    parts = re.split(r"(\d+)", path.casefold())
    return [(0, int(part), part) if part.isdecimal() else (1, 0, part) for part in parts]
