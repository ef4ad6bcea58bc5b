"""The words that the printed forms of a report share."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ankiexport.html_text import html_to_text
from ankiexport.plan_report.baseline import Against, Baseline
from ankiexport.plan_report.consequences import Effect
from ankiexport.plan_report.decks import DeckReport
from ankiexport.plan_report.diffing import Line, difference, shortened
from ankiexport.plan_report.filling import Piece
from ankiexport.plan_report.report import FieldReport, NoteReport, Report
from ankiexport.plural import plural

NOTHING = "Nothing changes for learners"

# What one and what several are called.
_TITLES = {
    Effect.ADDED: ("note added", "notes added"),
    Effect.CHANGED: ("note changed", "notes changed"),
    Effect.RENAMED: ("note under a new id", "notes under new ids"),
    Effect.MOVED: ("note moved", "notes moved"),
    Effect.RETIRED: ("note retired", "notes retired"),
    Effect.RESTORED: ("note restored", "notes restored"),
    Effect.NEW_CARDS: ("new card of a known note", "new cards of known notes"),
    Effect.LOST_CARDS: ("card that falls away", "cards that fall away"),
    Effect.OVERWRITTEN: ("note overwritten by the same", "notes overwritten by the same"),
    Effect.OUTDATED: ("changed note that does not arrive", "changed notes that do not arrive"),
    Effect.CONFLICTING: ("note in conflict", "notes in conflict"),
    Effect.LEFT: ("note left behind", "notes left behind"),
    Effect.NOTE_TYPE_ADDED: ("new note type", "new note types"),
    Effect.NOTE_TYPE_APPEARANCE: ("note type with a new look", "note types with a new look"),
    Effect.NOTE_TYPE_SCHEMA: ("note type with a new schema", "note types with a new schema"),
    Effect.NOTE_TYPE_OUTDATED: ("new look that does not arrive", "new looks that do not arrive"),
    Effect.DECK_ADDED: ("new deck", "new decks"),
    Effect.DECK_RENAMED: ("deck renamed", "decks renamed"),
    Effect.DECK_GONE: ("deck without notes", "decks without notes"),
}

# Effects of which a line for each note says all.
_BRIEF = frozenset(
    [
        Effect.RENAMED,
        Effect.MOVED,
        Effect.NEW_CARDS,
        Effect.LOST_CARDS,
        Effect.OVERWRITTEN,
        Effect.LEFT,
    ]
)


def title(effect: Effect, count: int) -> str:
    """Return the title of all that has an effect, with its number."""
    return plural(count, *_TITLES[effect])


def unchanged(report: Report) -> str:
    """Return how many notes stay as they are."""
    return f"{plural(report.unchanged, 'note')} unchanged"


def compared_with(baseline: Baseline) -> str:
    """Return what a report is against."""
    if baseline.against is Against.LOCK and not baseline.lock.notes:
        return "Nothing was shipped yet: this is the first build"
    name = f"the last build ({baseline.name})" if baseline.against is Against.LOCK else baseline.name
    commit = baseline.commit[:12]
    # A revision that is named by its hash is named once.
    about = [commit, baseline.detail] if name == baseline.commit else [name, commit, baseline.detail]
    return f"Compared with {', '.join(text for text in about if text)}"


def why_not(report: Report) -> str:
    """Return why old texts are missing, empty if none is."""
    return f"Old texts were not found: {'; '.join(report.why_not)}." if report.why_not else ""


def is_brief(note: NoteReport, effect: Effect) -> bool:
    """Tell whether a line says all of a note among those that have an effect."""
    return effect is not note.main or effect in _BRIEF


def brief(note: NoteReport, effect: Effect) -> list[Piece]:
    """Return that line, in which ids and decks have the role "name"."""
    key = (note.key, "name")
    if effect is Effect.MOVED:
        return [key, (": ", ""), (note.old_deck or "", "name"), (" -> ", ""), (note.deck, "name")]
    if effect is Effect.RENAMED:
        return [(note.renamed_from or "", "name"), (" -> ", ""), key]
    if effect is Effect.NEW_CARDS:
        return [key, (f": {_cards(note.new_cards)} in ", ""), *_new_decks(note)]
    if effect is Effect.LOST_CARDS:
        return [key, (f": {_cards(note.lost_cards)}", "")]
    return [key, (f"  {note.asked}", "")]


def brief_deck(deck: DeckReport) -> list[Piece]:
    """Return a line for a deck."""
    names: list[Piece] = [(deck.name, "name")]
    return [(deck.old_name, "name"), (" -> ", ""), *names] if deck.old_name else names


def remarks(note: NoteReport) -> Iterator[list[Piece]]:
    """Yield what is to be said of a note besides its fields and tags."""
    if note.main is Effect.ADDED:
        cards = plural(note.cards, "card")
        yield [
            (f"{cards}, retired already, in " if note.is_retired else f"{cards} in ", ""),
            *_new_decks(note),
        ]
    if note.replaced_by:
        yield [("asked instead: ", ""), (", ".join(note.replaced_by), "name")]
    if note.only_media:
        yield [("only the bytes of its media", "")]


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """How a field differs; `label` is its name, and what there is to say of it."""

    label: str
    lines: tuple[Line, ...]


def field_difference(entry: FieldReport) -> FieldDifference:
    """Return how a field differs, shortened to what matters: in its text or, if that is the same, in its HTML."""
    if entry.old is None:
        return FieldDifference(f"{entry.name} (old text not found)", ())
    old, new = html_to_text(entry.old), html_to_text(entry.new)
    if old != new:
        return FieldDifference(entry.name, shortened(difference(old, new)))
    return FieldDifference(f"{entry.name} (HTML)", shortened(difference(entry.old, entry.new)))


def _new_decks(note: NoteReport) -> Iterator[Piece]:
    for number, deck in enumerate(note.new_decks or (note.deck,)):
        if number:
            yield (", ", "")
        yield (deck, "name")


def _cards(ords: Sequence[int]) -> str:
    # Anki counts cards from 1.
    return f"card{'' if len(ords) == 1 else 's'} {', '.join(str(ord_ + 1) for ord_ in ords)}"
