"""Outlines: what the rules over a whole bank need to know of each question, without its long texts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from ankiexport.quality.texts import answered, words
from ankiexport.question import Bank, LoadedBank, Question, Text
from ankiexport.sequences import Chosen, Each


@dataclass(frozen=True, slots=True)
class Asked:
    """The words of a text that asks something, joined by spaces, and a digest of what answers it."""

    words: str
    answer: str


@dataclass(frozen=True, slots=True)
class Outline:
    """A question without the texts that only its own card shows.

    `asked` are the question and its facts, in this order; `answer_words` is 0 if there is no answer.
    `is_given` tells one whose fields are given; what they mean is not known.
    """

    question: Question
    asked: tuple[Asked, ...]
    answer_words: int
    is_given: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """A bank as the rules over the whole of it see it, in order of study."""

    bank: Bank
    outlines: Sequence[Outline]

    @property
    def loaded(self) -> LoadedBank:
        """The questions, without their long texts."""
        return LoadedBank(self.bank, Each(_question, self.outlines))

    @property
    def judged(self) -> "Overview":
        """The questions whose meaning is known: those without given fields."""
        return Overview(self.bank, Chosen(_is_judged, self.outlines))


def _question(outline: Outline) -> Question:
    return outline.question


def _is_judged(outline: Outline) -> bool:
    return not outline.is_given


def outline_of(question: Question) -> Outline:
    """Return the outline of a question."""
    answer = words(question.answer.value) if question.answer else []
    asked = [Asked(" ".join(words(question.question.value)), _digest(answer))]
    for fact in question.facts:
        read = answered(fact.text.value)
        asked.append(Asked(" ".join(words(read.text)), _digest(words(" ".join(read.hidden)))))
    short = replace(
        question,
        answer=question.answer and Text("", question.answer.place),
        hints=(),
        key_points=(),
        pitfalls=(),
        follow_ups=(),
        sources=(),
        fields=(),
    )
    return Outline(short, tuple(asked), len(answer), bool(question.fields))


def _digest(answer: list[str]) -> str:
    return sha256(" ".join(answer).encode()).hexdigest()[:16]
