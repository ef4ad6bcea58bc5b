"""What a package of Anki or a source like it holds, as frozen dataclasses, and how it is refused."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from ankiexport.errors import AnkiExportError


class UnreadablePackageError(AnkiExportError):
    """A file or folder is nothing that can be imported, or it is refused."""

    def __init__(self, path: Path, reason: str) -> None:
        """Name the file and what is wrong with it."""
        super().__init__(f"{path} cannot be imported: {reason}")


class RefusedError(ValueError):
    """A part of a source does not hold together; `UnreadablePackageError` names the file to the user."""


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Name the source to the user if it is refused; raises `UnreadablePackageError`."""
    try:
        yield
    except RefusedError as error:
        raise UnreadablePackageError(path, str(error)) from error
    except OSError as error:
        raise UnreadablePackageError(path, error.strerror or str(error)) from error


def refuse(reason: str) -> NoReturn:
    """Refuse the source that is being read."""
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
    """A collection; `decks` are descriptions by full names, `reviews` a number of answers given.

    Without `has_ids` the ids of notes and cards are numbers that mean nothing, and times are unknown. Without `has_guids` no
    note has a GUID, because the source knows none.
    """

    note_types: Mapping[int, SourceNoteType]
    notes: tuple[SourceNote, ...]
    decks: Mapping[str, str]
    reviews: int = 0
    has_ids: bool = True
    has_guids: bool = True
