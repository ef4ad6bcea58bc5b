"""The database of a package: a stranger's file, opened read-only, with nothing in it that could act.

Both of Anki's forms are read: schema 11, with note types and decks as JSON, and 18, with tables of them.
"""

import json
import re
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from ankiexport.importing.package import (
    SourceCard,
    SourceCollection,
    SourceField,
    SourceNote,
    SourceNoteType,
    SourceTemplate,
    refuse,
)
from ankiexport.importing.protobuf import bytes_in, fields_of, number_in, text_in
from ankiexport.importing.tag_words import clean_tags

MAX_ROW = 1 << 26
MAX_TEXT = 1 << 28
MAX_SECONDS = 120
_STEPS = 100_000
_SEPARATOR = "\x1f"
_VIRTUAL = re.compile(r"\s*create\s+virtual\b", re.IGNORECASE)
_FUNCTIONS = frozenset({"count"})
_READS = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ})
_DEFAULT_DECK = "Default"


def read_collection(path: Path) -> SourceCollection:
    """Return what a collection holds, its notes in the order of their new cards; raises `RefusedError`."""
    try:
        with closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        ) as connection:
            _secure(connection)
            tables = _tables(connection)
            return _Reader(connection, tables).collection()
    except sqlite3.Error as error:
        late = "interrupted" in str(error)
        refuse(
            f"its collection takes more than {MAX_SECONDS} seconds to read"
            if late
            else f"its collection is no sound database ({error})"
        )
    except RecursionError:
        refuse("its collection is nested without end")
    except UnicodeDecodeError as error:
        refuse(f"a text in its collection is not UTF-8 ({error.reason})")
    except (LookupError, TypeError, AttributeError) as error:
        refuse(f"its collection is not one of Anki's ({type(error).__name__}: {error})")


def _secure(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_ROW)
    # Columns of new collections are compared by a rule of Anki's own.
    connection.create_collation("unicase", lambda one, other: (one > other) - (one < other))
    deadline = time.monotonic() + MAX_SECONDS
    connection.set_progress_handler(lambda: int(time.monotonic() > deadline), _STEPS)


def _tables(connection: sqlite3.Connection) -> frozenset[str]:
    rows = connection.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
    for kind, name, sql in rows:
        if kind in {"trigger", "view"} or (kind == "table" and _VIRTUAL.match(str(sql))):
            word = kind if kind != "table" else "virtual table"
            refuse(f'its collection holds a {word} ("{name}"), which none of Anki\'s does')
    tables = frozenset(str(name) for kind, name, _ in rows if kind == "table")
    for name in tables & {"col", "notes", "cards", "notetypes", "fields", "templates", "decks", "revlog"}:
        if any(row[6] for row in connection.execute(f"PRAGMA table_xinfo({name})")):
            refuse(f'its table "{name}" has computed columns, which none of Anki\'s has')
    if not {"col", "notes", "cards"} <= tables:
        refuse("its collection is not one of Anki's")
    # From here on nothing but reading is possible, whatever the database says.
    connection.set_authorizer(_allowed)
    return tables


def _allowed(
    action: int, _one: str | None, other: str | None, _database: str | None, _source: str | None
) -> int:
    if action in _READS or (action == sqlite3.SQLITE_FUNCTION and other in _FUNCTIONS):
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


class _Reader:
    """Reads one collection."""

    def __init__(self, connection: sqlite3.Connection, tables: frozenset[str]) -> None:
        self._connection = connection
        self._has_tables = {"notetypes", "fields", "templates", "decks"} <= tables
        self._has_reviews = "revlog" in tables

    def collection(self) -> SourceCollection:
        decks = self._new_decks() if self._has_tables else self._legacy_decks()
        types = self._new_note_types() if self._has_tables else self._legacy_note_types()
        cards = self._cards({key: name for key, (name, _) in decks.items()})
        notes = sorted(self._notes(types, cards), key=_place)
        used = {note.note_type for note in notes}
        reviews = _whole(self._one("SELECT count(*) FROM revlog")) if self._has_reviews else 0
        return SourceCollection(
            {key: found for key, found in types.items() if key in used},
            tuple(notes),
            dict(decks.values()),
            reviews,
        )

    def _one(self, query: str) -> object:
        row: tuple[object] | None = self._connection.execute(query).fetchone()
        if row is None:
            refuse("its collection is empty")
        return row[0]

    def _legacy_decks(self) -> dict[int, tuple[str, str]]:
        decks = _object(self._one("SELECT decks FROM col"), "decks")
        return {int(key): (str(deck["name"]), str(deck.get("desc", ""))) for key, deck in decks.items()}

    def _new_decks(self) -> dict[int, tuple[str, str]]:
        found = {}
        for key, name, kind in self._connection.execute("SELECT id, name, kind FROM decks"):
            normal = fields_of(bytes_in(fields_of(kind), 1))
            found[_whole(key)] = (str(name).replace(_SEPARATOR, "::"), text_in(normal, 4))
        return found

    def _legacy_note_types(self) -> dict[int, SourceNoteType]:
        models = _object(self._one("SELECT models FROM col"), "note types")
        return {int(key): _legacy_note_type(int(key), model) for key, model in models.items()}

    def _new_note_types(self) -> dict[int, SourceNoteType]:
        fields: dict[int, list[SourceField]] = {}
        for key, name, config in self._connection.execute(
            "SELECT ntid, name, config FROM fields ORDER BY ntid, ord"
        ):
            message = fields_of(config)
            fields.setdefault(key, []).append(
                SourceField(str(name), number_in(message, 9), text_in(message, 5))
            )
        templates: dict[int, list[SourceTemplate]] = {}
        for key, name, config in self._connection.execute(
            "SELECT ntid, name, config FROM templates ORDER BY ntid, ord"
        ):
            message = fields_of(config)
            extras = _extras(text_in(message, 3), text_in(message, 4), number_in(message, 5))
            templates.setdefault(key, []).append(
                SourceTemplate(
                    str(name), text_in(message, 1), text_in(message, 2), number_in(message, 8), extras
                )
            )
        found = {}
        for key, name, mod, config in self._connection.execute(
            "SELECT id, name, mtime_secs, config FROM notetypes"
        ):
            message = fields_of(config)
            found[_whole(key)] = SourceNoteType(
                id=key,
                name=str(name),
                mod=_whole(mod),
                cloze=number_in(message, 1) == 1,
                fields=tuple(fields.get(key, ())),
                templates=tuple(templates.get(key, ())),
                css=text_in(message, 3),
                sort_field=number_in(message, 2),
            )
        return found

    def _cards(self, decks: Mapping[int, str]) -> dict[int, list[SourceCard]]:
        query = "SELECT nid, id, ord, did, odid, type, queue, due, odue, flags FROM cards ORDER BY nid, ord"
        found: dict[int, list[SourceCard]] = {}
        for row in self._connection.execute(query):
            note, key, ord_, deck, home, kind, queue, due, home_due, flags = map(_whole, row)
            name = decks.get(home or deck)
            if name is None:
                refuse(f"a card is in a deck ({home or deck}) that is not there")
            found.setdefault(note, []).append(
                SourceCard(
                    id=key, ord=ord_, deck=name or _DEFAULT_DECK, due=home_due if home and kind == 0 else due,
                    is_studied=kind != 0, is_marked=queue < 0 or flags & 7 != 0,
                )
            )  # fmt: skip
        return found

    def _notes(
        self, types: Mapping[int, SourceNoteType], cards: Mapping[int, list[SourceCard]]
    ) -> Iterator[SourceNote]:
        total = 0
        for key, guid, kind, mod, tags, flds in self._connection.execute(
            "SELECT id, guid, mid, mod, tags, flds FROM notes ORDER BY id"
        ):
            note_type = types.get(kind)
            if note_type is None:
                refuse(f"the note {guid} has a note type ({kind}) that is not there")
            text = str(flds)
            total += len(text)
            if total > MAX_TEXT:
                refuse("its notes hold too much text")
            fields = tuple(text.split(_SEPARATOR))
            if len(fields) != len(note_type.fields):
                refuse(
                    f"the note {guid} has {len(fields)} fields, its note type "
                    f'"{note_type.name}" {len(note_type.fields)}'
                )
            own = tuple(cards.get(key, ()))
            if len({card.ord for card in own}) < len(own):
                refuse(f"the note {guid} has one of its cards twice")
            yield SourceNote(
                _whole(key), str(guid), kind, _whole(mod), tuple(clean_tags(str(tags))), fields, own
            )


def _place(note: SourceNote) -> tuple[bool, int, int]:
    new = [card.due for card in note.cards if not card.is_studied]
    return (not new, min(new, default=0), note.id)


def _legacy_note_type(key: int, model: Mapping[str, Any]) -> SourceNoteType:
    fields = sorted(model["flds"], key=lambda field: int(field["ord"]))
    templates = sorted(model["tmpls"], key=lambda template: int(template["ord"]))
    return SourceNoteType(
        id=key,
        name=str(model["name"]),
        mod=int(model["mod"]),
        cloze=model.get("type") == 1,
        fields=tuple(
            SourceField(str(field["name"]), int(field.get("id") or 0), str(field.get("description") or ""))
            for field in fields
        ),
        templates=tuple(
            SourceTemplate(
                str(template["name"]),
                str(template["qfmt"]),
                str(template["afmt"]),
                int(template.get("id") or 0),
                _extras(template.get("bqfmt"), template.get("bafmt"), template.get("did")),
            )
            for template in templates
        ),
        css=str(model["css"]),
        sort_field=int(model.get("sortf") or 0),
    )


def _extras(front: object, back: object, deck: object) -> tuple[str, ...]:
    return (*(["browser appearance"] if front or back else []), *(["deck override"] if deck else []))


def _whole(value: object) -> int:
    # Not isinstance: a bool is no id.
    if type(value) is not int:
        refuse(f"its collection holds {str(value)[:40]!r} where a number belongs")
    return value


def _object(text: object, what: str) -> dict[str, Any]:
    try:
        data = json.loads(str(text))
    except ValueError:
        data = None
    if not isinstance(data, dict):
        refuse(f"its {what} are not a JSON object")
    return data
