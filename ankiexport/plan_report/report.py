"""The report of a plan: for each note, note type and deck what becomes of it, ready to be printed."""

from collections import Counter
from dataclasses import dataclass

from ankiexport.diagnostics import Position
from ankiexport.import_settings import ImportSettings
from ankiexport.plan_report.baseline import Baseline
from ankiexport.plan_report.consequences import Effect
from ankiexport.plan_report.decks import DeckReport


@dataclass(frozen=True, slots=True)
class FieldReport:
    """A field that changes, as HTML; `old` is None when its old text was not found."""

    name: str
    old: str | None
    new: str


@dataclass(frozen=True, slots=True)
class NoteReport:
    """What becomes of a note: one effect at least, the main one first.

    `asked` is the first line of its question, `cards` the number of its cards, `new_cards` and `lost_cards` are
    ords, and `new_decks` the decks of its new cards. `deck` is that of its first card, or of the first that has
    moved from `old_deck`. `replaced_by` are the ids of the notes that are asked instead of a retired one. `only_media` tells that
    nothing differs but the bytes of its media.
    """

    key: str
    effects: tuple[Effect, ...]
    asked: str
    deck: str
    position: Position
    cards: int = 0
    is_retired: bool = False
    old_deck: str | None = None
    renamed_from: str | None = None
    fields: tuple[FieldReport, ...] = ()
    tags_added: tuple[str, ...] = ()
    tags_removed: tuple[str, ...] = ()
    new_cards: tuple[int, ...] = ()
    lost_cards: tuple[int, ...] = ()
    new_decks: tuple[str, ...] = ()
    replaced_by: tuple[str, ...] = ()
    only_media: bool = False

    @property
    def main(self) -> Effect:
        """The effect under which a report shows everything about it."""
        return self.effects[0]


@dataclass(frozen=True, slots=True)
class NoteTypeReport:
    """What becomes of a note type; `name` is how Anki lists it."""

    key: str
    name: str
    effect: Effect


@dataclass(frozen=True, slots=True)
class Report:
    """What the next build does to learners who have what `baseline` says.

    `unchanged` counts the notes that it leaves alone, `why_not` says why some old texts are not shown.
    """

    baseline: Baseline
    notes: tuple[NoteReport, ...]
    note_types: tuple[NoteTypeReport, ...]
    decks: tuple[DeckReport, ...]
    unchanged: int
    import_settings: ImportSettings | None = None
    why_not: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether learners would notice nothing."""
        return not (self.notes or self.note_types or self.decks)

    @property
    def counts(self) -> dict[Effect, int]:
        """How many notes, cards, note types or decks each effect has; those that have none are left out."""
        counted = Counter(effect for note in self.notes for effect in note.effects)
        counted.update(entry.effect for entry in self.note_types)
        counted.update(deck.effect for deck in self.decks)
        counted[Effect.NEW_CARDS] = sum(len(note.new_cards) for note in self.having(Effect.NEW_CARDS))
        counted[Effect.LOST_CARDS] = sum(len(note.lost_cards) for note in self.having(Effect.LOST_CARDS))
        return {effect: counted[effect] for effect in Effect if counted[effect]}

    def having(self, effect: Effect) -> list[NoteReport]:
        """Return the notes with an effect, first those of which it is the main one."""
        found = [note for note in self.notes if effect in note.effects]
        return sorted(found, key=lambda note: note.main is not effect)
