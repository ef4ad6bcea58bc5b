"""What a learner's collection holds at a moment, as values that can be compared."""

from collections.abc import Mapping
from dataclasses import dataclass

from ankiexport.formats.apkg_reader import RETIRED_TAG

# Anki's numbers of the queues of cards that wait on the learner's word.
SUSPENDED = -1
BURIED = (-2, -3)


@dataclass(frozen=True, slots=True)
class NoteState:
    """A note; `checksum` is Anki's own of its first field, by which it finds duplicates."""

    guid: str
    note_type: str
    fields: Mapping[str, str]
    tags: frozenset[str]
    checksum: int

    @property
    def is_retired(self) -> bool:
        """Whether the note says of itself that its question is no longer asked."""
        return RETIRED_TAG in self.tags


@dataclass(frozen=True, slots=True)
class CardState:
    """A card; `memory` is everything that the scheduler knows of it, except the queue."""

    note_id: int
    ord: int
    deck_id: int
    queue: int
    flag: int
    reps: int
    memory: tuple[object, ...]

    @property
    def is_put_aside(self) -> bool:
        """Whether the card is suspended or buried."""
        return self.queue == SUSPENDED or self.queue in BURIED


@dataclass(frozen=True, slots=True)
class NoteTypeState:
    """A note type; `look` is its CSS and its templates, as (name, front, back)."""

    name: str
    look: tuple[str, tuple[tuple[str, str, str], ...]]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A collection; notes, cards, note types and reviews by their ids, media as SHA-256 (hex) by name.

    `mute` are the cards that show nothing: empty, without a template, or with one that fails.
    """

    notes: Mapping[int, NoteState]
    cards: Mapping[int, CardState]
    reviews: Mapping[int, tuple[object, ...]]
    decks: frozenset[str]
    note_types: Mapping[int, NoteTypeState]
    schema_time: int
    mute: frozenset[int]
    media: Mapping[str, str]
    missing_media: frozenset[str]

    @property
    def by_guid(self) -> dict[str, NoteState]:
        """The notes by their GUIDs."""
        return {note.guid: note for note in self.notes.values()}


@dataclass(frozen=True, slots=True)
class Traces:
    """What the learner has done, by note ids: to be found again after the import.

    `edited` names the field. `decks` are the names of the decks before the learner changed some.
    """

    edited: Mapping[int, str]
    tagged: frozenset[int]
    own: frozenset[int]
    deleted: frozenset[str]
    decks: frozenset[str]


@dataclass(frozen=True, slots=True)
class ImportLog:
    """What Anki says of an import: notes by what became of them; `error` if it refused the package."""

    new: int = 0
    updated: int = 0
    duplicate: int = 0
    conflicting: int = 0
    others: int = 0
    error: str = ""
