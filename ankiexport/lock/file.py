"""`bank.lock` as a file: sorted, one note a line, so that git can merge what two people did.

Lines are JSON objects. Between them stand empty lines, because git takes changes in adjoining
lines for a conflict. What git could not merge is found, and repaired by `repaired`.
"""

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from ankiexport import bank_files
from ankiexport.diagnostics import Diagnostic, Position
from ankiexport.lock.entries import Lock, LockedNote, LockedNoteType
from ankiexport.lock.lines import dumped, entry_in, line_of, parsed
from ankiexport.lock.merging import merged
from ankiexport.source_files import read_text

LOCK_FILE = bank_files.LOCK_FILE
LOCK_FORMAT = 1
# Half a kilobyte a note: enough for banks of any size, which are many files, but have one lock.
_MAX_BYTES = 1_000_000_000

_HEADER = (
    "# What has been shipped from this bank. Written by `ankiexport build`: commit it, and never edit it.\n"
)
# Longer than seven where the common ancestor is itself a merge with conflicts.
_CONFLICT = re.compile(r"<{7,}(?: |$)|={7,}$|>{7,}(?: |$)|\|{7,}(?: |$)")
_REPAIR = "run: ankiexport lock --repair"
_RESTORE = "restore the file from git; it is never edited by hand"


def to_bytes(lock: Lock) -> bytes:
    """Return the lock as its file; the same lock always gives the same bytes."""
    return b"".join(lines_in(lock))


def lines_in(lock: Lock) -> Iterator[bytes]:
    """Yield the lines of the lock's file, one at a time: a lock may be long."""
    yield _HEADER.encode()
    head = dumped({"ankiexport_lock": LOCK_FORMAT, "namespace": lock.namespace})
    types = (line_of(lock.note_types[key]) for key in sorted(lock.note_types))
    notes = (line_of(lock.notes[key]) for key in sorted(lock.notes))
    for line in chain((head,), types, notes):
        yield f"\n{line}\n".encode()


def read_lock(path: Path, namespace: str) -> tuple[Lock | None, list[Diagnostic]]:
    """Return the lock of a bank, an empty one when there is none yet, or None and why it is refused."""
    if not path.exists():
        return Lock(namespace), []
    text, out = read_text(path, _MAX_BYTES)
    return (None, out) if text is None else parse_lock(text, path.as_posix(), namespace)


def parse_lock(text: str, path: str, namespace: str) -> tuple[Lock | None, list[Diagnostic]]:
    """Return the lock that a text holds, or None and why it is refused; `path` names it in what is said."""
    reader = _Reader(path, namespace)
    return reader.lock(reader.entries(text)), reader.problems


def repaired(path: Path, namespace: str) -> tuple[Lock | None, list[Diagnostic]]:
    """Return the lock that a file with conflicts stands for: of two lines for one note, the later build's.

    It is right whichever is taken: a note whose content is another is stamped anew by the next build.
    """
    text, out = read_text(path, _MAX_BYTES)
    if text is None:
        return None, out
    lines = ["" if _CONFLICT.match(line) else line for line in text.split("\n")]
    reader = _Reader(path.as_posix(), namespace)
    entries = reader.entries("\n".join(lines))
    return None if reader.problems else merged(namespace, (entry for _, entry in entries)), reader.problems


_Entries = list[tuple[int, LockedNote | LockedNoteType]]


class _Reader:
    """Reads the lines of a lock and gathers what is wrong with them."""

    def __init__(self, path: str, namespace: str) -> None:
        self.problems: list[Diagnostic] = []
        self._path = path
        self._namespace = namespace

    def entries(self, text: str) -> _Entries:
        """Return the notes and note types of a text, each with its line; none when it is no lock."""
        lines = list(self._lines(text))
        if not self.problems:
            self._head(lines)
        return [] if self.problems else list(self._entries(lines[1:]))

    def lock(self, entries: _Entries) -> Lock | None:
        """Return the lock of these entries, or None when anything was or is wrong."""
        notes: dict[str, LockedNote] = {}
        types: dict[str, LockedNoteType] = {}
        keys: dict[str, str] = {}
        for number, entry in entries:
            if entry.key in (notes if isinstance(entry, LockedNote) else types):
                self._conflict(number, f'"{entry.key}" is there twice')
            elif isinstance(entry, LockedNoteType):
                types[entry.key] = entry
            elif entry.guid in keys:
                self._conflict(number, f'"{keys[entry.guid]}" and "{entry.key}" are one note')
            else:
                notes[entry.key] = entry
                keys[entry.guid] = entry.key
        return None if self.problems else Lock(self._namespace, notes, types)

    def _lines(self, text: str) -> Iterator[tuple[int, str, dict[str, Any]]]:
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
            yield number, line, data

    def _head(self, lines: list[tuple[int, str, dict[str, Any]]]) -> None:
        number, _line, head = lines[0] if lines else (1, "", {})
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

    def _entries(
        self, lines: list[tuple[int, str, dict[str, Any]]]
    ) -> Iterator[tuple[int, LockedNote | LockedNoteType]]:
        for number, line, data in lines:
            entry = entry_in(line, data)
            if entry is None:
                self._report(number, "lock-corrupt", "the line is damaged", _RESTORE)
            else:
                yield number, entry

    def _conflict(self, number: int, message: str) -> None:
        self._report(number, "lock-conflict", f"{message}, as after a merge", _REPAIR)

    def _report(self, number: int, code: str, message: str, advice: str) -> None:
        self.problems.append(Diagnostic(Position(self._path, number), code, message, advice))
