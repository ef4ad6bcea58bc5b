"""The numbers of the first bank: each is recomputed from the data that stand on the same card.

A check of `number_checks` reads the inputs and the results out of a card's text, computes, and compares in
the rounding in which the card prints the result. It looks for the order of the numbers and a few words
beside them, so sentences can be reworded; where no number is found any more, the check fails and is adjusted.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest
from card_numbers import CHECKS, FENCE, as_card, card, questions
from number_checks import LEVELS

from ankiexport.question import Question, Text

# Questions that show no number which follows from others, each with the reason.
NOTHING_TO_COMPUTE: dict[str, str] = {}

_NUMBER = re.compile(r"(?<![\w.,])\d(?:[\d,]*\d)?(?:\.\d+)?")


def test_every_question_has_a_check() -> None:
    """A new question gets a check of its numbers, and no exemption outlives its reason."""
    assert set(questions()) - set(CHECKS) == set(NOTHING_TO_COMPUTE)
    assert set(CHECKS) <= set(questions())


def test_checks_stand_with_their_level() -> None:
    """The checks of a level are found in the module of that name."""
    for question_id, check in CHECKS.items():
        assert LEVELS[questions()[question_id].level].__name__ == check.__module__


@pytest.mark.parametrize("question_id", CHECKS)
def test_numbers_follow_from_the_card(question_id: str) -> None:
    """Every number that a card computes is what its own data give."""
    CHECKS[question_id](card(question_id))


@pytest.mark.parametrize("question_id", CHECKS)
def test_a_changed_number_is_noticed(question_id: str) -> None:
    """Checks that look at nothing would pass for ever; each notices several changes of its card."""
    assert sum(noticed(changed) for _, changed in changes(questions()[question_id])) >= 3


def noticed(question: Question) -> bool:
    """Tell whether the check of a question fails."""
    try:
        CHECKS[question.id](as_card(question))
    except (AssertionError, ArithmeticError, LookupError, ValueError):
        return True
    return False


def changes(question: Question) -> Iterator[tuple[str, Question]]:
    """Yield each number of a question that stands outside code, and the question with that number changed."""
    assert question.answer
    texts = [question.question, question.answer, *question.hints, *question.key_points, *question.pitfalls]
    for text in (*texts, *question.follow_ups, *(fact.text for fact in question.facts)):
        for number, changed in _changes(text):
            yield number, _with(question, text, changed)


def _changes(text: Text) -> Iterator[tuple[str, Text]]:
    code = [match.span() for match in FENCE.finditer(text.value) if match[1] != "output"]
    for match in _NUMBER.finditer(text.value):
        start, end = match.span()
        if any(first <= start < last for first, last in code):
            continue
        digit = (int(text.value[end - 1]) + 3) % 10
        changed = f"{text.value[: end - 1]}{digit}{text.value[end:]}"
        yield text.value[max(0, start - 30) : end + 10], replace(text, value=changed)


def _with(question: Question, old: Text, new: Text) -> Question:
    def those(texts: Iterable[Text]) -> tuple[Text, ...]:
        return tuple(new if text is old else text for text in texts)

    (asked,) = those([question.question])
    facts = zip(question.facts, those(fact.text for fact in question.facts), strict=True)
    return replace(
        question,
        question=asked,
        answer=new if question.answer is old else question.answer,
        hints=those(question.hints),
        key_points=those(question.key_points),
        pitfalls=those(question.pitfalls),
        follow_ups=those(question.follow_ups),
        facts=tuple(replace(fact, text=text) for fact, text in facts),
    )
