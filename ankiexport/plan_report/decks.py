"""What becomes of decks: those that a build makes, renames or has no notes for any more."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ankiexport.plan import Change, NoteChange
from ankiexport.plan_report.consequences import Effect


@dataclass(frozen=True, slots=True)
class DeckReport:
    """A deck that is new, gone, or renamed (then `old_name` is the other one)."""

    name: str
    effect: Effect
    old_name: str | None = None


def deck_changes(entries: Sequence[NoteChange], before: Collection[str]) -> tuple[DeckReport, ...]:
    """Return what becomes of decks, sorted by name; `before` are the names that they had.

    A deck is renamed when it is gone, and all that was in it and is still asked is in one new deck.
    """
    old_names, names = set(before), {deck for entry in entries for deck in entry.content.decks(entry.deck)}
    moves: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        if entry.change not in {Change.RETIRED, Change.RESTORED}:
            for old, new in entry.moves:
                moves[old].add(new)
    renamed = {
        old: min(targets)
        for old, targets in moves.items()
        if old not in names and len(targets) == 1 and not targets & old_names
    }
    found = [DeckReport(name, Effect.DECK_RENAMED, old) for old, name in renamed.items()]
    found += [DeckReport(name, Effect.DECK_ADDED) for name in names - old_names - set(renamed.values())]
    found += [DeckReport(name, Effect.DECK_GONE) for name in old_names - names - set(renamed)]
    return tuple(sorted(found, key=lambda deck: (deck.name, deck.old_name or "")))
