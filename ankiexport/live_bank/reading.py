"""Reading a bank again and again: only what has changed is read, and what cannot be read stays as it was."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ankiexport.bank import Unsaved, load_bank, parse_questions, read_questions
from ankiexport.card_templates import known_note_types, load_note_types
from ankiexport.checks import Subject, check, check_whole, note_types_in_use
from ankiexport.diagnostics import Diagnostic, in_order
from ankiexport.live_bank.entries import Entry, entries_of, in_order_of_study
from ankiexport.note_types import LoadedNoteType
from ankiexport.question import Bank, LoadedBank, Question
from ankiexport.resources import template_folders
from ankiexport.tags import Vocabulary

# Of a file: when it was written, when anything about it changed, and its size. A copy may bring its time along.
# Of an unsaved text: itself.
_Stamp = tuple[int, int, int] | str


@dataclass(frozen=True, slots=True)
class Reading:
    """A bank as it was read at one moment, its questions not rendered.

    `bank` is None when there never was a `bank.yaml` that could be used. `stale` are the files that cannot
    be read as they are, and of which the entries are those of the last time. `loaded` is the bank as a build
    would read it; None when it could not.
    """

    bank: Bank | None = None
    loaded: LoadedBank | None = None
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

    def read(self, unsaved: Unsaved | None = None) -> Reading:
        """Return the bank as it is now, with the problems that are found without rendering it.

        `unsaved` texts stand in for files. `changed` are then the question files that were not as they had been.
        """
        texts = unsaved or {}
        seen: set[str] = set()
        before = self._files.copy()

        def read(path: Path, bank: Bank) -> tuple[list[Question], list[Diagnostic]]:
            seen.add(path.as_posix())
            file = self._file(path, bank, texts.get(path.as_posix()))
            return file.questions, file.problems

        loaded, problems = load_bank(self._root, read, texts)
        if loaded is None:
            last = self._last
            self._last = Reading(
                last.bank, None, last.note_types, last.entries, in_order(problems), last.stale
            )
            self.changed = frozenset()
            return self._last
        self._files = {name: file for name, file in self._files.items() if name in seen}
        entries = [entry for file in self._files.values() for entry in file.entries]
        names = {*before, *self._files}
        self.changed = frozenset(name for name in names if before.get(name) is not self._files.get(name))
        note_types, found = self._note_types(loaded, entries)
        problems += found
        known = tuple(known_note_types(self._root))
        problems += check(Subject(loaded, note_types, known, Vocabulary.of(loaded.bank)))
        problems += check_whole(loaded)
        self._last = Reading(
            loaded.bank,
            loaded,
            # A note type that cannot be used any more is shown as it was.
            {**self._last.note_types, **note_types},
            tuple(in_order_of_study(entries, loaded.bank)),
            in_order(problems),
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

    def _file(self, path: Path, bank: Bank, text: str | None) -> _File:
        name = path.as_posix()
        stamp = _stamp(path) if text is None else text
        known = self._files.get(name)
        if known is None or not known.fits(stamp, bank):
            questions, problems = (
                read_questions(path, bank) if text is None else parse_questions(text, path, bank)
            )
            questions = _kept(known.questions if known else [], questions)
            is_stale = not questions and any(problem.is_error for problem in problems)
            entries = known.entries if is_stale and known else entries_of(questions, bank)
            # Taken out first, so that the files stay in the order in which they are read.
            self._files.pop(name, None)
            self._files[name] = _File(stamp, bank, questions, problems, entries, is_stale)
        else:
            self._files[name] = self._files.pop(name)
        return self._files[name]


def _kept(before: list[Question], now: list[Question]) -> list[Question]:
    """Return the questions of a file, those that are as they were, places and all, as the same objects."""
    # Questions are equal wherever they stand; only what is written of them tells their places.
    known = {question.id: question for question in before}
    return [
        old if (old := known.get(question.id)) is not None and repr(old) == repr(question) else question
        for question in now
    ]


def stamps_below(folder: Path) -> list[tuple[str, _Stamp | None]]:
    """Return what tells whether a file below a folder has changed."""
    return [(path.as_posix(), _stamp(path)) for path in sorted(folder.rglob("*"))]


def _stamp(path: Path) -> _Stamp | None:
    try:
        status = os.stat(path)  # noqa: PTH116 - half as long as its method, and asked for every file
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size
