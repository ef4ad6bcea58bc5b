"""What the next run would tell if nothing changed until then: what `cache/runs.py` keeps of a build."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from ankiexport.cache.runs import CHECK, Run, Seen, Written, build_command
from ankiexport.last_build import Basis, LastBuild, keep_last_build
from ankiexport.manifest import MANIFEST_FILE, read_manifest
from ankiexport.notes import NoteContent
from ankiexport.outcomes import BuildOutcome, CheckOutcome

# Of what a build says, these follow from the lock as it was before.
_OF_THE_LOCK = frozenset({"lock-missing", "lock-clock", "unknown-id"})


@dataclass(frozen=True, slots=True)
class Built:
    """A build that has just put its files in place: what it told, and what its check alone had told.

    `latest` is the latest time in the lock, in seconds since 1970, and `keys` are those of the notes there. `lines` are the
    digests of the words of all that is asked, which were kept, if there is a basis.
    """

    outcome: BuildOutcome
    checked: CheckOutcome
    contents: Iterable[NoteContent]
    seen: Seen
    folder: Path
    namespace: str
    latest: int
    keys: Collection[str]
    lock_digest: bytes
    basis: Basis | None
    lines: tuple[bytes, ...]
    is_steady: bool


def keep_build(run: Run, command: tuple[str, ...], built: Built) -> None:
    """Keep what the same build, and a check, would tell right after this one, if that is certain.

    Besides, what the next build may begin from, if only texts will have changed.
    """
    if any(problem.code in _OF_THE_LOCK for problem in built.outcome.diagnostics):
        return
    if any(key not in built.keys for content in built.contents for key in content.replaces):
        # The first build knows nothing of what was shipped; the next run warns of these.
        return
    repeated = _repeated(built, is_same_lock=run.lock == built.lock_digest)
    outcomes = {command: repeated, CHECK: built.checked} if repeated else {}
    if not outcomes and not built.is_steady:
        return
    written = _written(built)
    is_same = run.keep(outcomes, built.lock_digest, built.seen, written)
    is_whole = command == build_command(built.folder, [], locked=False)
    if is_same and is_whole and built.basis and built.is_steady and run.inputs:
        of_files = frozenset(built.basis.of_files)
        of_all = tuple(problem for problem in built.checked.diagnostics if problem not in of_files)
        last = LastBuild(
            run.inputs, built.lock_digest, built.seen, written, unchanged(built.outcome, built.checked), built.checked,
            of_all, built.basis.lengths, built.lines, built.basis.alike,
        )  # fmt: skip
        keep_last_build(run, command, last)
        keep_last_build(run, CHECK, last)


def unchanged(outcome: BuildOutcome, checked: CheckOutcome) -> BuildOutcome:
    """Return what a build tells right after one: nothing is wrong but what a check finds, and nothing changes."""
    total = sum(outcome.changes.values())
    changes = {change: total if change == "unchanged" else 0 for change in outcome.changes}
    return BuildOutcome(checked.diagnostics, outcome.packages, (), changes, outcome.advice)


def _repeated(built: Built, *, is_same_lock: bool) -> BuildOutcome | None:
    outcome = built.outcome
    changed = any(count for change, count in outcome.changes.items() if change != "unchanged")
    if is_same_lock and not changed:
        return None if outcome.removed else outcome
    # What becomes of renamed and of removed notes depends on what the lock knew before.
    if any(content.is_retired or content.previous or content.replaces for content in built.contents):
        return None
    return unchanged(outcome, built.checked)


def _written(built: Built) -> Written:
    folder = built.folder
    digests = {str(entry["file"]): str(entry["sha256"]) for entry in built.outcome.packages}
    others = [str(entry["file"]) for entry in read_manifest(folder, built.namespace)]
    manifest = sha256((folder / MANIFEST_FILE).read_bytes()).hexdigest()
    return Written(
        folder,
        {**digests, MANIFEST_FILE: manifest},
        tuple(name for name in others if name not in digests),
        built.latest,
    )
