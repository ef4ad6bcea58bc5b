"""The collection of a package: a SQLite file with Anki's tables (schema 11).

It is written in one go and never changed, so the tables are filled in the order in which they keep their rows,
indexes come last, and nothing is made safe against a crash.
"""

import errno
import html
import re
import sqlite3
from collections.abc import Iterator
from hashlib import sha1
from operator import attrgetter
from pathlib import Path

from ankiexport.formats.collection_json import settings_row
from ankiexport.formats.genanki_shapes import known_shapes
from ankiexport.notes import Note, NoteType, PackagePlan

# The bytes of a SQLite header that vary from run to run and between libraries: the change
# counter, the "version valid for" number and the library's version.
_HEADER_VARIES = ((24, b"\x00\x00\x00\x01"), (92, b"\x00\x00\x00\x01\x00\x2e\x98\xbb"))

# Rows are some thousand bytes long, so large pages have less left over; a small package is not for them.
_PAGE = 4_096
_LARGE_PAGE = 32_768
_LARGE_FROM_NOTES = 200

_PRAGMAS = "PRAGMA page_size = {}; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE"
_SETTINGS = "INSERT INTO col VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)"
_NOTE = "INSERT INTO notes VALUES (?,?,?,?,-1,?,?,?,?,0,'')"
_CARD = "INSERT INTO cards VALUES (?,?,?,?,?,-1,0,0,?,0,0,0,0,0,0,0,0,'')"

_SOUND_OR_TAG = re.compile(
    r"<!--.*?-->|<style.*?>.*?</style>|<script.*?>.*?</script>|<[^>]*>", re.DOTALL | re.IGNORECASE
)
_IMAGE = re.compile(r"<img[^>]+src=[\"']?([^\"'>]+)[\"']?[^>]*>", re.IGNORECASE)


def write_collection(plan: PackagePlan, path: Path) -> None:
    """Write the collection of a package to a path where nothing is; raises `OSError` when it cannot be written."""
    mod = max(*(note.mod for note in plan.notes), *(note_type.mod for note_type in plan.note_types))
    shapes = known_shapes()
    settings = settings_row(plan, mod)
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.executescript(
            _PRAGMAS.format(_LARGE_PAGE if len(plan.notes) >= _LARGE_FROM_NOTES else _PAGE)
        )
        connection.execute("BEGIN")
        for statement in shapes.tables:
            connection.execute(statement)
        connection.execute(_SETTINGS, settings)
        connection.executemany(_NOTE, _note_rows(plan))
        connection.executemany(_CARD, _card_rows(plan))
        for statement in shapes.indexes:
            connection.execute(statement)
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        # A full disk comes as an error of SQLite's own.
        raise OSError(errno.EIO, str(error)) from error
    finally:
        connection.close()
    with path.open("r+b") as file:
        for offset, value in _HEADER_VARIES:
            file.seek(offset)
            file.write(value)


def _note_rows(plan: PackagePlan) -> Iterator[tuple[object, ...]]:
    types = {note_type.key: note_type for note_type in plan.note_types}
    for note in sorted(plan.notes, key=attrgetter("id")):
        yield _note_row(note, types[note.content.note_type])


def _note_row(note: Note, note_type: NoteType) -> tuple[object, ...]:
    fields = note.content.fields
    tags = f" {' '.join(note.content.tags)} " if note.content.tags else ""
    first = _plain(fields[0])
    sort = first if note_type.sort_field == 0 else _plain(fields[note_type.sort_field])
    checksum = int.from_bytes(sha1(first.encode(), usedforsecurity=False).digest()[:4])
    return (note.id, note.guid, note_type.id, note.mod, tags, "\x1f".join(fields), sort, checksum)


def _card_rows(plan: PackagePlan) -> list[tuple[int, ...]]:
    deck_ids = {deck.name: deck.id for deck in plan.decks}
    return sorted(
        (card_id, note.id, deck_ids[deck], ord_, note.mod, note.due)
        for note in plan.notes
        for card_id, deck, ord_ in zip(note.card_ids, note.decks, note.content.ords, strict=True)
    )


def _plain(field: str) -> str:
    """Return a field without HTML, images as their file names: what Anki sorts and compares by."""
    if "<" in field:
        field = _SOUND_OR_TAG.sub("", _IMAGE.sub(r" \1 ", field))
    return (html.unescape(field) if "&" in field else field).strip()
