"""Packages for Anki (`.apkg`): a zipped collection with its media.

genanki gives the collection's tables and the shape of note types and decks. Ours are the rows
of notes and cards, whose ids and times must be given, the study preset, and a file that comes
out the same in every run. Format: Anki's collection, schema 11, package version 1.
"""

import errno
import html
import json
import re
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from hashlib import sha1, sha256
from pathlib import Path

import genanki

from ankiexport.anki_template import parse_template
from ankiexport.card_generation import standard_card_ords
from ankiexport.notes import Deck, DeckPreset, Note, NoteType, PackagePlan

# The bytes of a SQLite header that vary from run to run and between libraries: the change
# counter, the "version valid for" number and the library's version.
_HEADER_VARIES = ((24, b"\x00\x00\x00\x01"), (92, b"\x00\x00\x00\x01\x00\x2e\x98\xbb"))

_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_ZIP_MODE = 0o644 << 16
_ZIP_SYSTEM = 3
# Level 9 takes about twice the time and saves little more than one byte in a hundred.
COMPRESSION_LEVEL = 6

# Rows are some thousand bytes long: on larger pages fewer bytes are left over. A small package is not for them.
_LARGE_PAGES = 16_384
_LARGE_FROM_NOTES = 200

# A package is written anew or not at all, so the database need not outlast a crash.
_PRAGMAS = "PRAGMA page_size = {}; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE"

# Numbers of Anki's deck options: gather new cards by their place, and keep the order gathered.
_GATHER_LOWEST_POSITION = 1
_SORT_AS_GATHERED = 1

_SOUND_OR_TAG = re.compile(
    r"<!--.*?-->|<style.*?>.*?</style>|<script.*?>.*?</script>|<[^>]*>", re.DOTALL | re.IGNORECASE
)
_IMAGE = re.compile(r"<img[^>]+src=[\"']?([^\"'>]+)[\"']?[^>]*>", re.IGNORECASE)


class _Model(genanki.Model):  # type: ignore[misc]  # genanki has no types
    """genanki's note type with the `mod` and the `req` that are ours."""

    def __init__(self, note_type: NoteType) -> None:
        super().__init__(
            model_id=note_type.id,
            name=note_type.name,
            fields=[{"name": f.name, "id": f.id, "description": f.description} for f in note_type.fields],
            templates=[
                {"name": t.name, "id": t.id, "qfmt": t.front, "afmt": t.back, "bqfmt": "", "bafmt": ""}
                for t in note_type.templates
            ],
            css=note_type.css,
            model_type=self.CLOZE if note_type.cloze else self.FRONT_BACK,
            sort_field_index=note_type.sort_field,
        )
        self.note_type = note_type
        self.mod = note_type.mod

    @property
    def _req(self) -> list[list[object]]:
        """For each front, the fields that make a card by themselves; only old versions of Anki read it."""
        names = self.note_type.field_names
        req: list[list[object]] = []
        for number, template in enumerate(() if self.note_type.cloze else self.note_type.templates):
            front = [parse_template(template.front)]
            alone = [
                ord_ for ord_, name in enumerate(names)
                if standard_card_ords(front, {other: "x" if other == name else "" for other in names})
            ]  # fmt: skip
            req.append([number, "any" if alone else "none", alone])
        return req

    def to_json(self, timestamp: float, deck_id: int) -> dict[str, object]:
        """Return the note type as the collection holds it."""
        del timestamp
        data: dict[str, object] = super().to_json(self.mod, deck_id)
        data["latexsvg"] = False
        return data


class _Deck(genanki.Deck):  # type: ignore[misc]
    """genanki's deck with a Markdown description, a fixed time and a preset."""

    def __init__(self, deck: Deck, preset: DeckPreset | None, mod: int) -> None:
        super().__init__(deck.id, deck.name, deck.description.strip())
        self.mod = mod
        self.preset_id = preset.id if preset else 1

    def to_json(self) -> dict[str, object]:
        """Return the deck as the collection holds it."""
        today = {key: [0, 0] for key in ("lrnToday", "newToday", "revToday", "timeToday")}
        data: dict[str, object] = super().to_json()
        return {**data, **today, "mod": self.mod, "conf": self.preset_id, "md": True, "extendRev": 0}


def write_apkg(plan: PackagePlan, path: Path) -> None:
    """Write one package to a path that may exist; the caller decides how it gets into place.

    Raises `OSError` when it cannot be written.
    """
    with tempfile.TemporaryDirectory(prefix="ankiexport-") as folder:
        database = Path(folder) / "collection.anki2"
        _write_collection(plan, database)
        collection = _normalized(database.read_bytes())
    media = plan.media
    names = {str(number): file.name for number, file in enumerate(media)}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION_LEVEL) as archive:
        _add(archive, "collection.anki2", collection)
        _add(archive, "media", json.dumps(names, ensure_ascii=False, separators=(",", ":")).encode())
        for number, file in enumerate(media):
            _add(archive, str(number), file.path.read_bytes())


def content_digest(plan: PackagePlan) -> str:
    """Return the SHA-256 (hex) of what a package says, whatever libraries wrote its container.

    It is taken over lines of JSON: note types, decks, preset, notes with their cards, media.
    """
    encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
    digest = sha256()
    for entry in _entries(plan):
        digest.update(f"{encode(entry)}\n".encode())
    return digest.hexdigest()


def _entries(plan: PackagePlan) -> Iterator[list[object]]:
    for note_type in plan.note_types:
        model = _Model(note_type)
        yield ["note type", model.to_json(0, 1)]
    for deck in plan.decks:
        yield ["deck", deck.id, deck.name, deck.description]
    if plan.preset:
        yield ["preset", _options(plan.preset, 0)]
    for note in plan.notes:
        content = note.content
        yield [
            "note", note.id, note.guid, content.note_type, note.mod, content.tags, content.fields,
            note.deck, note.due, content.ords, note.card_ids,
        ]  # fmt: skip
    for file in plan.media:
        yield ["media", file.name, file.sha256]


def _write_collection(plan: PackagePlan, path: Path) -> None:
    mod = max(*(note.mod for note in plan.notes), *(note_type.mod for note_type in plan.note_types))
    decks = [_Deck(deck, plan.preset, mod) for deck in plan.decks]
    # genanki writes the note types of whichever deck it meets them in; one is enough.
    for note_type in plan.note_types:
        decks[0].add_model(_Model(note_type))
    connection = sqlite3.connect(path)
    try:
        cursor = connection.cursor()
        pages = _LARGE_PAGES if len(plan.notes) >= _LARGE_FROM_NOTES else 4096
        cursor.executescript(_PRAGMAS.format(pages))
        genanki.Package(decks).write_to_db(cursor, mod, iter(()))
        _finish_settings(cursor, plan, mod)
        # An index is made in one go when the rows are there: that is faster than keeping it up to date.
        indexes = cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql != ''"
        ).fetchall()
        cursor.executescript(";".join(f"DROP INDEX {name}" for name, _sql in indexes))
        _write_rows(cursor, plan)
        connection.commit()
        cursor.executescript(";".join(sql for _name, sql in indexes))
        connection.commit()
    except sqlite3.Error as error:
        # A full disk comes as an error of SQLite's own.
        raise OSError(errno.EIO, str(error)) from error
    finally:
        connection.close()


def _finish_settings(cursor: sqlite3.Cursor, plan: PackagePlan, mod: int) -> None:
    (text,) = cursor.execute("SELECT dconf FROM col").fetchone()
    options = json.loads(text)
    if plan.preset:
        options[str(plan.preset.id)] = {**options["1"], **_options(plan.preset, mod)}
    cursor.execute(
        "UPDATE col SET dconf = ?, mod = ?, scm = ?", (json.dumps(options), mod * 1000, mod * 1000)
    )


def _options(preset: DeckPreset, mod: int) -> dict[str, object]:
    steps = {"delays": [1, 10], "ints": [1, 4, 0], "initialFactor": 2500, "order": 1, "bury": True}
    return {
        "id": preset.id,
        "name": preset.name,
        "mod": mod,
        "new": {**steps, "perDay": preset.new_cards_per_day},
        "rev": {"perDay": preset.reviews_per_day, "ease4": 1.3, "ivlFct": 1, "maxIvl": 36500, "bury": True},
        "desiredRetention": preset.desired_retention,
        "newGatherPriority": _GATHER_LOWEST_POSITION,
        "newSortOrder": _SORT_AS_GATHERED,
    }


def _write_rows(cursor: sqlite3.Cursor, plan: PackagePlan) -> None:
    types = {note_type.key: note_type for note_type in plan.note_types}
    deck_ids = {deck.name: deck.id for deck in plan.decks}
    # In the order of their ids, in which the table keeps them.
    notes = sorted(plan.notes, key=lambda note: note.id)
    cursor.executemany(
        "INSERT INTO notes VALUES (?,?,?,?,-1,?,?,?,?,0,'')",
        (_note_row(note, types[note.content.note_type]) for note in notes),
    )
    cards = [
        (card_id, note.id, deck_ids[note.deck], ord_, note.mod, note.due)
        for note in plan.notes
        for card_id, ord_ in zip(note.card_ids, note.content.ords, strict=True)
    ]
    cards.sort()
    cursor.executemany("INSERT INTO cards VALUES (?,?,?,?,?,-1,0,0,?,0,0,0,0,0,0,0,0,'')", cards)


def _note_row(note: Note, note_type: NoteType) -> tuple[object, ...]:
    fields = note.content.fields
    tags = f" {' '.join(note.content.tags)} " if note.content.tags else ""
    first = _plain(fields[0])
    sort = first if note_type.sort_field == 0 else _plain(fields[note_type.sort_field])
    checksum = int.from_bytes(sha1(first.encode(), usedforsecurity=False).digest()[:4], "big")
    return (note.id, note.guid, note_type.id, note.mod, tags, "\x1f".join(fields), sort, checksum)


def _plain(field: str) -> str:
    """Return a field without HTML, images as their file names: what Anki sorts and compares by."""
    if "<" in field:
        field = _SOUND_OR_TAG.sub("", _IMAGE.sub(r" \1 ", field))
    return (html.unescape(field) if "&" in field else field).strip()


def _normalized(database: bytes) -> bytes:
    data = bytearray(database)
    for offset, value in _HEADER_VARIES:
        data[offset : offset + len(value)] = value
    return bytes(data)


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    info = zipfile.ZipInfo(name, _ZIP_DATE)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = _ZIP_SYSTEM
    info.external_attr = _ZIP_MODE
    archive.writestr(info, data, zipfile.ZIP_DEFLATED, COMPRESSION_LEVEL)
