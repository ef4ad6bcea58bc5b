"""Questions as a source has them: texts in Markdown, to be written in the bank's own form."""

from dataclasses import dataclass, field

from ankiexport.diagnostics import Position


@dataclass(frozen=True, slots=True)
class SourceQuestion:
    """A question with its texts in Markdown; with `is_cloze` the question holds clozes and needs no answer.

    `levels` are the headings above it, the highest first, and `deck` is the full name of a deck in place of them.
    """

    question: str
    answer: str = ""
    hints: tuple[str, ...] = ()
    key_points: tuple[str, ...] = ()
    pitfalls: tuple[str, ...] = ()
    follow_ups: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    deck: str = ""
    id: str = ""
    is_cloze: bool = False
    position: Position = field(default=Position(""), compare=False)


@dataclass(frozen=True, slots=True)
class SourceQuestions:
    """All questions of a source, in its order; `title` is empty if it has none."""

    questions: tuple[SourceQuestion, ...] = ()
    title: str = ""
