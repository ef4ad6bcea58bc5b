"""What a plan is held against: what learners have, as a lock whose notes are found by GUID."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from ankiexport.lock.entries import Lock, LockedNote, State
from ankiexport.notes import Note


class Against(StrEnum):
    """Where it is known from what learners have."""

    LOCK = "lock"
    REVISION = "revision"
    PACKAGE = "package"


@dataclass(frozen=True, slots=True)
class Baseline:
    """What learners have.

    `name` is how the user knows it, `detail` says more about it, `commit` is that of a revision. `times` tells
    whether the times in the lock are those that learners have. `texts` are the fields of notes by
    their keys in the lock, as far as they are known already.
    """

    against: Against
    name: str
    lock: Lock
    detail: str = ""
    commit: str = ""
    times: bool = True
    texts: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Matched:
    """What learners have of the notes of the next build, by the keys that these have now.

    `left` are the notes that it does not ship, except those that are retired already.
    """

    lock: Lock
    left: tuple[LockedNote, ...]


def matched(lock: Lock, notes: Sequence[Note]) -> Matched:
    """Return what a lock knows of notes, matched as Anki does it: by GUID, whatever their ids are."""
    keys = {note.guid: note.content.key for note in notes}
    known = {keys[locked.guid]: locked for locked in lock.notes.values() if locked.guid in keys}
    left = tuple(
        locked
        for locked in lock.notes.values()
        if locked.guid not in keys and locked.state is not State.RETIRED
    )
    return Matched(replace(lock, notes=known), left)
