"""Reading a bank: its settings and all its question files, every problem in one run."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from ankiexport.bank_files import BANK_FILE, find_bank, is_question_file, question_files
from ankiexport.bank_settings import parse_settings, read_settings
from ankiexport.diagnostics import Diagnostic, Position
from ankiexport.question import Bank, LoadedBank, Question
from ankiexport.question_nodes import questions_of
from ankiexport.source_files import read_source, text_of
from ankiexport.yaml_source import Mapping as MappingNode
from ankiexport.yaml_source import Node, parse_yaml

# Texts of an editor that stand in for files, by their paths with slashes.
Unsaved = Mapping[str, str]
_NOTHING_UNSAVED: Unsaved = MappingProxyType({})

__all__ = [
    "Unsaved", "find_bank", "is_question_file", "load_bank", "no_question", "parse_questions", "question_files",
    "questions_in", "read_questions",
]  # fmt: skip

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
        out.append(no_question(root))
    return LoadedBank(bank, tuple(questions)), out


def no_question(root: Path) -> Diagnostic:
    """Return the problem of a bank in which nothing is written yet."""
    message = "the bank has no question yet"
    advice = "write one in a file such as questions.yaml beside bank.yaml"
    return Diagnostic(Position((root / BANK_FILE).as_posix()), "bank-empty", message, advice)


def read_questions(path: Path, bank: Bank) -> tuple[list[Question], list[Diagnostic]]:
    """Read one question file, YAML or Markdown by the end of its name."""
    data, out = read_source(path)
    return ([], out) if data is None else questions_in(data, path, bank)


def questions_in(data: bytes, path: Path, bank: Bank) -> tuple[list[Question], list[Diagnostic]]:
    """Return the questions in the bytes of a question file."""
    text, out = text_of(data, path)
    if text is None:
        return [], out
    questions, problems = parse_questions(text, path, bank)
    return questions, out + problems


def parse_questions(text: str, path: Path, bank: Bank) -> tuple[list[Question], list[Diagnostic]]:
    """Return the questions that the text of a question file holds."""
    node, out = _parsed(text, path)
    if node is None:
        return [], out
    if not isinstance(node, MappingNode):
        if not out:
            message = "a question file holds a mapping with level: and questions:"
            out.append(Diagnostic(Position(path.as_posix()), "wrong-type", message, "begin with level: ..."))
        return [], out
    questions, found = questions_of(node, bank)
    return questions, out + found


def _parsed(text: str, path: Path) -> tuple[Node | None, list[Diagnostic]]:
    if path.suffix.lower() != ".md":
        return parse_yaml(text, path.as_posix())
    from ankiexport.markdown_questions import parse_markdown

    return parse_markdown(text, path.as_posix())
