"""The plan: what a build does to a learner who has the last one. Pure: contents and lock in, plan out."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from typing import NamedTuple

from ankiexport.lock.entries import (
    Lock,
    LockedNote,
    LockedNoteType,
    State,
    content_digest,
    digests_in,
    field_digests,
    note_type_digest,
    schema_digest,
)
from ankiexport.notes import NoteContent, NoteType
from ankiexport.sequences import Indexed


class Change(StrEnum):
    """What becomes of a note in the collection of a learner who has the last build."""

    ADDED = "added"
    CHANGED = "changed"
    MOVED = "moved"
    RETIRED = "retired"
    RESTORED = "restored"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class NoteChange:
    """What becomes of one note.

    `fields` are the names of the fields that differ, `tags` tells whether the tags do. `new_cards` and
    `lost_cards` are ords. `deck` is that of its first card, and `moves` are the decks, old and new, of each card
    that has another one. `renamed_from` is the id by which the lock knows it, if that is another.
    """

    key: str
    change: Change
    content: NoteContent
    deck: str
    fields: tuple[str, ...] = ()
    tags: bool = False
    moves: tuple[tuple[str, str], ...] = ()
    renamed_from: str | None = None
    new_cards: tuple[int, ...] = ()
    lost_cards: tuple[int, ...] = ()


class NoteTypeChangeKind(StrEnum):
    """How a note type differs from the last build."""

    ADDED = "added"
    APPEARANCE = "appearance"
    SCHEMA = "schema"


class NoteTypeChange(NamedTuple):
    """A note type that is new, or differs in its appearance or in its schema."""

    key: str
    kind: NoteTypeChangeKind


class Plan(NamedTuple):
    """What a build does, note by note in order of study, and to the note types."""

    notes: Sequence[NoteChange]
    note_types: tuple[NoteTypeChange, ...]

    def of(self, *changes: Change) -> list[NoteChange]:
        """Return the notes with one of these changes."""
        return [note for note in self.notes if note.change in changes]

    @property
    def counts(self) -> dict[str, int]:
        """The number of notes with each change."""
        counted = Counter(note.change for note in self.notes)
        return {str(change): counted[change] for change in Change}

    @property
    def is_steady(self) -> bool:
        """Whether each note goes on under its id, and none has retired or come back."""
        return not any(
            note.renamed_from or note.change in {Change.RETIRED, Change.RESTORED} for note in self.notes
        )

    @property
    def is_empty(self) -> bool:
        """Whether a learner who has the last build would notice nothing."""
        return not self.note_types and all(note.change is Change.UNCHANGED for note in self.notes)


def locked_for(content: NoteContent, lock: Lock) -> LockedNote | None:
    """Return what the lock knows of a note, under its id or one of its earlier ones."""
    found = lock.notes.get(content.key)
    if found is None and content.previous:
        found = next((lock.notes[key] for key in content.previous if key in lock.notes), None)
    return found


def gone(contents: Collection[NoteContent], lock: Lock) -> list[LockedNote]:
    """Return the notes of the lock that the bank no longer has, under any id, sorted by key."""
    return gone_from({key for content in contents for key in (content.key, *content.previous)}, lock)


def gone_from(ids: Collection[str], lock: Lock) -> list[LockedNote]:
    """Return the notes of the lock that none of these present and earlier ids names, sorted by key."""
    return [lock.notes[key] for key in sorted(lock.notes) if key not in ids]


def compare(contents: Sequence[tuple[NoteContent, str]], note_types: Sequence[NoteType], lock: Lock) -> Plan:
    """Return the plan for contents, each with the name of its deck, that come in order of study."""
    names = {note_type.key: note_type.field_names for note_type in note_types}
    notes = _NoteChanges(
        contents, lambda content, deck: _note_change(content, deck, lock, names[content.note_type])
    )
    return Plan(notes, tuple(_note_type_changes(note_types, lock)))


class _NoteChanges(Indexed[NoteChange]):
    """What becomes of notes; of those of which there is nothing more to say, only the change is held."""

    __slots__ = ("_changes", "_contents")

    def __init__(
        self, contents: Sequence[tuple[NoteContent, str]], change_of: Callable[[NoteContent, str], NoteChange]
    ) -> None:
        self._contents = contents
        self._changes: list[NoteChange | Change] = []
        for content, deck in contents:
            found = change_of(content, deck)
            self._changes.append(found.change if found == _plain(content, deck, found.change) else found)

    def __iter__(self) -> Iterator[NoteChange]:
        return map(_change_of, self._contents, self._changes)

    def __len__(self) -> int:
        return len(self._changes)

    def at(self, place: int) -> NoteChange:
        return _change_of(self._contents[place], self._changes[place])


def _change_of(placed: tuple[NoteContent, str], change: NoteChange | Change) -> NoteChange:
    return change if isinstance(change, NoteChange) else _plain(*placed, change)


def _plain(content: NoteContent, deck: str, change: Change) -> NoteChange:
    cards = content.ords if change is Change.ADDED else ()
    return NoteChange(content.key, change, content, deck, new_cards=cards)


def _note_change(content: NoteContent, deck: str, lock: Lock, names: Sequence[str]) -> NoteChange:
    locked = locked_for(content, lock)
    if locked is None:
        return NoteChange(content.key, Change.ADDED, content, deck, new_cards=content.ords)
    moves = tuple(_moves(content, deck, locked))
    return NoteChange(
        key=content.key,
        change=_change(content, locked, is_moved=bool(moves)),
        content=content,
        deck=deck,
        fields=_changed_fields(content, locked, names),
        tags=content.tags != locked.tags,
        moves=moves,
        renamed_from=locked.key if locked.key != content.key else None,
        new_cards=tuple(ord_ for ord_ in content.ords if ord_ not in locked.cards),
        lost_cards=tuple(ord_ for ord_ in locked.cards if ord_ not in content.ords),
    )


def _moves(content: NoteContent, deck: str, locked: LockedNote) -> Iterator[tuple[str, str]]:
    for ord_, new in zip(content.ords, content.decks(deck), strict=True):
        old = locked.deck_of(ord_)
        if ord_ in locked.cards and old != new:
            yield old, new


def _change(content: NoteContent, locked: LockedNote, *, is_moved: bool) -> Change:
    if content.is_retired:
        return Change.UNCHANGED if _same(content, locked) else Change.RETIRED
    if locked.state is State.RETIRED:
        return Change.RESTORED
    if not _same(content, locked):
        return Change.CHANGED
    return Change.MOVED if is_moved else Change.UNCHANGED


def _same(content: NoteContent, locked: LockedNote) -> bool:
    state = State.RETIRED if content.is_retired else State.ACTIVE
    return locked.state is state and content_digest(content) == locked.content


def _changed_fields(content: NoteContent, locked: LockedNote, names: Sequence[str]) -> tuple[str, ...]:
    if content.note_type != locked.note_type:
        return tuple(names)
    now = field_digests(content)
    if now == locked.fields:
        return ()
    # A schema that was declared anew may have more fields than the lock knows, or fewer.
    pairs = zip_longest(names, digests_in(now), locked.field_digests, fillvalue="")
    return tuple(name for name, new, old in pairs if name and new != old)


def _note_type_changes(note_types: Sequence[NoteType], lock: Lock) -> Iterator[NoteTypeChange]:
    for note_type in sorted(note_types, key=lambda kind: kind.key):
        locked = lock.note_types.get(note_type.key)
        if locked is None:
            yield NoteTypeChange(note_type.key, NoteTypeChangeKind.ADDED)
        elif schema_changed(note_type, locked):
            yield NoteTypeChange(note_type.key, NoteTypeChangeKind.SCHEMA)
        elif note_type_digest(note_type) != locked.content:
            yield NoteTypeChange(note_type.key, NoteTypeChangeKind.APPEARANCE)


def schema_changed(note_type: NoteType, locked: LockedNoteType) -> bool:
    """Tell whether Anki would take the note type for another one than the learner has."""
    return note_type.id != locked.id or schema_digest(note_type) != locked.schema
