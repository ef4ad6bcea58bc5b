"""The lines of `bank.lock`: a JSON object for each note and note type, which ends with a checksum of itself.

A damaged line is therefore never taken for a sound one, whether a disk, an editor or a search for words to
replace has damaged it. The checksum is of one line alone, so that git can merge.
"""

import json
from hashlib import sha256
from typing import Any, TypeVar

from ankiexport.lock.entries import NO_DECKS, LockedNote, LockedNoteType, State

_T = TypeVar("_T")
_SUM_DIGITS = 8
_TOO_LARGE = 1 << 62
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def dumped(line: dict[str, object]) -> str:
    """Return an object as a line of the lock, without its checksum."""
    return _ENCODER.encode(line)


def parsed(text: str) -> dict[str, Any] | None:
    """Return the object of a line, or None if the text is none."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def line_of(entry: LockedNote | LockedNoteType) -> str:
    """Return the line of a note or note type."""
    if isinstance(entry, LockedNote) and entry.line:
        return entry.line
    line = _note_line(entry) if isinstance(entry, LockedNote) else _note_type_line(entry)
    # As if the checksum were dumped with the rest.
    text = dumped(line)
    return f'{text[:-1]},"sum":"{_sum_of(text)}"}}'


def entry_in(text: str, line: dict[str, Any]) -> LockedNote | LockedNoteType | None:
    """Return what `entry_of` does; a note whose line is as it is written keeps it, to be written again."""
    body, mark, end = text.rpartition(',"sum":"')
    is_plain = mark and "\\u" not in body and end == f'{line.get("sum")}"}}'
    if not is_plain or _sum_of(f"{body}}}") != line["sum"]:
        return entry_of(line)
    try:
        entry = _note(line) if "note" in line else _note_type(line)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    if isinstance(entry, LockedNote) and [*line] == [*_note_line(entry), "sum"]:
        object.__setattr__(entry, "line", text)
    return entry


def entry_of(line: dict[str, Any]) -> LockedNote | LockedNoteType | None:
    """Return the note or note type of a line, or None if the line is damaged."""
    data = dict(line)
    try:
        if data.pop("sum") != _sum(data):
            return None
        return _note(data) if "note" in data else _note_type(data)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _sum(line: dict[str, object]) -> str:
    return _sum_of(dumped(line))


def _sum_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:_SUM_DIGITS]


def _note_line(note: LockedNote) -> dict[str, object]:
    line: dict[str, object] = {
        "note": note.key,
        "mod": note.mod,
        "guid": note.guid,
        "id": note.id,
        "cards": {str(ord_): note.cards[ord_] for ord_ in sorted(note.cards)},
        "type": note.note_type,
        "level": note.level,
        "deck": note.deck,
        "content": note.content,
        "fields": note.fields,
        "tags": list(note.tags),
        "text": note.text,
    }
    if note.is_fact:
        line["fact"] = True
    if note.state is not State.ACTIVE:
        line["state"] = str(note.state)
    if note.previous:
        line["previous"] = list(note.previous)
    if note.card_decks:
        line["card_decks"] = {str(ord_): note.card_decks[ord_] for ord_ in sorted(note.card_decks)}
    return line


def _note(data: dict[str, Any]) -> LockedNote:
    return LockedNote(
        key=_checked(data["note"], str),
        guid=_checked(data["guid"], str),
        id=_number(data["id"]),
        cards={int(ord_): _number(card) for ord_, card in data["cards"].items()},
        note_type=_checked(data["type"], str),
        level=_checked(data["level"], str),
        is_fact=_checked(data.get("fact", False), bool),
        deck=_checked(data["deck"], str),
        content=_checked(data["content"], str),
        fields=_checked(data["fields"], str),
        tags=_strings(data["tags"]),
        text=_checked(data["text"], str),
        mod=_number(data["mod"]),
        state=State(data.get("state", "active")),
        previous=_strings(data.get("previous", [])),
        card_decks={int(ord_): _checked(deck, str) for ord_, deck in data.get("card_decks", {}).items()}
        or NO_DECKS,
    )


def _note_type_line(note_type: LockedNoteType) -> dict[str, object]:
    return {
        "note_type": note_type.key,
        "mod": note_type.mod,
        "id": note_type.id,
        "schema": note_type.schema,
        "schema_version": note_type.schema_version,
        "schema_mod": note_type.schema_mod,
        "content": note_type.content,
    }


def _note_type(data: dict[str, Any]) -> LockedNoteType:
    return LockedNoteType(
        key=_checked(data["note_type"], str),
        id=_number(data["id"]),
        schema=_checked(data["schema"], str),
        schema_version=_checked(data["schema_version"], int),
        content=_checked(data["content"], str),
        mod=_number(data["mod"]),
        schema_mod=_number(data["schema_mod"]),
    )


def _checked(value: object, kind: type[_T]) -> _T:
    # Not isinstance: True is an int there.
    if type(value) is not kind:
        raise TypeError
    return value


def _number(value: object) -> int:
    """Return an id or a time, which no collection can hold if it is larger; raises `TypeError`."""
    found = _checked(value, int)
    if abs(found) >= _TOO_LARGE:
        raise TypeError
    return found


def _strings(values: object) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise TypeError
    return tuple(_checked(value, str) for value in values)
