"""What a package of Anki holds, as frozen dataclasses, and how a package is refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from ankiexport.errors import AnkiExportError


class UnreadablePackageError(AnkiExportError):
    """A file is no package that can be imported, or one that is refused."""

    def __init__(self, path: Path, reason: str) -> None:
        """Name the file and what is wrong with it."""
        super().__init__(f"{path} cannot be imported: {reason}")


class RefusedError(ValueError):
    """A part of a package does not hold together; `UnreadablePackageError` names the file to the user."""


def refuse(reason: str) -> NoReturn:
    """Refuse the package that is being read."""
    raise RefusedError(reason)


@dataclass(frozen=True, slots=True)
class SourceField:
    """A field of a note type; `id` is 0 where the program that made it gave none."""

    name: str
    id: int = 0
    description: str = ""


@dataclass(frozen=True, slots=True)
class SourceTemplate:
    """A card template; `id` is 0 where there is none, `extras` tell what of it a bank does not hold."""

    name: str
    front: str
    back: str
    id: int = 0
    extras: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceNoteType:
    """A note type with its time in seconds since 1970."""

    id: int
    name: str
    mod: int
    cloze: bool
    fields: tuple[SourceField, ...]
    templates: tuple[SourceTemplate, ...]
    css: str
    sort_field: int = 0


@dataclass(frozen=True, slots=True)
class SourceCard:
    """A card: which of its note's it is, its deck, its place among new cards, and whether it was studied."""

    id: int
    ord: int
    deck: str
    due: int
    is_studied: bool = False
    is_marked: bool = False


@dataclass(frozen=True, slots=True)
class SourceNote:
    """A note with its cards in the order of their ords."""

    id: int
    guid: str
    note_type: int
    mod: int
    tags: tuple[str, ...]
    fields: tuple[str, ...]
    cards: tuple[SourceCard, ...]


@dataclass(frozen=True, slots=True)
class SourceCollection:
    """The collection of a package; `decks` are descriptions by full names, `reviews` a number of answers given."""

    note_types: Mapping[int, SourceNoteType]
    notes: tuple[SourceNote, ...]
    decks: Mapping[str, str]
    reviews: int = 0
