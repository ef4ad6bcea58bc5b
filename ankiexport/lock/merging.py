"""One lock out of the lines that two branches have left of it."""

from collections.abc import Iterable
from dataclasses import replace

from ankiexport.lock.entries import Lock, LockedNote, LockedNoteType


def merged(namespace: str, entries: Iterable[LockedNote | LockedNoteType]) -> Lock:
    """Return the lock that has each note and note type once; the lines of one note have its GUID in common.

    The later build's line is taken. No time is lowered, and where nobody can tell which content a learner has
    under the latest time, none is remembered, so that the next build stamps the note anew.
    """
    notes: dict[str, LockedNote] = {}
    types: dict[str, LockedNoteType] = {}
    for entry in entries:
        if isinstance(entry, LockedNote):
            known = notes.get(entry.guid)
            notes[entry.guid] = _one_note(known, entry) if known else entry
        else:
            same = types.get(entry.key)
            types[entry.key] = _one_note_type(same, entry) if same else entry
    by_key: dict[str, LockedNote] = {}
    for note in notes.values():
        other = by_key.get(note.key)
        by_key[note.key] = note if other is None or other.mod < note.mod else other
    return Lock(namespace, by_key, types)


def _one_note(one: LockedNote, other: LockedNote) -> LockedNote:
    kept, gone = (other, one) if _goes_on(other, one) else (one, other)
    previous = dict.fromkeys([*gone.previous, gone.key, *kept.previous])
    return replace(
        kept,
        mod=max(kept.mod, gone.mod),
        content=kept.content if kept.mod > gone.mod or kept.content == gone.content else "",
        cards={**gone.cards, **kept.cards},
        previous=tuple(key for key in previous if key != kept.key),
    )


def _goes_on(note: LockedNote, other: LockedNote) -> bool:
    """Tell whether a note goes on under its id; one that was renamed does, whichever was built later."""
    if note.key != other.key and (other.key in note.previous) != (note.key in other.previous):
        return other.key in note.previous
    return note.mod > other.mod


def _one_note_type(one: LockedNoteType, other: LockedNoteType) -> LockedNoteType:
    kept, gone = (other, one) if other.mod > one.mod else (one, other)
    content = kept.content if kept.mod > gone.mod or kept.content == gone.content else ""
    return replace(kept, content=content, schema_mod=max(kept.schema_mod, gone.schema_mod))
