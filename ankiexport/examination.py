"""Question files one by one: read, check what needs no other file, render. Each file stands for itself.

So files can be examined in any order, in several processes, and what was found can be kept.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

from ankiexport.bank import read_questions
from ankiexport.card_templates import LoadedNoteType, known_note_types, load_note_types
from ankiexport.checks import Subject, check
from ankiexport.diagnostics import Diagnostic
from ankiexport.notes import NoteContent
from ankiexport.quality import advise
from ankiexport.quality.outline import Outline, outline_of
from ankiexport.question import FACT_NOTE_TYPE, Bank, LoadedBank
from ankiexport.render import Renderer

# Below so many bytes of sources a second process costs more than it saves.
_PARALLEL_FROM = 400_000


@dataclass(frozen=True, slots=True)
class Examined:
    """What became of one question file: outlines, the content of notes, and what is wrong."""

    outlines: tuple[Outline, ...]
    contents: tuple[NoteContent, ...]
    diagnostics: tuple[Diagnostic, ...]


@dataclass(slots=True)
class Examiner:
    """Examines question files of one bank; it keeps what is the same for all of them."""

    bank: Bank
    renderer: Renderer = field(init=False)
    known: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Prepare the note types, which are loaded when a question first asks for one."""
        self.renderer = Renderer(self.bank, _NoteTypes(self.bank))
        self.known = tuple(known_note_types(self.bank.root))

    def examine(self, path: Path) -> Examined:
        """Return what becomes of a question file."""
        questions, found = read_questions(path, self.bank)
        loaded = LoadedBank(self.bank, tuple(questions))
        problems = [*found, *advise(loaded)]
        problems += check(Subject(loaded, self.renderer.note_types, self.known, self.renderer.vocabulary))
        contents: list[NoteContent] = []
        for question in questions:
            if question.level in self.bank.level_keys:
                notes, found = self.renderer.notes_of(question)
                contents += notes
                problems += found
        outlines = tuple(outline_of(question) for question in questions)
        return Examined(outlines, tuple(contents), tuple(problems))


class _NoteTypes(Mapping[str, LoadedNoteType]):
    """The note types that can be used; what is wrong with the others is told elsewhere."""

    def __init__(self, bank: Bank) -> None:
        self._bank = bank
        self._loaded: dict[str, LoadedNoteType | None] = {}

    def __getitem__(self, key: str) -> LoadedNoteType:
        if key not in self._loaded:
            self._loaded[key] = load_note_types(self._bank, [key])[0].get(key)
        found = self._loaded[key]
        if found is None:
            raise KeyError(key)
        return found

    def __iter__(self) -> Iterator[str]:
        return (key for key, found in self._loaded.items() if found)

    def __len__(self) -> int:
        return len([*iter(self)])


def examine_files(bank: Bank, paths: Sequence[Path], jobs: int) -> Iterator[Examined]:
    """Yield what becomes of each file, in their order, examined in so many processes; 0 chooses."""
    if not jobs:
        size = sum(path.stat().st_size for path in paths if path.is_file())
        jobs = (os.cpu_count() or 1) if size >= _PARALLEL_FROM else 1
    if min(jobs, len(paths)) <= 1:
        examiner = Examiner(bank)
        yield from (examiner.examine(path) for path in paths)
        return
    # Not fork: it is unsafe beside threads, and other systems do not have it.
    with ProcessPoolExecutor(
        jobs - 1, mp_context=get_context("spawn"), initializer=_start_worker, initargs=(bank,)
    ) as pool:
        yield from _shared(bank, paths, [pool.submit(_examine, path) for path in paths])


def _shared(bank: Bank, paths: Sequence[Path], futures: list[Future[Examined]]) -> Iterator[Examined]:
    """Take the last files into this process, as long as no other has begun with them."""
    examiner = Examiner(bank)
    mine: list[Examined] = []
    while len(mine) < len(paths) and futures[-1 - len(mine)].cancel():
        mine.append(examiner.examine(paths[-1 - len(mine)]))
    yield from (future.result() for future in futures[: len(paths) - len(mine)])
    yield from reversed(mine)


_worker: list[Examiner] = []


def _start_worker(bank: Bank) -> None:
    _worker[:] = [Examiner(bank)]


def _examine(path: Path) -> Examined:
    return _worker[0].examine(path)


def note_types_in_use(outlines: Sequence[Outline], also: Sequence[str] = ()) -> list[str]:
    """Return the keys of the note types that questions and facts ask for, and others, sorted."""
    keys = {*also, *(outline.question.note_type for outline in outlines)}
    if any(outline.question.facts for outline in outlines):
        keys.add(FACT_NOTE_TYPE)
    return sorted(keys)
