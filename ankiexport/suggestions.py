"""Searches that are ready to be pasted into Anki: filtered decks cannot travel in a package."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ankiexport.question import Bank, Level
from ankiexport.search import NoteFacts, parse
from ankiexport.search.writing import search_for, with_current_tags
from ankiexport.tags import CHANGED_PREFIX, RETIRED_TAG, TOPIC_PREFIX

# The latest months in which questions were revised; older ones help nobody.
_MONTHS = 3


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A search with a name, and how many notes and cards of the bank it finds."""

    group: str
    name: str
    query: str
    notes: int
    cards: int


def suggestions(bank: Bank, notes: Sequence[NoteFacts]) -> list[Suggestion]:
    """Return the searches for named decks, levels, topics and other tags, and for what else is of use.

    Only what a bank names itself is there without a card: notes with given fields, for example, have no tag of
    their level.
    """
    counted = (_counted(group, name, query, notes) for group, name, query in _all(bank, notes))
    return [found for found in counted if found.cards or found.group == "deck"]


def _all(bank: Bank, notes: Sequence[NoteFacts]) -> Iterator[tuple[str, str, str]]:
    for named in bank.decks:
        yield "deck", named.name, with_current_tags(named.query.value, bank.aliases()).strip()
    for level in bank.levels:
        yield "level", level.name, search_for("tag", level.tag)
    yield from _own_decks(bank, notes)
    tags = sorted({tag for note in notes for tag in note.tags})
    shown = {RETIRED_TAG, *(level.tag for level in bank.levels)}
    for tag in sorted(tags, key=lambda tag: (not tag.startswith(TOPIC_PREFIX), tag)):
        if tag not in shown and not tag.startswith(CHANGED_PREFIX):
            entry = bank.vocabulary.get(tag)
            group, _, rest = tag.rpartition("::")
            yield group.split("::")[0] or "tag", entry.name if entry else rest, search_for("tag", tag)
    has_facts = any(
        card.deck.startswith(f"{bank.deck}::{bank.facts_deck}") for note in notes for card in note.cards
    )
    yield from _combinations(bank, tags, has_facts=has_facts)


def _own_decks(bank: Bank, notes: Sequence[NoteFacts]) -> Iterator[tuple[str, str, str]]:
    """Yield the decks that questions name, which no level stands for."""
    known = {f"{bank.deck}::{part}" for level in bank.levels for part in _level_decks(bank, level)}
    used = {card.deck for note in notes for card in note.cards}
    for deck in sorted(used - known - {f"{bank.deck}::{bank.retired_deck}"}):
        yield "own deck", deck, search_for("deck", deck)


def _level_decks(bank: Bank, level: Level) -> tuple[str, str]:
    return level.deck, f"{bank.facts_deck}::{level.deck}"


def _combinations(bank: Bank, tags: Sequence[str], *, has_facts: bool) -> Iterator[tuple[str, str, str]]:
    if has_facts:
        facts = search_for("deck", f"{bank.deck}::{bank.facts_deck}")
        yield "kind", "Questions without facts", f"{search_for('deck', bank.deck)} -{facts}"
        yield "kind", "Facts only", facts
    months = sorted((tag for tag in tags if tag.startswith(CHANGED_PREFIX)), reverse=True)[:_MONTHS]
    if months:
        yield "revised", "Revised lately", " or ".join(search_for("tag", tag) for tag in months)
    for tag in months:
        yield "revised", f"Revised in {tag.removeprefix(CHANGED_PREFIX)}", search_for("tag", tag)
    if RETIRED_TAG in tags:
        yield "retired", "Retired", search_for("tag", RETIRED_TAG)
        yield (
            "retired",
            "All but retired",
            f"{search_for('deck', bank.deck)} -{search_for('tag', RETIRED_TAG)}",
        )


def _counted(group: str, name: str, query: str, notes: Sequence[NoteFacts]) -> Suggestion:
    search = parse(query)
    cards = [len(search.ords(note)) for note in notes]
    return Suggestion(group, name, query, sum(map(bool, cards)), sum(cards))
