"""Which deck each card of a note comes to, where an author puts some of them into another one."""

from collections.abc import Collection, Iterator, Sequence

from ankiexport.diagnostics import Diagnostic
from ankiexport.question import Question

CardDecks = tuple[tuple[int, str], ...]


def card_decks_of(source: Question, ords: Sequence[int], level_deck: str) -> tuple[str, CardDecks]:
    """Return the deck of the first card, and those of the cards that are in another one, by ord.

    The deck is empty if it is that of the level, whose full name is given.
    """
    named = {found.ord: found.deck for found in source.card_decks}
    rest = source.deck or level_deck
    decks = {ord_: named.get(ord_, rest) for ord_ in ords}
    first = next(iter(decks.values()), rest)
    apart = tuple((ord_, deck) for ord_, deck in decks.items() if deck != first)
    return source.deck if first == rest else first, apart


def card_decks_problems(source: Question, ords: Collection[int]) -> Iterator[Diagnostic]:
    """Yield a problem for each card that is given a deck and that the note does not have."""
    has = ", ".join(str(ord_ + 1) for ord_ in ords)
    for found in source.card_decks:
        if found.ord not in ords:
            message = f'"{source.id}" has no card {found.ord + 1}'
            yield Diagnostic(found.position, "unknown-card", message, f"it has: {has}")
