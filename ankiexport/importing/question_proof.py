"""The questions of a new bank compared with their source, and its problems told by the places of the source."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ankiexport.bank import load_bank
from ankiexport.checked_bank import CheckedBank
from ankiexport.diagnostics import Diagnostic
from ankiexport.importing.costly import is_costly
from ankiexport.importing.given_notes import NotTheSameError
from ankiexport.importing.question_files import QuestionFiles, kept_tags
from ankiexport.importing.questions import SourceQuestion, SourceQuestions
from ankiexport.quality import CODES as QUALITY_CODES
from ankiexport.question import Question, Text

# All but tab and line break: Python-Markdown uses some of them for itself.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def prove_questions(checked: CheckedBank, files: QuestionFiles) -> None:
    """Compare each text and tag of a bank with its source; raises `NotTheSameError`."""
    loaded, _problems = load_bank(checked.outline.bank.root) if checked.outline else (None, [])
    read = {question.id: question for question in loaded.questions} if loaded else {}
    for key, source in files.questions.items():
        difference = _difference(read.get(key), source)
        if difference:
            what = f'the question "{key}" ({source.position})'
            raise NotTheSameError(what, difference)
    if len(checked.contents) != len(files.questions):
        what = "the bank"
        raise NotTheSameError(what, "number of notes differs")


def _difference(question: Question | None, source: SourceQuestion) -> str:
    if question is None:
        return "text is gone"
    pairs = {
        "question": ((question.question,), (source.question,)),
        "answer": ((question.answer,) if question.answer else (), (source.answer,) if source.answer else ()),
        "hints": (question.hints, source.hints),
        "key points": (question.key_points, source.key_points),
        "pitfalls": (question.pitfalls, source.pitfalls),
        "follow-ups": (question.follow_ups, source.follow_ups),
        "sources": (question.sources, source.sources),
        "tags": (question.tags, tuple(kept_tags(source))),
    }
    for name, (texts, wanted) in pairs.items():
        if _values(texts) != wanted:
            return f"{name} differ"
    return "" if not source.deck or question.deck == source.deck else "deck differs"


def _values(texts: Sequence[Text]) -> tuple[str, ...]:
    return tuple(text.value for text in texts)


def unusable_texts(source: SourceQuestions) -> tuple[Diagnostic, ...]:
    """Return an error for each text that Markdown would read for minutes, or of which it would drop characters."""
    found = []
    for question in source.questions:
        for text in _texts_of(question):
            control = _CONTROL.search(text)
            if control:
                message = f"the text holds the control character U+{ord(control[0]):04X}"
                found.append(Diagnostic(question.position, "source-syntax", message, "remove it"))
            elif is_costly(text):
                message = "the text holds so many brackets or fences without an end that reading it would take minutes"
                advice = "close them, or take the text out"
                found.append(Diagnostic(question.position, "source-syntax", message, advice))
    return tuple(found)


def _texts_of(question: SourceQuestion) -> Iterator[str]:
    yield from (question.question, question.answer)
    for texts in (
        question.hints,
        question.key_points,
        question.pitfalls,
        question.follow_ups,
        question.sources,
    ):
        yield from texts


def at_their_sources(checked: CheckedBank, files: QuestionFiles) -> Iterator[Diagnostic]:
    """Yield the problems of a new bank, each at the place where its question stands in the source."""
    starts: dict[str, list[tuple[int, str]]] = {}
    for question in checked.outline.questions if checked.outline else ():
        starts.setdefault(question.position.path, []).append((question.position.line, question.id))
    for problem in checked.diagnostics:
        above = [key for line, key in starts.get(problem.position.path, ()) if line <= problem.position.line]
        source = files.questions.get(above[-1]) if above else None
        if source is None or not source.position.path:
            yield problem
        else:
            yield replace(problem, position=source.position, related=())


def advice_apart(problems: Iterator[Diagnostic]) -> tuple[tuple[Diagnostic, ...], list[str]]:
    """Return the problems that are no matters of taste, and a sentence on how many are."""
    listed = list(problems)
    kept = tuple(problem for problem in listed if problem.code not in QUALITY_CODES)
    advice = len(listed) - len(kept)
    said = [f"nothing, but look at them: {advice:,} pieces of advice on the questions (ankiexport check)"]
    return kept, said if advice else []


def question_counts(checked: CheckedBank) -> dict[str, int]:
    """Return how many there are of what is imported, by words for them."""
    return {
        "question": len(checked.contents),
        "card": sum(len(content.ords) for content in checked.contents),
        "level": len(checked.outline.bank.levels) if checked.outline else 0,
    }
