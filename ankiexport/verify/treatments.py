"""What the learner of a rehearsal does to which note: a little of everything to every kind of note."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from ankiexport.formats.apkg_reader import PackageContents
from ankiexport.verify.fates import Fate


class Treatment(StrEnum):
    """Something that a learner does to a note or its cards."""

    REVIEW = "reviewed for weeks"
    LEARN = "in learning"
    LAPSE = "reviewed and forgotten"
    EDIT = "edited"
    TAG = "tagged"
    SUSPEND = "suspended"
    FLAG = "flagged"
    BURY = "buried"
    MOVE = "moved to a deck of the learner's own"
    NONE = "left alone"


# A note gets one of each row. As no two rows have a common divisor, enough notes get every combination.
_ROWS = (
    (Treatment.REVIEW, Treatment.LEARN, Treatment.LAPSE, Treatment.NONE),
    (Treatment.EDIT, Treatment.TAG, Treatment.NONE),
    (Treatment.SUSPEND, Treatment.FLAG, Treatment.BURY, Treatment.MOVE, Treatment.NONE),
)

# With this many notes of a kind every combination has come; more would only cost time.
_ENOUGH = 4 * 3 * 5

# Of a kind with fewer notes none is deleted, so that all else is done to one at least.
_DELETE_FROM = 3


@dataclass(frozen=True, slots=True)
class Schedule:
    """What the learner does, by GUIDs."""

    treatments: Mapping[str, frozenset[Treatment]]
    deleted: frozenset[str]

    def having(self, *wanted: Treatment) -> list[str]:
        """Return the GUIDs of the notes that get one of these treatments."""
        return [guid for guid, given in self.treatments.items() if not given.isdisjoint(wanted)]


def schedule(old: PackageContents, fates: Mapping[str, Fate]) -> Schedule:
    """Return what the learner does to the notes of the old package.

    Notes of one fate and one note type are a kind. Which note of a kind gets which treatment follows from
    the hashes of the GUIDs, so that it is the same in every run, yet no matter of the authors' order. In a
    small kind, a note gets several treatments of a row rather than that one is left out.
    """
    kinds: dict[tuple[str, int], list[str]] = defaultdict(list)
    for note in old.notes:
        kinds[fates[note.guid], note.note_type.id].append(note.guid)
    treatments: dict[str, frozenset[Treatment]] = {}
    deleted = set()
    for guids in kinds.values():
        guids.sort(key=in_no_order)
        if len(guids) >= _DELETE_FROM:
            deleted.add(guids.pop())
        for place, guid in enumerate(guids[:_ENOUGH]):
            treatments[guid] = frozenset(
                treatment
                for row in _ROWS
                for number, treatment in enumerate(row)
                if _falls_on(number, len(row), place, len(guids))
            )
    return Schedule(treatments, frozenset(deleted))


def in_no_order(text: str) -> bytes:
    """Return a key that sorts texts in an order that is stable and means nothing."""
    return sha256(text.encode()).digest()


def _falls_on(number: int, row_length: int, place: int, notes: int) -> bool:
    if notes < row_length:
        return number % notes == place
    return number == place % row_length
