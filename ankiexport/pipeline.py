"""The one place where the stages meet: read, check, render, stamp, package."""

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

from ankiexport.bank import find_bank, load_bank
from ankiexport.bank_settings import BANK_FILE
from ankiexport.card_templates import LoadedNoteType, known_note_types, load_note_types
from ankiexport.checks import Subject, check, note_types_in_use
from ankiexport.diagnostics import Diagnostic, Position, has_errors
from ankiexport.errors import UnknownLevelError
from ankiexport.files import Replacement, written
from ankiexport.formats.apkg import write_apkg
from ankiexport.manifest import MANIFEST_FILE, Entry, Manifest, entry_of, read_manifest, reconciled
from ankiexport.notes import NoteContent, PackagePlan
from ankiexport.packages import package_names, plan_packages
from ankiexport.quality import advise
from ankiexport.question import Bank, LoadedBank, Question
from ankiexport.render import Renderer
from ankiexport.stamp import stamp

# Below this many questions a second process costs more than it saves.
_PARALLEL_FROM = 400
_CHUNK = 100

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class CheckedBank:
    """A bank that was read, checked and rendered; `loaded` is None when there is no usable bank.yaml."""

    loaded: LoadedBank | None
    note_types: dict[str, LoadedNoteType]
    contents: tuple[NoteContent, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def has_errors(self) -> bool:
        """Whether anything stands in the way of a build."""
        return has_errors(self.diagnostics)


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build wrote; nothing when the diagnostics hold an error."""

    diagnostics: tuple[Diagnostic, ...]
    packages: tuple[Entry, ...] = ()
    removed: tuple[str, ...] = ()
    out: Path = field(default_factory=Path)

    @property
    def has_errors(self) -> bool:
        """Whether the bank could not be built."""
        return has_errors(self.diagnostics)


def build_bank(
    path: Path, out: Path, *, levels: Collection[str] = (), jobs: int = 1, progress: Progress | None = None
) -> BuildResult:
    """Build the packages of a bank into a folder, with their manifest; all of them or none.

    With `levels`, only the packages of these levels. `jobs` is a number of processes; 0 chooses.
    Raises `BankNotFoundError`, `UnknownLevelError`, `OutputError`.
    """
    checked = check_bank(path, jobs=jobs, progress=progress)
    if checked.loaded is None or checked.has_errors:
        return BuildResult(checked.diagnostics, out=out)
    bank = checked.loaded.bank
    for level in levels:
        if level not in bank.level_keys:
            raise UnknownLevelError(level, bank.level_keys)
    notes = stamp(bank, checked.contents)
    note_types = [loaded.note_type for loaded in checked.note_types.values()]
    plans = plan_packages(bank, notes, note_types, levels)
    packages, removed = write_packages(bank, plans, out, levels, progress)
    return BuildResult(checked.diagnostics, tuple(packages), tuple(removed), out)


def check_bank(path: Path, *, jobs: int = 1, progress: Progress | None = None) -> CheckedBank:
    """Read, check and render the whole bank, and return everything that is wrong with it.

    Raises `BankNotFoundError`.
    """
    root = find_bank(path)
    loaded, problems = load_bank(root)
    if loaded is None:
        return CheckedBank(None, {}, (), _in_order(problems))
    note_types, found = load_note_types(loaded.bank, note_types_in_use(loaded))
    problems += found
    problems += advise(loaded)
    problems += check(Subject(loaded, note_types, tuple(known_note_types(root))))
    contents: list[NoteContent] = []
    renderable = [question for question in loaded.questions if question.level in loaded.bank.level_keys]
    for notes, found in _rendered(loaded.bank, note_types, renderable, jobs, progress):
        contents += notes
        problems += found
    if loaded.questions and not contents and not has_errors(problems):
        where = Position((root / BANK_FILE).as_posix())
        problems.append(Diagnostic(where, "bank-empty", "the bank has no question yet", "write one"))
    return CheckedBank(loaded, note_types, tuple(contents), _in_order(problems))


def write_packages(
    bank: Bank,
    plans: Sequence[PackagePlan],
    out: Path,
    levels: Collection[str] = (),
    progress: Progress | None = None,
) -> tuple[list[Entry], list[str]]:
    """Write packages and manifest into a folder; return the entries, and the names of packages removed.

    A package of an earlier manifest that the bank no longer makes is removed; with `levels`, only one of these.
    Raises `OutputError`; then the folder is as it was.
    """
    previous = read_manifest(out, bank.namespace)
    with Replacement() as replacement:
        targets = [replacement.path_for(out / plan.file_name) for plan in plans]

        def write(number: int) -> Entry:
            with written(out / plans[number].file_name):
                write_apkg(plans[number], targets[number])
                return entry_of(plans[number], targets[number].read_bytes())

        with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
            entries = []
            for entry in pool.map(write, range(len(plans))):
                entries.append(entry)
                if progress:
                    progress("packing", len(entries), len(plans))
        listed, gone = reconciled(previous, entries, package_names(bank, levels), out)
        for name in gone:
            replacement.remove(out / name)
        # The manifest comes last: a build that is killed leaves one that still knows what to remove.
        manifest = Manifest({"title": bank.title, "namespace": bank.namespace}, tuple(listed))
        replacement.write(out / MANIFEST_FILE, manifest.to_json().encode())
        replacement.commit()
    return entries, gone


def _in_order(problems: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(sorted(set(problems)))


def _rendered(
    bank: Bank,
    note_types: dict[str, LoadedNoteType],
    questions: Sequence[Question],
    jobs: int,
    progress: Progress | None,
) -> Iterator[tuple[list[NoteContent], list[Diagnostic]]]:
    """Yield the notes and problems of the questions, in their order, rendered here or in processes."""
    jobs = jobs or ((os.cpu_count() or 1) if len(questions) >= _PARALLEL_FROM else 1)
    chunks = [questions[start : start + _CHUNK] for start in range(0, len(questions), _CHUNK)]
    done = 0
    for results in _in_chunks(bank, note_types, chunks, min(jobs, len(chunks))):
        yield from results
        done += len(results)
        if progress:
            progress("rendering", done, len(questions))


_Result = tuple[list[NoteContent], list[Diagnostic]]


def _in_chunks(
    bank: Bank, note_types: dict[str, LoadedNoteType], chunks: Sequence[Sequence[Question]], jobs: int
) -> Iterator[list[_Result]]:
    if jobs <= 1:
        renderer = Renderer(bank, note_types)
        yield from ([renderer.notes_of(question) for question in chunk] for chunk in chunks)
        return
    # Not fork: it is unsafe beside threads, and other systems do not have it.
    with ProcessPoolExecutor(
        jobs, mp_context=get_context("spawn"), initializer=_start_worker, initargs=(bank, list(note_types))
    ) as pool:
        yield from pool.map(_render_chunk, chunks)


_worker: list[Renderer] = []


def _start_worker(bank: Bank, keys: list[str]) -> None:
    _worker[:] = [Renderer(bank, load_note_types(bank, keys)[0])]


def _render_chunk(chunk: Sequence[Question]) -> list[_Result]:
    return [_worker[0].notes_of(question) for question in chunk]
