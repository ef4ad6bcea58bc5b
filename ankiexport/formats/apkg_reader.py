"""Read a package for Anki (`.apkg`) without Anki: what its notes, note types and media are.

Only what `ankiexport build` and genanki write is read: a zip with a `collection.anki2` of schema 11.
A package comes from anywhere, so nothing in it is trusted: sizes are looked at before anything is unpacked,
the database is opened in memory with its own views and functions out of reach, and whatever does not
hold together ends in one `NotAPackageError`.
"""

import json
import sqlite3
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, NoReturn

from ankiexport.errors import AnkiExportError
from ankiexport.media import rewrite_references

KEY_FIELD = "ID"
RETIRED_TAG = "retired"

_COLLECTION = "collection.anki2"
_NEWER = ("collection.anki21", "collection.anki21b")
_SCHEMA = 11
_FIELD_SEPARATOR = "\x1f"

# Far above what a bank of many thousand questions needs, far below what would fill a machine.
_MAX_BYTES = {_COLLECTION: 1 << 30, "media": 1 << 26}
_CHUNK = 1 << 20


class NotAPackageError(AnkiExportError):
    """A file is not a package that can be read."""

    def __init__(self, path: Path, reason: str) -> None:
        """Name the file and what is wrong with it."""
        super().__init__(f"{path} is not a package written by ankiexport build: {reason}")


@dataclass(frozen=True, slots=True)
class PackedCard:
    """A card of a package: which of its note's it is, and the full name of its deck."""

    ord: int
    deck: str


@dataclass(frozen=True, slots=True)
class PackedNoteType:
    """A note type of a package; `templates` are (name, front, back).

    The ids of fields and card templates are 0 where a package gives none.
    """

    id: int
    name: str
    mod: int
    cloze: bool
    fields: tuple[str, ...]
    templates: tuple[tuple[str, str, str], ...]
    css: str
    field_ids: tuple[int, ...] = ()
    field_descriptions: tuple[str, ...] = ()
    template_ids: tuple[int, ...] = ()
    sort_field: int = 0


@dataclass(frozen=True, slots=True)
class PackedNote:
    """A note of a package; `media` are the SHA-256 (hex) of the files that it refers to, by name."""

    guid: str
    note_type: PackedNoteType
    field_values: tuple[str, ...]
    tags: tuple[str, ...]
    mod: int
    cards: tuple[PackedCard, ...]
    media: Mapping[str, str]

    @property
    def fields(self) -> dict[str, str]:
        """The values of the fields by their names."""
        return dict(zip(self.note_type.fields, self.field_values, strict=True))

    @property
    def key(self) -> str:
        """The id of its question or fact; empty if the note type has no field for it."""
        return self.fields.get(KEY_FIELD, "")

    @property
    def ords(self) -> tuple[int, ...]:
        """Which cards the note has."""
        return tuple(card.ord for card in self.cards)

    @property
    def is_retired(self) -> bool:
        """Whether the note says of itself that its question is no longer asked."""
        return RETIRED_TAG in {tag.casefold() for tag in self.tags}


@dataclass(frozen=True, slots=True)
class PackageContents:
    """What a package holds; `media` are SHA-256 (hex) by name, `missing_media` are listed but not there."""

    path: Path
    note_types: tuple[PackedNoteType, ...]
    notes: tuple[PackedNote, ...]
    media: Mapping[str, str]
    missing_media: tuple[str, ...] = ()

    @property
    def by_guid(self) -> dict[str, PackedNote]:
        """The notes by their GUIDs."""
        return {note.guid: note for note in self.notes}


def read_package(path: Path) -> PackageContents:
    """Return what a package holds, its notes in the order of its new cards.

    Raises `NotAPackageError`.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            newer = [name for name in _NEWER if name in archive.namelist()]
            if newer:
                raise NotAPackageError(path, f"it holds a {newer[0]}, so Anki itself has exported it")
            collection = _entry(archive, _COLLECTION)
            media, missing = _media(archive)
        with closing(sqlite3.connect(":memory:")) as connection:
            note_types, notes = _collection(connection, collection, media)
    except OSError as error:
        raise NotAPackageError(path, error.strerror or str(error)) from error
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise NotAPackageError(path, f"it is no sound zip archive ({error})") from error
    except sqlite3.Error as error:
        raise NotAPackageError(path, f"its collection is no sound database ({error})") from error
    except RecursionError as error:
        raise NotAPackageError(path, "its collection is nested without end") from error
    # A password or an unknown method of compression is a RuntimeError of zipfile; the others are what
    # missing or misshapen parts come to.
    except (LookupError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        raise NotAPackageError(path, str(error.args[0] if error.args else error)) from error
    return PackageContents(path, note_types, notes, media, missing)


def media_references(html: str) -> list[str]:
    """Return the names of the files that HTML refers to in the ways that Anki understands."""
    found: list[str] = []
    rewrite_references(html, found.append)
    return found


def _entry(archive: zipfile.ZipFile, name: str) -> bytes:
    if name not in archive.namelist():
        _refuse(f"it holds no {name}")
    if archive.getinfo(name).file_size > _MAX_BYTES[name]:
        _refuse(f"its {name} is too large")
    return archive.read(name)


def _media(archive: zipfile.ZipFile) -> tuple[dict[str, str], tuple[str, ...]]:
    listed = _json_object(_entry(archive, "media"), "media")
    there = set(archive.namelist())
    found: dict[str, str] = {}
    missing: list[str] = []
    for number, name in sorted(listed.items(), key=lambda item: str(item[1])):
        if not isinstance(name, str):
            _refuse(f"its media list gives no name to {number}")
        if number not in there:
            missing.append(name)
            continue
        digest = sha256()
        with archive.open(number) as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
        found[name] = digest.hexdigest()
    return found, tuple(missing)


def _collection(
    connection: sqlite3.Connection, data: bytes, media: Mapping[str, str]
) -> tuple[tuple[PackedNoteType, ...], tuple[PackedNote, ...]]:
    if not data:
        _refuse("its collection is empty")
    connection.deserialize(data)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA query_only = ON")
    kinds = dict(
        connection.execute("SELECT name, type FROM sqlite_master WHERE name IN ('col', 'notes', 'cards')")
    )
    if kinds != dict.fromkeys(("col", "notes", "cards"), "table"):
        _refuse("its collection is not one of Anki's")
    rows = connection.execute("SELECT ver, models, decks FROM col").fetchall()
    if len(rows) != 1 or rows[0][0] != _SCHEMA:
        _refuse(f"its collection does not have Anki's schema {_SCHEMA}")
    types = {
        int(key): _note_type(int(key), model) for key, model in _json_object(rows[0][1], "models").items()
    }
    decks = {int(key): str(deck["name"]) for key, deck in _json_object(rows[0][2], "decks").items()}
    cards: dict[int, list[PackedCard]] = {}
    for note_id, ord_, deck_id in connection.execute("SELECT nid, ord, did FROM cards ORDER BY nid, ord"):
        if deck_id not in decks:
            _refuse(f"a card is in a deck ({deck_id}) that is not there")
        cards.setdefault(note_id, []).append(PackedCard(int(ord_), decks[deck_id]))
    # By the place of the first card, then as they stand: the order in which a learner meets them.
    query = (
        "SELECT id, guid, mid, mod, tags, flds FROM notes"
        " ORDER BY (SELECT min(due) FROM cards WHERE nid = notes.id), rowid"
    )
    notes = tuple(
        _note(types, media, tuple(cards.get(row[0], ())), *row[1:]) for row in connection.execute(query)
    )
    used = {note.note_type.id for note in notes}
    return tuple(types[key] for key in sorted(types) if key in used), notes


def _note_type(key: int, model: Mapping[str, Any]) -> PackedNoteType:
    fields, templates = (sorted(model[name], key=lambda part: int(part["ord"])) for name in ("flds", "tmpls"))
    return PackedNoteType(
        id=key,
        name=str(model["name"]),
        mod=int(model["mod"]),
        cloze=model["type"] == 1,
        fields=tuple(str(field["name"]) for field in fields),
        templates=tuple(
            (str(template["name"]), str(template["qfmt"]), str(template["afmt"])) for template in templates
        ),
        css=str(model["css"]),
        field_ids=tuple(int(field.get("id") or 0) for field in fields),
        field_descriptions=tuple(str(field.get("description") or "") for field in fields),
        template_ids=tuple(int(template.get("id") or 0) for template in templates),
        sort_field=int(model.get("sortf") or 0),
    )


def _note(
    types: Mapping[int, PackedNoteType],
    media: Mapping[str, str],
    cards: tuple[PackedCard, ...],
    guid: object,
    type_id: object,
    mod: object,
    tags: object,
    texts: object,
) -> PackedNote:
    if not isinstance(type_id, int) or type_id not in types:
        _refuse(f"the note {guid} has a note type ({type_id}) that is not there")
    note_type = types[type_id]
    values = tuple(str(texts).split(_FIELD_SEPARATOR))
    if len(values) != len(note_type.fields):
        _refuse(
            f'the note {guid} has {len(values)} fields, its note type "{note_type.name}" {len(note_type.fields)}'
        )
    own = {name: media[name] for name in media_references(str(texts)) if name in media}
    return PackedNote(str(guid), note_type, values, tuple(str(tags).split()), int(str(mod)), cards, own)


def _json_object(text: str | bytes, name: str) -> dict[str, Any]:
    data = json.loads(text)
    if not isinstance(data, dict):
        _refuse(f"its {name} are not a JSON object")
    return data


def _refuse(reason: str) -> NoReturn:
    raise ValueError(reason)
