"""A collection as a bank: prepared, proved to come back as it is, and its lock as if it were the last build."""

import re
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from ankiexport.checked_bank import CheckedBank
from ankiexport.errors import AnkiExportError
from ankiexport.importing.bank_files import BankFiles, clean_deck_name, decks_in
from ankiexport.importing.package import SourceCollection, SourceNote, SourceNoteType
from ankiexport.lock.entries import Lock
from ankiexport.notes import NoteContent, NoteType

SCRIPT = re.compile(r"<script\b|\bon[a-z]{3,30}+\s{0,9}+=|javascript:", re.IGNORECASE)
_LATEX = re.compile(r"\[latex\]|\[\$\$?\]", re.IGNORECASE)


class NotTheSameError(AnkiExportError):
    """A part of the new bank would not be what its source holds."""

    def __init__(self, what: str, part: str) -> None:
        """Name it and what of it differs."""
        super().__init__(f"{what} would not come back as it is: its {part}; nothing was written")


def prepared(collection: SourceCollection) -> tuple[SourceCollection, list[str]]:
    """Return the collection without notes that have no card, with GUIDs that tell notes apart, and what is lost by it."""
    losses = []
    notes = [note for note in collection.notes if note.cards]
    if len(notes) < len(collection.notes):
        losses.append(f"{len(collection.notes) - len(notes)} notes without a card")
    counts = Counter(note.guid for note in notes)
    doubled = {guid for guid, count in counts.items() if count > 1 or not guid}
    if doubled and collection.has_guids:
        number = sum(counts[guid] for guid in doubled)
        losses.append(
            f"the GUIDs of {number} notes, which others have too or which are empty: they get new ones"
        )
    kept = tuple(replace(note, guid="") if note.guid in doubled else note for note in notes)
    used = {note.note_type for note in kept}
    types = {key: found for key, found in collection.note_types.items() if key in used}
    return replace(collection, notes=kept, note_types=types), losses


def losses_of(collection: SourceCollection) -> Iterator[str]:
    """Yield in words what a bank does not hold of a collection, with numbers."""
    cards = [card for note in collection.notes for card in note.cards]
    studied = sum(card.is_studied for card in cards)
    if studied or collection.reviews:
        yield f"study history: {studied:,} cards that were studied, {collection.reviews:,} answers (learners keep theirs)"
    if marked := sum(card.is_marked for card in cards):
        yield f"flags, suspension and burying of {marked:,} cards"
    extras = Counter(
        extra
        for found in collection.note_types.values()
        for template in found.templates
        for extra in template.extras
    )
    for extra, number in sorted(extras.items()):
        yield f"the {extra} of {number} card templates"
    if latex := sum(any(map(_LATEX.search, note.fields)) for note in collection.notes):
        yield f"the LaTeX header of note types: {latex:,} notes have LaTeX that Anki would render with its default one"
    if scripts := sum(any(map(SCRIPT.search, note.fields)) for note in collection.notes):
        yield f"nothing, but look at them: {scripts:,} notes hold scripts, which run when they are studied"


def counts_of(collection: SourceCollection) -> dict[str, int]:
    """Return how many there are of what is imported, by words for them."""
    return {
        "note": len(collection.notes),
        "card": sum(len(note.cards) for note in collection.notes),
        "note type": len(collection.note_types),
        "deck": len(decks_in(collection)),
    }


def prove(checked: CheckedBank, files: BankFiles) -> None:
    """Compare each field, tag, card, deck and card template of a bank with its source; raises `NotTheSameError`."""
    for what, difference in _differences(checked, files):
        raise NotTheSameError(what, difference)


def _differences(checked: CheckedBank, files: BankFiles) -> Iterator[tuple[str, str]]:
    built = {content.key: content for content in checked.contents}
    for key, note in files.notes.items():
        difference = _difference(built.get(key), note)
        if difference:
            yield f"the note {note.guid}", difference
    for key, source in files.note_types.items():
        if _sides(source) != _sides(checked.note_types[key].note_type):
            yield f'the note type "{source.name}"', "card templates or style differ"


def _sides(note_type: SourceNoteType | NoteType) -> list[str]:
    sides = [side for template in note_type.templates for side in (template.front, template.back)]
    # As source files are read: line ends depend on how a file came from Git.
    return [
        text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        for text in (*sides, note_type.css)
    ]


def _difference(content: NoteContent | None, note: SourceNote) -> str:
    if content is None:
        return "text is gone"
    if content.fields != tuple(unicodedata.normalize("NFC", text) for text in note.fields):
        return "fields differ"
    if content.ords != tuple(card.ord for card in note.cards):
        return "cards differ"
    if sorted(content.tags) != sorted(unicodedata.normalize("NFC", tag) for tag in note.tags):
        return "tags differ"
    is_same = content.decks(content.deck) == tuple(clean_deck_name(card.deck) for card in note.cards)
    return "" if is_same else "deck differs"


def lock_of(checked: CheckedBank, files: BankFiles) -> Lock:
    """Return the lock with the GUIDs, ids and times that learners have, so that a later build updates their notes."""
    now = int(time.time())
    lock = checked.stamped(now).lock
    notes = {}
    for key, locked in lock.notes.items():
        source = files.notes[key]
        if not files.has_ids:
            # Who has the note keeps it as it is until it is changed here.
            notes[key] = replace(locked, guid=source.guid, mod=1) if source.guid else locked
            continue
        cards = {**locked.cards, **{card.ord: card.id for card in source.cards}}
        # A time that has not come would overwrite what learners write until then.
        mod = min(max(source.mod, 1), now)
        notes[key] = replace(locked, guid=source.guid or locked.guid, id=source.id, cards=cards, mod=mod)
    types = {
        key: replace(locked, mod=min(max(files.note_types[key].mod, 1), now) if files.has_ids else now)
        for key, locked in lock.note_types.items()
    }
    return replace(lock, notes=notes, note_types=types)
