"""What a quality rule is, and what it finds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ankiexport.diagnostics import Diagnostic
from ankiexport.question import LoadedBank, Question, Text


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem, and the question whose `allow` may silence it; None when it is the bank's own."""

    question: Question | None
    diagnostic: Diagnostic


Rule = Callable[[LoadedBank], Iterator[Finding]]


def found(question: Question, text: Text, offset: int, code: str, message: str, advice: str) -> Finding:
    """Return the finding at the character at `offset` of a question's text."""
    return Finding(question, Diagnostic(text.at(offset), code, message, advice))
