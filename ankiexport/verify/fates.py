"""What becomes of each note from one package to the next, by the packages alone."""

from collections.abc import Mapping
from enum import StrEnum

from ankiexport.formats.apkg_reader import PackageContents, PackedNote


class Fate(StrEnum):
    """What the authors did to a note of the old package in the new one."""

    UNCHANGED = "unchanged"
    MOVED = "moved"
    CHANGED = "changed"
    LOSES_CARDS = "loses cards"
    RETIRED = "retired"
    GONE = "gone"

    @property
    def is_same(self) -> bool:
        """Whether the content is the same, so that an import has no reason to touch the note."""
        return self in {Fate.UNCHANGED, Fate.MOVED, Fate.GONE}


def fates(old: PackageContents, new: PackageContents) -> dict[str, Fate]:
    """Return what becomes of the notes of the old package, by their GUIDs."""
    successors = new.by_guid
    return {note.guid: _fate(note, successors.get(note.guid)) for note in old.notes}


def _fate(old: PackedNote, new: PackedNote | None) -> Fate:
    if new is None:
        return Fate.GONE
    if new.is_retired and not old.is_retired:
        return Fate.RETIRED
    if not set(old.ords) <= set(new.ords):
        return Fate.LOSES_CARDS
    if _content(old) != _content(new):
        return Fate.CHANGED
    decks = {card.ord: card.deck for card in new.cards}
    return Fate.MOVED if any(decks[card.ord] != card.deck for card in old.cards) else Fate.UNCHANGED


def _content(note: PackedNote) -> tuple[object, ...]:
    """Return what a learner would notice: not an empty field more, nor the order of tags."""
    return (
        note.note_type.id,
        filled(note.fields),
        {tag.casefold() for tag in note.tags},
        dict(note.media),
        set(note.ords),
    )


def filled(fields: Mapping[str, str]) -> dict[str, str]:
    """Return the fields that are not empty."""
    return {name: value for name, value in fields.items() if value}
