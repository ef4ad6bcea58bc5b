"""The one place where the stages meet: read, check, render, stamp, package."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ankiexport.bank import find_bank, no_question
from ankiexport.bank_settings import BANK_FILE, read_settings
from ankiexport.cache.fingerprint import Digest
from ankiexport.cache.runs import Run, Seen, build_command
from ankiexport.cache.store import Store
from ankiexport.card_templates import load_note_types
from ankiexport.checked_bank import CheckedBank
from ankiexport.checks import check_whole, note_types_in_use
from ankiexport.deflaters import deflater_for
from ankiexport.diagnostics import Diagnostic, Position, has_errors, in_order
from ankiexport.errors import UnknownLevelError
from ankiexport.examination.whole import examine_bank
from ankiexport.import_settings import ImportSettings, import_settings
from ankiexport.last_build import basis_of, keep_lines
from ankiexport.lock.file import LOCK_FILE, lines_in
from ankiexport.lock.state import build_time, clock_problems, current_lock, missing_lock
from ankiexport.manifest import Entry, read_manifest
from ankiexport.notes import NoteContent, PackagePlan
from ankiexport.outcomes import BuildOutcome
from ankiexport.packages import plan_packages
from ankiexport.plan import Plan, gone_from
from ankiexport.quality import advise_bank
from ankiexport.quality.outline import Overview
from ankiexport.question import Bank, LoadedBank
from ankiexport.repeats import Built, keep_build
from ankiexport.retirement import retired_notes
from ankiexport.sequences import Joined
from ankiexport.stamp import Stamped, staleness
from ankiexport.turns import one_at_a_time
from ankiexport.update_rules import Update, check_update
from ankiexport.writing import Output, Progress, write_output

if TYPE_CHECKING:
    from ankiexport.selection import Choice


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

    @property
    def outcome(self) -> BuildOutcome:
        """What the build tells."""
        advice = self.import_settings.advice if self.import_settings else ""
        changes = self.plan.counts if self.plan else {}
        return BuildOutcome(self.diagnostics, self.packages, self.removed, changes, advice)


def build_bank(
    path: Path,
    out: Path,
    *,
    levels: Collection[str] = (),
    jobs: int = 1,
    progress: Progress | None = None,
    now: int | None = None,
    locked: bool = False,
    choice: "Choice | None" = None,
    store: Store | None = None,
    run: Run | None = None,
) -> BuildResult:
    """Build the packages of a bank into a folder, with their manifest, and bring its lock up to date.

    All of it or nothing. With `levels`, only the packages of these levels are written, but the lock is that
    of the whole bank. `jobs` is a number of processes; 0 chooses. `now` is the time of the build in seconds since
    1970, else that of `SOURCE_DATE_EPOCH` or the clock. With `locked`, a lock that is not up to date is an error.
    With a `choice`, the packages that it asks for are written instead (of these levels).
    A `store` saves time, and changes nothing else; with a `run`, what the next build would tell is kept there.
    Raises `BankNotFoundError`, `UnknownLevelError`, `OutputError`, `BuildBusyError`, `BuildTimeError`, and what
    `selected_packages` raises.
    """
    root = find_bank(path)
    time = build_time() if now is None else now
    with one_at_a_time([root, out], progress and (lambda: progress("waiting for another build", 0, 1))):
        checked = check_bank(path, jobs=jobs, progress=progress, store=store)
        if checked.outline is None or checked.has_errors:
            return BuildResult(checked.diagnostics, out=out)
        bank = checked.outline.bank
        for level in levels:
            if level not in bank.level_keys:
                raise UnknownLevelError(level, bank.level_keys)
        told = checked.outcome
        lines = keep_lines(run, checked.basis.lines) if run and checked.basis else ()
        # From here on, questions are only notes; of many, little is held.
        basis = checked.basis and replace(checked.basis, lines="")
        checked = replace(checked, outline=LoadedBank(bank, ()), basis=basis)
        stamped = checked.stamped(time)
        problems = [*checked.diagnostics, *clock_problems(stamped.latest, root)]
        if read_manifest(out, bank.namespace):
            problems += missing_lock(root)
        if locked:
            problems += staleness(stamped, root)
        if has_errors(problems):
            return BuildResult(in_order(problems), out=out, plan=stamped.plan)
        output = Output(
            bank,
            out,
            _packages(bank, stamped, levels, choice),
            stamped.note_types,
            None if locked else stamped.lock,
            levels,
            is_choice=choice is not None,
            store=store,
            deflater=deflater_for(locked=locked),
        )
        placed = write_output(output, progress)
        settings = import_settings(stamped.note_types)
        result = BuildResult(in_order(problems), placed.packages, placed.removed, out, stamped.plan, settings)
        if run and choice is None:
            contents = (*checked.contents, *checked.retired)
            built = Built(
                result.outcome,
                told,
                contents,
                checked.seen,
                out,
                bank.namespace,
                stamped.latest,
                stamped.lock.notes,
                placed.lock_digest or Digest(lines_in(stamped.lock)).of_all(),
                basis,
                lines,
                stamped.plan.is_steady,
            )
            keep_build(run, build_command(out, list(levels), locked=locked), built)
    return result


def _packages(
    bank: Bank, stamped: Stamped, levels: Collection[str], choice: "Choice | None"
) -> list[PackagePlan]:
    """Return the packages to write: those of the levels, or what was chosen of these."""
    if choice is None:
        return plan_packages(bank, stamped.notes, stamped.note_types, levels)
    from ankiexport.selection import selected_packages

    notes = [note for note in stamped.notes if not levels or note.content.level in levels]
    return selected_packages(bank, notes, stamped.note_types, choice)


def check_bank(
    path: Path,
    *,
    jobs: int = 1,
    progress: Progress | None = None,
    store: Store | None = None,
) -> CheckedBank:
    """Read, check and render the whole bank, and return everything that is wrong with it.

    A `store` saves time, and changes nothing else. Raises `BankNotFoundError`.
    """
    root = find_bank(path)
    bank, problems = read_settings(root)
    if bank is None:
        return CheckedBank(None, {}, (), in_order(problems))
    examined, seen = examine_bank(bank, jobs, progress, store)
    overview = Overview(bank, Joined([part.outlines for part in examined]))
    contents = tuple(content for part in examined for content in part.contents)
    of_files = tuple(problem for part in examined for problem in part.diagnostics)
    problems += of_files
    if not overview.outlines and not problems:
        problems.append(no_question(root))
    problems += check_whole(overview.loaded)
    checked = completed(overview, contents, problems, seen)
    return checked if checked.has_errors else replace(checked, basis=basis_of(overview, of_files))


def completed(
    overview: Overview,
    contents: tuple[NoteContent, ...],
    problems: Sequence[Diagnostic],
    seen: Seen | None = None,
) -> CheckedBank:
    """Return a bank that was read and rendered, with what is wrong with it in sight of its lock and all its notes.

    `problems` are those that were found before, `seen` is what was referred to.
    """
    loaded = overview.loaded
    bank, root = loaded.bank, loaded.bank.root
    lock, found = current_lock(loaded)
    needed = {note.note_type for note in gone_from(loaded.ids, lock)} if lock and lock.notes else ()
    note_types, unusable = load_note_types(bank, note_types_in_use(loaded, needed))
    problems = [*problems, *found, *unusable, *advise_bank(overview)]
    if loaded.questions and not contents and not has_errors(problems):
        where = Position((root / BANK_FILE).as_posix())
        problems.append(Diagnostic(where, "bank-empty", "the bank has no question yet", "write one"))
    retired: list[NoteContent] = []
    # A file that cannot be read would look as if its questions were removed.
    if lock is not None and not has_errors(problems):
        where = Position((root / LOCK_FILE).as_posix())
        retired, found = retired_notes(bank, note_types, contents, lock, where)
        problems += found
        problems += check_update(Update(contents, note_types, lock))
    checked = CheckedBank(
        loaded, note_types, contents, in_order(problems), tuple(retired), lock, seen or Seen()
    )
    if bank.decks and not checked.has_errors:
        from ankiexport.selection import empty_searches

        problems += empty_searches(bank, checked.facts)
    return replace(checked, diagnostics=in_order(problems))


def render_bank(path: Path, *, jobs: int = 1) -> tuple[NoteContent, ...]:
    """Return the notes of all questions that can be rendered, whatever is wrong with the bank.

    Raises `BankNotFoundError`.
    """
    bank, _problems = read_settings(find_bank(path))
    if bank is None:
        return ()
    examined, _seen = examine_bank(bank, jobs)
    return tuple(content for part in examined for content in part.contents)
