"""A learner's collection in the real Anki engine: opened, given packages, looked into.

Of this folder, only this module and `learner` import Anki, which is an extra; `rehearsal` imports
them when they are needed.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from anki.collection import Collection, ImportAnkiPackageOptions, ImportAnkiPackageRequest
from anki.errors import BackendError, TemplateError
from anki.lang import set_lang

from ankiexport.verify.options import OptionSet, Update
from ankiexport.verify.snapshot import CardState, ImportLog, NoteState, NoteTypeState, Snapshot

_FIELD_SEPARATOR = "\x1f"
_FILE = "collection.anki2"

# Anki's numbers for when to update.
_CONDITIONS = {Update.IF_NEWER: 0, Update.ALWAYS: 1, Update.NEVER: 2}

_SKIPPED = ("first_field_match", "missing_notetype", "missing_deck", "empty_first_field")

_CARDS = (
    "SELECT id, nid, ord, did, queue, flags, reps, "
    "type, due, ivl, factor, reps, lapses, left, odue, odid, data FROM cards"
)
_EVERYTHING = tuple(f"SELECT * FROM {table} ORDER BY 1" for table in ("notes", "cards", "revlog"))  # noqa: S608


@contextmanager
def opened(folder: Path) -> Iterator[Collection]:
    """Open the collection in a folder, a new one if there is none, and close it in the end."""
    # Without a language some calls of the backend fail, and messages would be in the machine's.
    set_lang("en")
    folder.mkdir(parents=True, exist_ok=True)
    collection = Collection(str(folder / _FILE))
    try:
        yield collection
    finally:
        collection.close()


def import_package(collection: Collection, path: Path, options: OptionSet) -> ImportLog:
    """Import a package, and return what Anki says of it."""
    request = ImportAnkiPackageRequest(package_path=str(path.resolve()), options=_import_options(options))
    try:
        log = collection.import_anki_package(request).log
    except BackendError as error:
        return ImportLog(error=str(error))
    return ImportLog(
        new=len(log.new),
        updated=len(log.updated),
        duplicate=len(log.duplicate),
        conflicting=len(log.conflicting),
        others=sum(len(getattr(log, name)) for name in _SKIPPED),
    )


def look(collection: Collection) -> Snapshot:
    """Return what a collection holds."""
    note_types = _note_types(collection)
    cards = {
        row[0]: CardState(row[1], row[2], row[3], row[4], row[5] & 0b111, row[6], tuple(row[7:]))
        for row in rows(collection, _CARDS)
    }
    return Snapshot(
        notes=_notes(collection, note_types),
        cards=cards,
        reviews={row[0]: tuple(row) for row in rows(collection, "SELECT * FROM revlog")},
        decks=frozenset(deck.name for deck in collection.decks.all_names_and_ids()),
        note_types=note_types,
        schema_time=rows(collection, "SELECT scm FROM col")[0][0],
        mute=frozenset(_mute_cards(collection)),
        media={
            path.name: sha256(path.read_bytes()).hexdigest()
            for path in sorted(Path(collection.media.dir()).iterdir())
        },
        missing_media=frozenset(collection.media.check().missing),
    )


def repair(collection: Collection) -> int:
    """Let Anki check and repair the database, and return how many problems it found."""
    before = [rows(collection, query) for query in _EVERYTHING]
    report, _sound = collection.fix_integrity()
    after = [rows(collection, query) for query in _EVERYTHING]
    said = [line for line in report.splitlines() if line and line != collection.tr.database_check_rebuilt()]
    # Some repairs it makes without a word.
    return len(said) or sum(one != other for one, other in zip(before, after, strict=True))


def rows(collection: Collection, query: str, *values: str | float | None) -> list[Any]:
    """Return the rows of a query."""
    assert collection.db is not None
    return collection.db.all(query, *values)


def _import_options(options: OptionSet) -> ImportAnkiPackageOptions:
    return ImportAnkiPackageOptions(
        merge_notetypes=options.merge_note_types,
        update_notes=_CONDITIONS[options.update_notes],  # type: ignore[arg-type]
        update_notetypes=_CONDITIONS[options.update_note_types],  # type: ignore[arg-type]
        with_deck_configs=options.deck_presets,
        with_scheduling=options.progress,
    )


def _note_types(collection: Collection) -> dict[int, NoteTypeState]:
    found = {}
    for entry in collection.models.all_names_and_ids():
        # Not through `models.get`, which remembers what was there before an import.
        data = json.loads(collection._backend.get_notetype_legacy(entry.id))  # noqa: SLF001
        templates = tuple((each["name"], each["qfmt"], each["afmt"]) for each in data["tmpls"])
        found[entry.id] = NoteTypeState(data["name"], (data["css"], templates))
    return found


def _notes(collection: Collection, note_types: Mapping[int, NoteTypeState]) -> dict[int, NoteState]:
    fields: dict[int, list[str]] = {}
    for note_type_id, name in rows(collection, "SELECT ntid, name FROM fields ORDER BY ntid, ord"):
        fields.setdefault(note_type_id, []).append(name)
    return {
        note_id: NoteState(
            guid,
            note_types[type_id].name,
            dict(zip(fields[type_id], texts.split(_FIELD_SEPARATOR), strict=False)),
            frozenset(tag.casefold() for tag in tags.split()),
            checksum,
        )
        for note_id, guid, type_id, tags, texts, checksum in rows(
            collection, "SELECT id, guid, mid, tags, flds, csum FROM notes"
        )
    }


def _mute_cards(collection: Collection) -> Iterator[int]:
    for note in collection.get_empty_cards().notes:
        yield from note.card_ids
    # A template that fails does so on all its cards alike, so one of them tells.
    templates: dict[tuple[int, int], list[int]] = {}
    for card_id, note_type_id, ord_ in rows(
        collection, "SELECT cards.id, mid, ord FROM cards JOIN notes ON nid = notes.id ORDER BY cards.id"
    ):
        templates.setdefault((note_type_id, ord_), []).append(card_id)
    for card_ids in templates.values():
        try:
            collection._backend.render_existing_card(card_id=card_ids[0], browser=False, partial_render=True)  # noqa: SLF001
        except TemplateError:
            yield from card_ids
