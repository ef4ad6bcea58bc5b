"""Reading a bank again and again: only what has changed is read, and what cannot be read stays as it was.

All that the preview asks of the stages of a build is asked here.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ankiexport.bank import load_bank, read_questions
from ankiexport.card_templates import LoadedNoteType, known_note_types, load_note_types, template_folders
from ankiexport.checks import Subject, check, note_types_in_use
from ankiexport.diagnostics import Diagnostic
from ankiexport.preview.entries import Entry, entries_of, in_order_of_study
from ankiexport.question import Bank, LoadedBank, Question

# Of a file: when it was written, when anything about it changed, and its size. A copy may bring its time along.
_Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Reading:
    """A bank as it was read at one moment, its questions not rendered.

    `bank` is None when there never was a `bank.yaml` that could be used. `stale` are the files that cannot
    be read as they are, and of which the questions are those of the last time.
    """

    bank: Bank | None = None
    note_types: Mapping[str, LoadedNoteType] = field(default_factory=dict)
    entries: tuple[Entry, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    stale: frozenset[str] = frozenset()


@dataclass(slots=True)
class _File:
    """A question file as it was read last; `entries` are those of the last time that it could be."""

    stamp: _Stamp | None
    bank: Bank
    questions: list[Question]
    problems: list[Diagnostic]
    entries: list[Entry]
    is_stale: bool

    def fits(self, stamp: _Stamp | None, bank: Bank) -> bool:
        """Tell whether the file would be read in the same way again."""
        # `bank` decides on more than its questions: on decks and tags, too.
        return stamp is not None and stamp == self.stamp and (bank is self.bank or bank == self.bank)


class BankReader:
    """Reads one bank, as often as it is asked to."""

    def __init__(self, root: Path) -> None:
        """Remember the folder; nothing is read yet."""
        self._root = root
        self._files: dict[str, _File] = {}
        self._last = Reading()
        self._templates: tuple[object, tuple[dict[str, LoadedNoteType], list[Diagnostic]]] | None = None
        self.changed: frozenset[str] = frozenset()

    def read(self) -> Reading:
        """Return the bank as it is now, with the problems that are found without rendering it.

        `changed` are then the question files that were not as they had been.
        """
        seen: set[str] = set()
        before = self._files.copy()

        def read(path: Path, bank: Bank) -> tuple[list[Question], list[Diagnostic]]:
            seen.add(path.as_posix())
            file = self._file(path, bank)
            return file.questions, file.problems

        loaded, problems = load_bank(self._root, read)
        if loaded is None:
            last = self._last
            self._last = Reading(last.bank, last.note_types, last.entries, _sorted(problems), last.stale)
            return self._last
        self._files = {name: file for name, file in self._files.items() if name in seen}
        entries = [entry for file in self._files.values() for entry in file.entries]
        names = {*before, *self._files}
        self.changed = frozenset(name for name in names if before.get(name) is not self._files.get(name))
        note_types, found = self._note_types(loaded, entries)
        problems += found
        problems += check(Subject(loaded, note_types, tuple(known_note_types(self._root))))
        self._last = Reading(
            loaded.bank,
            # A note type that cannot be used any more is shown as it was.
            {**self._last.note_types, **note_types},
            tuple(in_order_of_study(entries, loaded.bank)),
            _sorted(problems),
            frozenset(name for name, file in self._files.items() if file.is_stale),
        )
        return self._last

    def _note_types(
        self, loaded: LoadedBank, entries: list[Entry]
    ) -> tuple[dict[str, LoadedNoteType], list[Diagnostic]]:
        """Return the note types in use, loaded again when a card template or the bank's settings changed."""
        keys = note_types_in_use(loaded, {entry.note_type for entry in entries})
        stamps = [stamps_below(folder) for folder in template_folders(self._root)]
        if self._templates is None or self._templates[0] != (loaded.bank, keys, stamps):
            self._templates = (loaded.bank, keys, stamps), load_note_types(loaded.bank, keys)
        return self._templates[1][0], list(self._templates[1][1])

    def _file(self, path: Path, bank: Bank) -> _File:
        name = path.as_posix()
        stamp = _stamp(path)
        known = self._files.get(name)
        if known is None or not known.fits(stamp, bank):
            questions, problems = read_questions(path, bank)
            is_stale = not questions and any(problem.is_error for problem in problems)
            entries = known.entries if is_stale and known else entries_of(questions, bank)
            # Taken out first, so that the files stay in the order in which they are read.
            self._files.pop(name, None)
            self._files[name] = _File(stamp, bank, questions, problems, entries, is_stale)
        else:
            self._files[name] = self._files.pop(name)
        return self._files[name]


def stamps_below(folder: Path) -> list[tuple[str, _Stamp | None]]:
    """Return what tells whether a file below a folder has changed."""
    return [(path.as_posix(), _stamp(path)) for path in sorted(folder.rglob("*"))]


def _stamp(path: Path) -> _Stamp | None:
    try:
        status = os.stat(path)  # noqa: PTH116 - half as long as its method, and asked for every file
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size


def _sorted(problems: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(sorted(set(problems)))
