"""Filtered decks in the real Anki engine: how many cards each search gathers."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ankiexport.verify.options import DEFAULT
from ankiexport.verify.rehearsal import anki_needed

if TYPE_CHECKING:
    from anki.collection import Collection

_LIMIT = 1_000_000


def gathered(package: Path, searches: Sequence[str]) -> list[int]:
    """Return how many cards a filtered deck of each search gathers for a learner who has only this package.

    Raises `AnkiMissingError`.
    """
    with anki_needed():
        from ankiexport.verify import engine

    with (
        tempfile.TemporaryDirectory(prefix="ankiexport-") as folder,
        engine.opened(Path(folder)) as collection,
    ):
        engine.import_package(collection, package, DEFAULT)
        return [_size(collection, search) for search in searches]


def _size(collection: "Collection", search: str) -> int:
    from anki.decks import DeckId

    deck = collection.sched.get_or_create_filtered_deck(DeckId(0))
    del deck.config.search_terms[1:]
    deck.config.search_terms[0].search = search
    deck.config.search_terms[0].limit = _LIMIT
    deck.allow_empty = True
    made = DeckId(collection.sched.add_or_update_filtered_deck(deck).id)
    size: int = collection.decks.card_count(made, include_subdecks=False)
    # Its cards go home, so that the next one finds them there.
    collection.decks.remove([made])
    return size
