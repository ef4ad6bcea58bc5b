"""What a search can know of a note: a frozen value made from a `Note`."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from ankiexport.notes import Note, NoteType
from ankiexport.search.field_text import sort_field_text, without_clozes
from ankiexport.search.folding import ascii_lower, fold, without_combining

# Anki keeps the fields of a note as one text, with this character between them.
FIELD_SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class CardFacts:
    """One card of a note: its ord, its id and the full name of its deck."""

    ord: int
    id: int
    deck: str


# Not with slots: the texts that are derived once are kept in the instance.
@dataclass(frozen=True)
class NoteFacts:
    """One note, and the texts in the forms that the searches compare."""

    id: int
    note_type: NoteType
    fields: tuple[str, ...]
    tags: tuple[str, ...]
    cards: tuple[CardFacts, ...]

    @classmethod
    def of(cls, note: Note, note_type: NoteType) -> "NoteFacts":
        """Return the facts of a note that is ready to be packed."""
        content = note.content
        cards = tuple(
            CardFacts(ord_, card_id, deck)
            for ord_, card_id, deck in zip(content.ords, note.card_ids, note.decks, strict=True)
        )
        return cls(note.id, note_type, tuple(content.fields), content.tags, cards)

    @cached_property
    def text(self) -> str:
        """All fields as Anki stores them: one text."""
        return FIELD_SEPARATOR.join(self.fields)

    @cached_property
    def folded_text(self) -> str:
        """All fields, in the letter case in which regular expressions compare."""
        return fold(self.text)

    @cached_property
    def lower_text(self) -> str:
        """All fields, in the letter case in which words compare: only A to Z have one."""
        return ascii_lower(self.text)

    @cached_property
    def sort_text(self) -> str:
        """The sort field without HTML."""
        return sort_field_text(self.fields[self.note_type.sort_field])

    @cached_property
    def lower_sort_text(self) -> str:
        """The sort field without HTML, in lower case; empty when `lower_text` holds it anyway."""
        field = self.fields[self.note_type.sort_field]
        return "" if self.sort_text in field else ascii_lower(self.sort_text)

    @cached_property
    def plain_text(self) -> str:
        """All fields without combining characters, in lower case."""
        return ascii_lower(without_combining(self.text))

    @cached_property
    def plain_sort_text(self) -> str:
        """The sort field without HTML and without combining characters, in lower case."""
        return ascii_lower(without_combining(self.sort_text))

    @cached_property
    def text_without_clozes(self) -> str:
        """All fields without the marks of clozes, in lower case."""
        return ascii_lower(without_clozes(self.text))

    @cached_property
    def sort_text_without_clozes(self) -> str:
        """The sort field without HTML and without the marks of clozes, in lower case."""
        return ascii_lower(without_clozes(self.sort_text))

    @cached_property
    def tag_text(self) -> str:
        """The tags as Anki stores them: between spaces; empty without tags."""
        return f" {' '.join(self.tags)} " if self.tags else ""


def facts_of(notes: Iterable[Note], note_types: Iterable[NoteType]) -> list[NoteFacts]:
    """Return the facts of notes, whose note types are among those given."""
    by_key = {note_type.key: note_type for note_type in note_types}
    return [NoteFacts.of(note, by_key[note.content.note_type]) for note in notes]
