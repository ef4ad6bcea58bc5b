"""The one place where the stages meet: read, check, render, stamp, package."""

import os
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path

from ankiexport.bank import find_bank, load_bank
from ankiexport.bank_settings import BANK_FILE
from ankiexport.card_templates import LoadedNoteType, known_note_types, load_note_types
from ankiexport.checks import Subject, check, note_types_in_use
from ankiexport.diagnostics import Diagnostic, Position, has_errors
from ankiexport.errors import UnknownLevelError
from ankiexport.import_settings import ImportSettings, import_settings
from ankiexport.lock.entries import Lock
from ankiexport.lock.file import LOCK_FILE, to_text
from ankiexport.lock.state import build_time, clock_problems, current_lock, missing_lock
from ankiexport.manifest import Entry, read_manifest
from ankiexport.notes import Note, NoteContent
from ankiexport.packages import plan_packages
from ankiexport.plan import Plan, gone_from
from ankiexport.quality import advise, advise_bank
from ankiexport.question import Bank, LoadedBank, Question
from ankiexport.render import Renderer
from ankiexport.retirement import retired_notes
from ankiexport.search import NoteFacts, facts_of
from ankiexport.search.hints import hints
from ankiexport.search.writing import with_current_tags
from ankiexport.selection import Choice, empty_searches, found_notes, selected_packages
from ankiexport.stamp import Stamped, staleness, stamp
from ankiexport.turns import one_at_a_time
from ankiexport.update_rules import Update, check_update
from ankiexport.writing import Output, Progress, write_output

# Below this many questions a second process costs more than it saves.
_PARALLEL_FROM = 400
_CHUNK = 100


@dataclass(frozen=True, slots=True)
class CheckedBank:
    """A bank that was read, checked and rendered; `loaded` is None when there is no usable bank.yaml.

    `contents` are those of the questions and facts, `retired` those of the notes of `lock` that are gone
    from the bank; there are none of these when anything is wrong.
    """

    loaded: LoadedBank | None
    note_types: dict[str, LoadedNoteType]
    contents: tuple[NoteContent, ...]
    diagnostics: tuple[Diagnostic, ...]
    retired: tuple[NoteContent, ...] = ()
    lock: Lock | None = None

    @property
    def has_errors(self) -> bool:
        """Whether anything stands in the way of a build."""
        return has_errors(self.diagnostics)

    def stamped(self, now: int, lock: Lock | None = None) -> Stamped:
        """Return the notes as a build at a time (seconds since 1970) would ship them.

        Only for a bank without errors. Another `lock` stands for other learners.
        """
        if self.loaded is None or self.lock is None:
            raise ValueError("the bank has errors")  # noqa: EM101, TRY003
        contents = (*self.contents, *self.retired)
        used = {content.note_type for content in contents}
        types = [self.note_types[key].note_type for key in sorted(used)]
        return stamp(self.loaded.bank, contents, types, lock or self.lock, now)

    def find(self, query: str) -> tuple[Note, ...]:
        """Return the notes that a search finds, in order of study. Only for a bank without errors.

        Aliases of tags are understood. Raises `SearchError`.
        """
        stamped = self.stamped(0)
        aliases = self.loaded.bank.aliases() if self.loaded else {}
        found = found_notes(stamped.notes, stamped.note_types, with_current_tags(query, aliases))
        return tuple(found)

    def hints(self, query: str) -> list[str]:
        """Return which names in a right search no note bears. Only for a bank without errors."""
        aliases = self.loaded.bank.aliases() if self.loaded else {}
        return list(hints(with_current_tags(query, aliases), self.facts))

    @property
    def facts(self) -> list[NoteFacts]:
        """What searches know of the notes, in order of study. Only for a bank without errors."""
        # The time of a build is not among it.
        stamped = self.stamped(0)
        return facts_of(stamped.notes, stamped.note_types)


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build wrote; nothing when the diagnostics hold an error.

    `plan` is what it does to a learner who has the last build.
    """

    diagnostics: tuple[Diagnostic, ...]
    packages: tuple[Entry, ...] = ()
    removed: tuple[str, ...] = ()
    out: Path = field(default_factory=Path)
    plan: Plan | None = None
    import_settings: ImportSettings | None = None

    @property
    def has_errors(self) -> bool:
        """Whether the bank could not be built."""
        return has_errors(self.diagnostics)


def build_bank(
    path: Path,
    out: Path,
    *,
    levels: Collection[str] = (),
    jobs: int = 1,
    progress: Progress | None = None,
    now: int | None = None,
    locked: bool = False,
    choice: Choice | None = None,
) -> BuildResult:
    """Build the packages of a bank into a folder, with their manifest, and bring its lock up to date.

    All of it or nothing. With `levels`, only the packages of these levels are written, but the lock is that
    of the whole bank. `jobs` is a number of processes; 0 chooses. `now` is the time of the build in seconds since
    1970, else that of `SOURCE_DATE_EPOCH` or the clock. With `locked`, a lock that is not up to date is an error.
    With a `choice`, the packages that it asks for are written instead (of these levels).
    Raises `BankNotFoundError`, `UnknownLevelError`, `OutputError`, `BuildBusyError`, `BuildTimeError`, and what
    `selected_packages` raises.
    """
    root = find_bank(path)
    time = build_time() if now is None else now
    with one_at_a_time([root, out], progress and (lambda: progress("waiting for another build", 0, 1))):
        checked = check_bank(path, jobs=jobs, progress=progress)
        if checked.loaded is None or checked.has_errors:
            return BuildResult(checked.diagnostics, out=out)
        bank = checked.loaded.bank
        for level in levels:
            if level not in bank.level_keys:
                raise UnknownLevelError(level, bank.level_keys)
        stamped = checked.stamped(time)
        problems = [*checked.diagnostics, *clock_problems(stamped.lock, root)]
        if read_manifest(out, bank.namespace):
            problems += missing_lock(root)
        if locked:
            problems += staleness(stamped, root)
        if has_errors(problems):
            return BuildResult(_in_order(problems), out=out, plan=stamped.plan)
        if choice:
            notes = [note for note in stamped.notes if not levels or note.content.level in levels]
            plans = selected_packages(bank, notes, stamped.note_types, choice)
        else:
            plans = plan_packages(bank, stamped.notes, stamped.note_types, levels)
        lock_text = None if locked else to_text(stamped.lock)
        output = Output(bank, out, plans, stamped.note_types, lock_text, levels, is_choice=choice is not None)
        packages, removed = write_output(output, progress)
    settings = import_settings(stamped.note_types)
    return BuildResult(_in_order(problems), tuple(packages), tuple(removed), out, stamped.plan, settings)


def check_bank(path: Path, *, jobs: int = 1, progress: Progress | None = None) -> CheckedBank:
    """Read, check and render the whole bank, and return everything that is wrong with it.

    Raises `BankNotFoundError`.
    """
    root = find_bank(path)
    loaded, problems = load_bank(root)
    if loaded is None:
        return CheckedBank(None, {}, (), _in_order(problems))
    lock, found = current_lock(loaded)
    problems += found
    needed = {note.note_type for note in gone_from(loaded.ids, lock)} if lock else ()
    note_types, found = load_note_types(loaded.bank, note_types_in_use(loaded, needed))
    problems += found
    problems += [*advise(loaded), *advise_bank(loaded)]
    problems += check(Subject(loaded, note_types, tuple(known_note_types(root))))
    contents: list[NoteContent] = []
    for notes, found in _rendered(loaded, note_types, jobs, progress):
        contents += notes
        problems += found
    return completed(loaded, note_types, contents, problems, lock)


def completed(
    loaded: LoadedBank,
    note_types: dict[str, LoadedNoteType],
    contents: Sequence[NoteContent],
    problems: Sequence[Diagnostic],
    lock: Lock | None,
) -> CheckedBank:
    """Return a bank that was read and rendered, with what is wrong with it in sight of its lock and all its notes.

    `problems` are those that were found before. `note_types` are also those of notes that are gone.
    """
    root, problems = loaded.bank.root, list(problems)
    if loaded.questions and not contents and not has_errors(problems):
        where = Position((root / BANK_FILE).as_posix())
        problems.append(Diagnostic(where, "bank-empty", "the bank has no question yet", "write one"))
    retired: list[NoteContent] = []
    # A file that cannot be read would look as if its questions were removed.
    if lock is not None and not has_errors(problems):
        where = Position((root / LOCK_FILE).as_posix())
        retired, found = retired_notes(loaded.bank, note_types, contents, lock, where)
        problems += found
        problems += check_update(Update(contents, note_types, lock))
    checked = CheckedBank(loaded, note_types, tuple(contents), _in_order(problems), tuple(retired), lock)
    if loaded.bank.decks and not checked.has_errors:
        problems += empty_searches(loaded.bank, checked.facts)
    return replace(checked, diagnostics=_in_order(problems))


def render_bank(path: Path, *, jobs: int = 1) -> tuple[NoteContent, ...]:
    """Return the notes of all questions that can be rendered, whatever is wrong with the bank.

    Raises `BankNotFoundError`.
    """
    loaded, _problems = load_bank(find_bank(path))
    if loaded is None:
        return ()
    note_types, _problems = load_note_types(loaded.bank, note_types_in_use(loaded))
    rendered = _rendered(loaded, note_types, jobs, None)
    return tuple(note for notes, _problems in rendered for note in notes)


def _in_order(problems: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(sorted(set(problems)))


def _rendered(
    loaded: LoadedBank, note_types: dict[str, LoadedNoteType], jobs: int, progress: Progress | None
) -> Iterator[tuple[list[NoteContent], list[Diagnostic]]]:
    """Yield the notes and problems of the questions, in their order, rendered here or in processes."""
    bank = loaded.bank
    questions = [question for question in loaded.questions if question.level in bank.level_keys]
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
