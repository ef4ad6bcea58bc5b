"""Reading a bank: its settings and all its question files, every problem in one run."""

from collections.abc import Callable
from pathlib import Path

from ankiexport.bank_files import BANK_FILE, find_bank, question_files
from ankiexport.bank_settings import read_settings
from ankiexport.diagnostics import Diagnostic, Position
from ankiexport.markdown_questions import parse_markdown
from ankiexport.question import Bank, LoadedBank, Question
from ankiexport.question_nodes import questions_of
from ankiexport.yaml_source import Mapping, parse_yaml, read_source, text_of

__all__ = [
    "find_bank", "load_bank", "no_question", "question_files", "questions_in", "read_questions",
]  # fmt: skip

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
