"""`bank.lock` as a file: sorted, one note a line, so that git can merge what two people did.

Lines are JSON objects. Between them stand empty lines, because git takes changes in adjoining
lines for a conflict. What git could not merge is found, and repaired by `repaired`.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from ankiexport.diagnostics import Diagnostic, Position
from ankiexport.lock.entries import Lock, LockedNote, LockedNoteType
from ankiexport.lock.lines import dumped, entry_of, line_of, parsed
from ankiexport.yaml_source import read_text

LOCK_FILE = "bank.lock"
LOCK_FORMAT = 1

_HEADER = (
    "# What has been shipped from this bank. Written by `ankiexport build`: commit it, and never edit it.\n"
)
_CONFLICT = re.compile(r"<{7}(?: |$)|={7}$|>{7}(?: |$)|\|{7}(?: |$)")
_REPAIR = "run: ankiexport lock --repair"
_RESTORE = "restore the file from git; it is never edited by hand"


def to_text(lock: Lock) -> str:
    """Return the lock as the text of its file; the same lock always gives the same text."""
    head = dumped({"ankiexport_lock": LOCK_FORMAT, "namespace": lock.namespace})
    types = [line_of(lock.note_types[key]) for key in sorted(lock.note_types)]
    notes = [line_of(lock.notes[key]) for key in sorted(lock.notes)]
    return "\n".join([_HEADER, *(f"{line}\n" for line in (head, *types, *notes))])


def read_lock(path: Path, namespace: str) -> tuple[Lock | None, list[Diagnostic]]:
    """Return the lock of a bank, an empty one when there is none yet, or None and why it is refused."""
    if not path.exists():
        return Lock(namespace), []
    text, out = read_text(path)
    if text is None:
        return None, out
    reader = _Reader(path.as_posix(), namespace)
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
        begun = False
        for number, line in enumerate(text.split("\n"), start=1):
            if _CONFLICT.match(line):
                self._report(number, "lock-conflict", "git left a conflict in the lock", _REPAIR)
                return
            # Further down, `#` would silence a note.
            if not line.strip() or (line.startswith("#") and not begun):
                continue
            begun = True
            data = parsed(line)
            if data is None:
                self._report(number, "lock-corrupt", "the line is damaged", _RESTORE)
                return
            yield number, data

    def _head(self, lines: list[tuple[int, dict[str, Any]]]) -> None:
        number, head = lines[0] if lines else (1, {})
        version = head.get("ankiexport_lock")
        if type(version) is not int or version < 1:
            self._report(number, "lock-corrupt", "the lock does not begin as one", _RESTORE)
        elif version > LOCK_FORMAT:
            message = f"the lock was written by a newer version of ankiexport (format {version})"
            self._report(number, "lock-newer", message, "update ankiexport: pip install --upgrade ankiexport")
        elif head.get("namespace") != self._namespace:
            other = str(head.get("namespace")).encode(errors="replace").decode()
            message = f'the lock belongs to the namespace "{other}", the bank to "{self._namespace}"'
            advice = "a namespace never changes; for a bank made from a copy of another one, remove the lock"
            self._report(number, "lock-foreign", message, advice)

    def _entry(self, number: int, data: dict[str, Any]) -> None:
        entry = entry_of(data)
        if entry is None:
            self._report(number, "lock-corrupt", "the line is damaged", _RESTORE)
        elif isinstance(entry, LockedNote):
            self._add(number, self._notes, entry)
        else:
            self._add(number, self._note_types, entry)

    def _add(self, number: int, entries: dict[str, Any], entry: LockedNote | LockedNoteType) -> None:
        known = entries.get(entry.key)
        if known is not None and not self._take_later:
            self._report(number, "lock-conflict", f'"{entry.key}" is there twice, as after a merge', _REPAIR)
        elif known is None or entry.mod > known.mod:
            entries[entry.key] = entry

    def _report(self, number: int, code: str, message: str, advice: str) -> None:
        self.problems.append(Diagnostic(Position(self._path, number), code, message, advice))
