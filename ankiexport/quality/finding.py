"""What a quality rule is, and what it finds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ankiexport.diagnostics import Diagnostic
from ankiexport.quality.outline import Overview
from ankiexport.question import LoadedBank, Question, Text


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem, and the question whose `allow` may silence it; None when it is the bank's own."""

    question: Question | None
    diagnostic: Diagnostic


# A rule that looks at each question by itself, so that a bank may come in pieces, and one over the whole bank.
Rule = Callable[[LoadedBank], Iterator[Finding]]
BankRule = Callable[[Overview], Iterator[Finding]]


def found(question: Question, text: Text, offset: int, code: str, message: str, advice: str) -> Finding:
    """Return the finding at the character at `offset` of a question's text."""
    return Finding(question, Diagnostic(text.at(offset), code, message, advice))
