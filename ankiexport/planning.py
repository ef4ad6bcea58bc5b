"""What the next build would do, without a build: nothing is written."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ankiexport.bank import find_bank
from ankiexport.diagnostics import Diagnostic, has_errors
from ankiexport.errors import AnkiExportError
from ankiexport.formats.apkg_reader import NotAPackageError, read_package
from ankiexport.history.packages import lock_of, texts_in, texts_of
from ankiexport.history.revisions import baseline_of, texts_at
from ankiexport.lock.entries import Lock
from ankiexport.lock.file import LOCK_FILE
from ankiexport.lock.state import build_time, clock_problems, missing_lock
from ankiexport.manifest import read_manifest
from ankiexport.notes import PackagePlan
from ankiexport.packages import plan_packages
from ankiexport.pipeline import check_bank
from ankiexport.plan import compare
from ankiexport.plan_report import (
    Against,
    Baseline,
    Report,
    Source,
    look_up,
    make_report,
    matched,
    wanted_texts,
)
from ankiexport.stamp import Stamped
from ankiexport.writing import Progress

PACKAGE_SUFFIX = ".apkg"


class ForeignError(AnkiExportError):
    """What a plan was to be held against is of another bank."""

    def __init__(self, name: str) -> None:
        """Name it."""
        super().__init__(f"{name} is of another bank: it has no note (no GUID) in common with this one")


@dataclass(frozen=True, slots=True)
class PlanResult:
    """What the next build would do, and what is wrong with the bank; no report if that holds an error."""

    diagnostics: tuple[Diagnostic, ...]
    report: Report | None = None

    @property
    def has_errors(self) -> bool:
        """Whether the bank could not be built."""
        return has_errors(self.diagnostics)


def plan_bank(
    path: Path,
    *,
    against: str = "",
    out: Path = Path("dist"),
    jobs: int = 1,
    progress: Progress | None = None,
    now: int | None = None,
) -> PlanResult:
    """Return what the next build of a bank would do to learners who have the last one; nothing is written.

    `against` says what they have instead: the build of a Git revision, or a package, whose name ends in
    `.apkg`. Of a package that bears the name of one of the bank's, the notes of that one are compared. `out` is where the
    packages of the last build are, for the texts of fields that have changed; else Git is asked for them.
    Raises `BankNotFoundError`, `BuildTimeError`, `NotAPackageError`, `ForeignError`, and the errors of
    `ankiexport.history.revisions.baseline_of`.
    """
    root = find_bank(path)
    time = build_time() if now is None else now
    checked = check_bank(path, jobs=jobs, progress=progress)
    if checked.outline is None or checked.lock is None or checked.has_errors:
        return PlanResult(checked.diagnostics)
    stamped = checked.stamped(time)
    bank = checked.outline.bank
    problems = {*checked.diagnostics, *clock_problems(stamped.latest, root)}
    if read_manifest(out, bank.namespace):
        problems.update(missing_lock(root))
    packages = plan_packages(bank, stamped.notes, stamped.note_types)
    case = _Case(root, out, jobs, checked.lock, stamped, tuple(packages))
    return PlanResult(tuple(sorted(problems)), case.report(against))


@dataclass(frozen=True, slots=True)
class _Case:
    """The next build of a bank, and where to look for what was built before; `lock` is the bank's."""

    root: Path
    out: Path
    jobs: int
    lock: Lock
    stamped: Stamped
    packages: tuple[PackagePlan, ...]

    def report(self, against: str) -> Report:
        """Return what the build does to learners who have what `against` says, or else the last build."""
        scope: PackagePlan | Stamped = self.stamped
        if not against:
            baseline = Baseline(Against.LOCK, (self.root / LOCK_FILE).as_posix(), self.lock)
        elif against.lower().endswith(PACKAGE_SUFFIX):
            scope = self._same_package(Path(against).name) or scope
            baseline = self._package(Path(against), scope)
        else:
            baseline = baseline_of(self.root, self.lock.namespace, against, jobs=self.jobs)
        if baseline.lock.notes and not matched(baseline.lock, self.stamped.notes).lock.notes:
            raise ForeignError(against)
        found = matched(baseline.lock, scope.notes)
        plan = compare([(note.content, note.deck) for note in scope.notes], scope.note_types, found.lock)
        names = {note_type.key: note_type.field_names for note_type in scope.note_types}
        texts = look_up(wanted_texts(plan, found.lock, names), self._sources(baseline))
        return make_report(plan, baseline, found, notes=scope.notes, note_types=scope.note_types, texts=texts)

    def _same_package(self, name: str) -> PackagePlan | None:
        """Return the package that a learner of one with this name would import next."""
        return next((package for package in self.packages if package.file_name == name), None)

    def _package(self, path: Path, scope: PackagePlan | Stamped) -> Baseline:
        package = read_package(path)
        if not package.notes:
            raise NotAPackageError(path, "it holds no note")
        stamped = self.stamped
        lock = lock_of(package, self.lock.namespace, stamped.notes, stamped.note_types)
        detail = "the notes of this package only" if len(scope.notes) < len(stamped.notes) else ""
        return Baseline(Against.PACKAGE, path.as_posix(), lock, detail, texts=texts_of(package, lock))

    def _sources(self, baseline: Baseline) -> Iterator[Source]:
        if baseline.texts:
            yield Source(baseline.texts)
        elif baseline.against is Against.REVISION:
            yield from texts_at(self.root, baseline.commit, jobs=self.jobs)
        else:
            names = [package.file_name for package in self.packages]
            yield from texts_in(self.out, names, baseline.lock)
            yield from texts_at(self.root, jobs=self.jobs)
