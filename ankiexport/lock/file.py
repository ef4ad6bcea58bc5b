"""`bank.lock` as a file: sorted, one note a line, so that git can merge what two people did.

Lines are JSON objects. Between them stand empty lines, because git takes changes in adjoining
lines for a conflict. What git could not merge is found, and repaired by `repaired`.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from ankiexport.diagnostics import Diagnostic, Position
from ankiexport.lock.entries import Lock, LockedNote, LockedNoteType, State
from ankiexport.yaml_source import read_text

_T = TypeVar("_T")

LOCK_FILE = "bank.lock"
LOCK_FORMAT = 1

_HEADER = (
    "# What has been shipped from this bank. Written by `ankiexport build`: commit it, and never edit it.\n"
)
_CONFLICT = re.compile(r"<{7}(?: |$)|={7}$|>{7}(?: |$)|\|{7}(?: |$)")
_REPAIR = "run: ankiexport lock --repair"


def to_text(lock: Lock) -> str:
    """Return the lock as the text of its file; the same lock always gives the same text."""
    head = {"ankiexport_lock": LOCK_FORMAT, "namespace": lock.namespace}
    types = [_note_type_line(lock.note_types[key]) for key in sorted(lock.note_types)]
    notes = [_note_line(lock.notes[key]) for key in sorted(lock.notes)]
    return "\n".join([_HEADER, *(f"{_dumped(line)}\n" for line in (head, *types, *notes))])


def read_lock(path: Path, namespace: str) -> tuple[Lock | None, list[Diagnostic]]:
    """Return the lock of a bank, an empty one when there is none yet, or None and why it is refused."""
    if not path.exists():
        return Lock(namespace), []
    text, out = read_text(path)
    return (None, out) if text is None else parse_lock(text, path.as_posix(), namespace)


def parse_lock(text: str, path: str, namespace: str) -> tuple[Lock | None, list[Diagnostic]]:
    """Return the lock that a text holds, or None and why it is refused; `path` names it in what is said."""
    reader = _Reader(path, namespace)
    lock = reader.read(text)
    return lock, reader.problems


def repaired(path: Path, namespace: str) -> tuple[Lock | None, list[Diagnostic]]:
    """Return the lock that a file with conflicts stands for: of two lines for one note, the later build's.

    It is right whichever is taken: a note whose content is another is stamped anew by the next build.
    """
    text, out = read_text(path)
    if text is None:
        return None, out
    lines = ["" if _CONFLICT.match(line) else line for line in text.split("\n")]
    reader = _Reader(path.as_posix(), namespace, take_later=True)
    lock = reader.read("\n".join(lines))
    if lock is None:
        return None, reader.problems
    # One side has given a note another id, the other side has edited it under the old one.
    renamed = {key for note in lock.notes.values() for key in note.previous}
    notes = {key: note for key, note in lock.notes.items() if key not in renamed}
    return replace(lock, notes=notes), reader.problems


class _Reader:
    """Reads the lines of a lock and gathers what is wrong with them."""

    def __init__(self, path: str, namespace: str, *, take_later: bool = False) -> None:
        self.problems: list[Diagnostic] = []
        self._path = path
        self._namespace = namespace
        self._take_later = take_later
        self._notes: dict[str, LockedNote] = {}
        self._note_types: dict[str, LockedNoteType] = {}

    def read(self, text: str) -> Lock | None:
        lines = list(self._lines(text))
        if not self.problems:
            self._head(lines)
        if self.problems:
            return None
        for number, line in lines[1:]:
            self._entry(number, line)
        return None if self.problems else Lock(self._namespace, self._notes, self._note_types)

    def _lines(self, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
        for number, line in enumerate(text.split("\n"), start=1):
            if _CONFLICT.match(line):
                self._report(number, "lock-conflict", "git left a conflict in the lock", _REPAIR)
                return
            if not line.strip() or line.startswith("#"):
                continue
            try:
                data = json.loads(line)
            except ValueError:
                data = None
            if not isinstance(data, dict):
                self._report(number, "lock-corrupt", "the line is damaged", _RESTORE)
                return
            yield number, data

    def _head(self, lines: list[tuple[int, dict[str, Any]]]) -> None:
        number, head = lines[0] if lines else (1, {})
        version = head.get("ankiexport_lock")
        if not isinstance(version, int):
            self._report(number, "lock-corrupt", "the lock does not begin as one", _RESTORE)
        elif version > LOCK_FORMAT:
            message = f"the lock was written by a newer version of ankiexport (format {version})"
            self._report(number, "lock-newer", message, "update ankiexport: pip install --upgrade ankiexport")
        elif head.get("namespace") != self._namespace:
            message = f'the lock belongs to the namespace "{head.get("namespace")}", the bank to "{self._namespace}"'
            advice = "a namespace never changes; for a bank made from a copy of another one, remove the lock"
            self._report(number, "lock-foreign", message, advice)

    def _entry(self, number: int, data: dict[str, Any]) -> None:
        try:
            if "note_type" in data and "note" not in data:
                self._add(number, self._note_types, _note_type(data))
            else:
                self._add(number, self._notes, _note(data))
        except (KeyError, TypeError, ValueError):
            self._report(number, "lock-corrupt", "the line is damaged", _RESTORE)

    def _add(self, number: int, entries: dict[str, Any], entry: LockedNote | LockedNoteType) -> None:
        known = entries.get(entry.key)
        if known is not None and not self._take_later:
            self._report(number, "lock-conflict", f'"{entry.key}" is there twice, as after a merge', _REPAIR)
        elif known is None or entry.mod > known.mod:
            entries[entry.key] = entry

    def _report(self, number: int, code: str, message: str, advice: str) -> None:
        self.problems.append(Diagnostic(Position(self._path, number), code, message, advice))


_RESTORE = "restore the file from git; it is never edited by hand"


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
        "fields": ".".join(note.fields),
        "tags": list(note.tags),
        "text": note.text,
    }
    if note.is_fact:
        line["fact"] = True
    if note.state is not State.ACTIVE:
        line["state"] = str(note.state)
    if note.previous:
        line["previous"] = list(note.previous)
    return line


def _note(data: dict[str, Any]) -> LockedNote:
    return LockedNote(
        key=_checked(data["note"], str),
        guid=_checked(data["guid"], str),
        id=_checked(data["id"], int),
        cards={int(ord_): _checked(card, int) for ord_, card in data["cards"].items()},
        note_type=_checked(data["type"], str),
        level=_checked(data["level"], str),
        is_fact=_checked(data.get("fact", False), bool),
        deck=_checked(data["deck"], str),
        content=_checked(data["content"], str),
        fields=tuple(_checked(data["fields"], str).split(".")),
        tags=_strings(data["tags"]),
        text=_checked(data["text"], str),
        mod=_checked(data["mod"], int),
        state=State(data.get("state", "active")),
        previous=_strings(data.get("previous", [])),
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
        id=_checked(data["id"], int),
        schema=_checked(data["schema"], str),
        schema_version=_checked(data["schema_version"], int),
        content=_checked(data["content"], str),
        mod=_checked(data["mod"], int),
        schema_mod=_checked(data["schema_mod"], int),
    )


def _checked(value: object, kind: type[_T]) -> _T:
    # Not isinstance: True is an int there.
    if type(value) is not kind:
        raise TypeError
    return value


def _strings(values: object) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise TypeError
    return tuple(_checked(value, str) for value in values)


def _dumped(line: dict[str, object]) -> str:
    return json.dumps(line, ensure_ascii=False, separators=(",", ":"))
