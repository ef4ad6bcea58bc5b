"""Anki's side: Note type, Note, Deck, Media file, as frozen dataclasses."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from ankiexport.diagnostics import Position


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a note type; `id` is explicit and stable, so that a rename happens in place."""

    id: int
    name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class CardTemplate:
    """A card template: front and back in Anki's own template language."""

    id: int
    name: str
    front: str
    back: str


@dataclass(frozen=True, slots=True)
class NoteType:
    """A note type as it is packed; `cloze` tells its kind.

    `mod` is when its present form was first built, and `schema_mod` when its fields and card templates
    were last added, removed or put in another order, both in seconds since 1970; `schema_mod` is 0 if never.
    """

    id: int
    key: str
    name: str
    cloze: bool
    fields: tuple[Field, ...]
    templates: tuple[CardTemplate, ...]
    css: str
    sort_field: int = 0
    schema_version: int = 1
    mod: int = 0
    schema_mod: int = 0
    position: Position = field(default=Position(""), compare=False)

    @property
    def field_names(self) -> tuple[str, ...]:
        """The names of the fields, in order."""
        return tuple(field.name for field in self.fields)


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A file to pack: the name under which Anki stores it, where it is, and its SHA-256 in hex."""

    name: str
    path: Path
    sha256: str


class Digests(NamedTuple):
    """Digests that were taken of a note's content, as the lock keeps them, and what they were taken of."""

    content: str
    fields: str
    taken_of: tuple[object, object, object, object]


class Sorting(NamedTuple):
    """What Anki keeps of a note besides its fields: what it sorts by, and a checksum by which it looks for duplicates.

    They are there as a collection holds them: the kinds of both in a row of SQLite's, and their bytes. It was taken of these
    `fields`, of which the one at `sort_field` is sorted by.
    """

    kinds: bytes
    values: bytes
    fields: Sequence[str]
    sort_field: int


@dataclass(frozen=True, slots=True)
class NoteContent:
    """What a note says, before anything of Anki's bookkeeping is added.

    `key` is the id of the question or fact, `fields` are HTML, `ords` tell which cards it has.
    `is_fact` tells the notes of the facts decks from those of the level decks. `text` is the HTML of
    what is asked, without media. `previous` are earlier ids, the oldest first, `replaces` the ids of
    other notes that this one stands in for, and `is_retired` tells that its question is gone. `deck` is
    the full name of the deck of its first card, if that is not the one of its level, and `card_decks` are the decks
    of the cards that are in another one, by ord.
    """

    key: str
    note_type: str
    fields: Sequence[str]
    tags: tuple[str, ...]
    level: str
    is_fact: bool
    ords: tuple[int, ...]
    media: tuple[MediaFile, ...] = ()
    text: str = ""
    previous: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    is_retired: bool = False
    deck: str = ""
    card_decks: tuple[tuple[int, str], ...] = ()
    position: Position = field(default=Position(""), compare=False)
    digests: Digests | None = field(default=None, compare=False, repr=False)
    sorting: Sorting | None = field(default=None, compare=False, repr=False)

    def deck_of(self, ord_: int, deck: str) -> str:
        """Return the full name of the deck of a card; `deck` is that of the first."""
        return dict(self.card_decks).get(ord_, deck) if self.card_decks else deck

    def decks(self, deck: str) -> tuple[str, ...]:
        """Return the full name of the deck of each card, in the order of `ords`; `deck` is that of the first."""
        if not self.card_decks:
            return (deck,) * len(self.ords)
        return tuple(self.deck_of(ord_, deck) for ord_ in self.ords)


@dataclass(frozen=True, slots=True)
class Note:
    """A note ready to be packed: its content, the deck of its first card, and the ids and times it is known by.

    `due` is its place in the order of new cards, `mod` is in seconds since 1970, and
    `card_ids` go with the content's `ords`.
    """

    content: NoteContent
    id: int
    guid: str
    deck: str
    due: int
    mod: int
    card_ids: tuple[int, ...]

    @property
    def decks(self) -> tuple[str, ...]:
        """The full name of the deck of each card, in the order of the content's `ords`."""
        return self.content.decks(self.deck)


@dataclass(frozen=True, slots=True)
class DeckPreset:
    """Study options as a package carries them; `id` changes with the values."""

    id: int
    name: str
    new_cards_per_day: int
    reviews_per_day: int
    desired_retention: float


@dataclass(frozen=True, slots=True)
class Deck:
    """A deck with its full name (`Root::Child`); `description` is Markdown."""

    id: int
    name: str
    description: str = ""


@dataclass(frozen=True)
class PackagePlan:
    """What goes into one package: its file name, its decks with every ancestor, and its notes.

    `search` is what found the notes, where somebody asked for them.
    """

    file_name: str
    title: str
    decks: tuple[Deck, ...]
    note_types: tuple[NoteType, ...]
    notes: Sequence[Note]
    preset: DeckPreset | None = None
    search: str = ""

    # Of many notes none is held, and to go through them takes its time.
    @cached_property
    def changed(self) -> int:
        """When anything in it was last changed, in seconds since 1970."""
        return max(chain((note.mod for note in self.notes), (kind.mod for kind in self.note_types)))

    @cached_property
    def media(self) -> tuple[MediaFile, ...]:
        """Every media file that a note refers to, once, sorted by name."""
        return tuple(
            sorted({file for note in self.notes for file in note.content.media}, key=lambda file: file.name)
        )
