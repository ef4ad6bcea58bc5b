"""What a search asks of a note and of each of its cards: conditions, and how they are joined."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ankiexport.search.facts import CardFacts, NoteFacts

# A condition on notes takes no notice of the card.
Test = Callable[[NoteFacts, CardFacts], bool]


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled part of a search; `by_card` tells that cards of one note can differ.

    `opposite` is what a minus makes of it, where that is not simply its negation.
    """

    test: Test
    by_card: bool = False
    opposite: Test | None = None


def always(*, holds: bool) -> Condition:
    """Return a condition that does not depend on the note."""
    return Condition(lambda _note, _card: holds)


def of_note(test: Callable[[NoteFacts], bool]) -> Condition:
    """Return a condition on notes."""
    return Condition(lambda note, _card: test(note))


def of_card(test: Test) -> Condition:
    """Return a condition on cards."""
    return Condition(test, by_card=True)


def negated(condition: Condition) -> Condition:
    """Return what a minus makes of a condition."""
    test = condition.test
    if condition.opposite:
        return Condition(condition.opposite, condition.by_card)
    return Condition(lambda note, card: not test(note, card), condition.by_card)


def joined(conditions: Sequence[Condition], *, every: bool) -> Condition:
    """Return the condition that every one of some holds, or that one of them does."""
    if len(conditions) == 1:
        return Condition(conditions[0].test, conditions[0].by_card)
    tests = [condition.test for condition in conditions]

    def test(note: NoteFacts, card: CardFacts) -> bool:
        # A loop, because `all` and `any` would make a generator for every note.
        for each in tests:
            if each(note, card) is not every:
                return not every
        return every

    return Condition(test, any(condition.by_card for condition in conditions))
