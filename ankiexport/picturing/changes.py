"""Which cards differ between two states of a bank, and what they were and are."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from ankiexport.html_text import html_to_text, without_clozes
from ankiexport.lock.entries import content_digest
from ankiexport.notes import Note, NoteType
from ankiexport.pages.cards import ShownNote
from ankiexport.pages.still import still


class Kind(StrEnum):
    """How a card differs."""

    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"
    RESTYLED = "restyled"


@dataclass(frozen=True, slots=True)
class Face:
    """A side of a card as it was or is: HTML without scripts, and the styles of its note type.

    `files` are the media that it may refer to, by addresses that tell one content from another.
    """

    html: str
    css: str
    files: Mapping[str, Path] = field(compare=False)


@dataclass(frozen=True, slots=True)
class CardChange:
    """A card that differs; `before` or `after` is None if it was not there, or is not any more.

    `is_back` tells that they are backs, which also show the front. `name` is what the card is called, of which a note may have several.
    """

    key: str
    name: str
    asked: str
    kind: Kind
    is_back: bool
    ord: int
    before: Face | None
    after: Face | None

    @property
    def file_name(self) -> str:
        """What its picture is called."""
        return f"{self.key}-{self.ord + 1}.png"


@dataclass(frozen=True, slots=True)
class State:
    """The notes of a bank as they can be shown, by GUID."""

    notes: Mapping[str, ShownNote]

    @classmethod
    def of(cls, notes: Sequence[Note], note_types: Sequence[NoteType]) -> "State":
        """Return the state that consists of these notes."""
        types = {note_type.key: note_type for note_type in note_types}
        return cls(
            {
                note.guid: ShownNote(
                    note.content,
                    types[note.content.note_type],
                    note.deck,
                    dict(zip(note.content.ords, note.card_ids, strict=True)),
                )
                for note in notes
            }
        )


def changed_cards(before: State, after: State) -> list[CardChange]:
    """Return the cards that differ: edited, new and removed ones, and last those of which only the look does."""
    order = [*after.notes, *(guid for guid in before.notes if guid not in after.notes)]
    found = [change for guid in order for change in _of_note(before.notes.get(guid), after.notes.get(guid))]
    return sorted(found, key=lambda change: change.kind is Kind.RESTYLED)


def _of_note(before: ShownNote | None, after: ShownNote | None) -> Iterator[CardChange]:
    shown = after or before
    if shown is None or (before and after and _is_same(before, after)):
        return
    ords = sorted({*(before.ords if before else ()), *(after.ords if after else ())})
    for ord_ in ords:
        old, new = (note if note and ord_ in note.ords else None for note in (before, after))
        one = new or old
        if one is None:
            continue
        # The back shows the front too, so that it is enough unless only the front differs.
        for is_back in (True, False):
            faces = _face(old, ord_, back=is_back), _face(new, ord_, back=is_back)
            if faces[0] != faces[1]:
                yield CardChange(
                    key=one.content.key,
                    name=one.card_name(ord_),
                    asked=without_clozes(html_to_text(shown.content.text)).partition("\n")[0],
                    kind=_kind(*faces),
                    is_back=is_back,
                    ord=ord_,
                    before=faces[0],
                    after=faces[1],
                )
                break


def _is_same(before: ShownNote, after: ShownNote) -> bool:
    """Tell whether two states of a note look the same for sure, which is quick to see."""
    types = before.note_type, after.note_type
    return (
        content_digest(before.content) == content_digest(after.content)
        and before.content.ords == after.content.ords
        and before.deck == after.deck
        and before.content.card_decks == after.content.card_decks
        and types[0].templates == types[1].templates
        and types[0].css == types[1].css
        and types[0].fields == types[1].fields
    )


def _face(note: ShownNote | None, ord_: int, *, back: bool) -> Face | None:
    if note is None:
        return None
    addresses = {file.name: f"media/{file.sha256[:16]}{file.path.suffix}" for file in note.content.media}
    files = {addresses[file.name]: file.path for file in note.content.media}
    return Face(still(note.side(ord_, back=back, media=addresses)), note.note_type.css, files)


def _kind(before: Face | None, after: Face | None) -> Kind:
    if before is None or after is None:
        return Kind.REMOVED if before else Kind.ADDED
    return Kind.CHANGED if before.html != after.html else Kind.RESTYLED
