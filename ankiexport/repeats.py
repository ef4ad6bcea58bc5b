"""What the next run would tell if nothing changed until then: what `cache/runs.py` keeps of a build."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from ankiexport.cache.runs import CHECK, Run, Seen, Written
from ankiexport.lock.entries import Lock
from ankiexport.manifest import MANIFEST_FILE, read_manifest
from ankiexport.notes import NoteContent
from ankiexport.outcomes import BuildOutcome, CheckOutcome

# Of what a build says, these follow from the lock as it was before.
_OF_THE_LOCK = frozenset({"lock-missing", "lock-clock", "unknown-id"})


@dataclass(frozen=True, slots=True)
class Built:
    """A build that has just put its files in place: what it told, and what its check alone had told."""

    outcome: BuildOutcome
    checked: CheckOutcome
    contents: Iterable[NoteContent]
    seen: Seen
    folder: Path
    namespace: str
    lock: Lock
    lock_text: str


def keep_build(run: Run, command: tuple[str, ...], built: Built) -> None:
    """Keep what the same build, and a check, would tell right after this one, if that is certain."""
    repeated = _repeated(built, is_same_lock=run.lock == built.lock_text.encode())
    if repeated is None or any(problem.code in _OF_THE_LOCK for problem in built.outcome.diagnostics):
        return
    outcomes = {command: repeated, CHECK: built.checked}
    run.keep(outcomes, built.lock_text.encode(), built.seen, _written(built))


def _repeated(built: Built, *, is_same_lock: bool) -> BuildOutcome | None:
    outcome = built.outcome
    changed = any(count for change, count in outcome.changes.items() if change != "unchanged")
    if is_same_lock and not changed:
        return None if outcome.removed else outcome
    # What becomes of renamed and of removed notes depends on what the lock knew before.
    if any(content.is_retired or content.previous or content.replaces for content in built.contents):
        return None
    unchanged = sum(outcome.changes.values())
    changes = {change: unchanged if change == "unchanged" else 0 for change in outcome.changes}
    return BuildOutcome(built.checked.diagnostics, outcome.packages, (), changes, outcome.advice)


def _written(built: Built) -> Written:
    folder = built.folder
    digests = {str(entry["file"]): str(entry["sha256"]) for entry in built.outcome.packages}
    others = [str(entry["file"]) for entry in read_manifest(folder, built.namespace)]
    manifest = sha256((folder / MANIFEST_FILE).read_bytes()).hexdigest()
    times = [note.mod for note in built.lock.notes.values()]
    times += [note_type.mod for note_type in built.lock.note_types.values()]
    return Written(
        folder,
        {**digests, MANIFEST_FILE: manifest},
        tuple(name for name in others if name not in digests),
        max(times, default=0),
    )
