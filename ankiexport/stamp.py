"""From the content of notes to notes: GUIDs, ids, places in the order of study, times, decks."""

from collections.abc import Sequence

from ankiexport.ids import guid, timestamp_id
from ankiexport.notes import Deck, DeckPreset, Note, NoteContent
from ankiexport.question import Bank, Level

# Every note has this time until a lock remembers when its content was first built
# (2026-01-01): never the clock's, or two builds of one commit would differ.
FIRST_MOD = 1_767_225_600

# Anki keeps the place of a new card as it is written, if it is below a million. Gaps leave
# room for cards that a learner or a later build puts in between.
_DUE_LIMIT = 1_000_000
_DUE_GAP = 10


def stamp(bank: Bank, contents: Sequence[NoteContent]) -> list[Note]:
    """Return the notes of contents that come in order of study.

    The facts of a level follow its questions. Nothing but the namespace, the keys and their
    order has a part in the result.
    """
    rank = {key: number for number, key in enumerate(bank.level_keys)}
    ordered = sorted(contents, key=lambda content: (rank[content.level], content.is_fact))
    gap = max(1, min(_DUE_GAP, (_DUE_LIMIT - 1) // max(1, len(ordered))))
    ids = _ids(bank, ordered)
    cards = _card_ids(bank, ordered)
    return [
        Note(
            content=content,
            id=ids[content.key],
            guid=guid(bank.namespace, content.key),
            deck=deck_name(bank, bank.level(content.level), facts=content.is_fact),
            due=number * gap,
            mod=FIRST_MOD,
            card_ids=tuple(cards[content.key, ord_] for ord_ in content.ords),
        )
        for number, content in enumerate(ordered, start=1)
    ]


def deck_name(bank: Bank, level: Level, *, facts: bool = False) -> str:
    """Return the full name of the deck of a level, or of the deck of its facts."""
    return "::".join([bank.deck, bank.facts_deck, level.deck] if facts else [bank.deck, level.deck])


def decks_for(bank: Bank, names: Sequence[str]) -> tuple[Deck, ...]:
    """Return the decks of these names with all their ancestors, which Anki needs to keep descriptions."""
    wanted: dict[str, None] = {}
    for name in names:
        parts = name.split("::")
        wanted.update(dict.fromkeys("::".join(parts[:size]) for size in range(1, len(parts) + 1)))
    descriptions = {bank.deck: bank.description}
    for level in bank.levels:
        descriptions[deck_name(bank, level)] = level.description
        descriptions[deck_name(bank, level, facts=True)] = level.description
    return tuple(
        Deck(timestamp_id(bank.namespace, "deck", name), name, descriptions.get(name, ""))
        for name in sorted(wanted)
    )


def preset_of(bank: Bank) -> DeckPreset | None:
    """Return the study preset; its id changes with its values, for Anki never updates a preset it has."""
    preset = bank.preset
    if preset is None:
        return None
    values = (preset.name, preset.new_cards_per_day, preset.reviews_per_day, preset.desired_retention)
    identifier = timestamp_id(bank.namespace, "preset", *(str(value) for value in values))
    return DeckPreset(identifier, *values)


def _ids(bank: Bank, contents: Sequence[NoteContent]) -> dict[str, int]:
    taken: set[int] = set()
    ids: dict[str, int] = {}
    # Sorted, so that the rare clash of two hashes is settled without regard to the order of study.
    for key in sorted(content.key for content in contents):
        ids[key] = timestamp_id(bank.namespace, "note", key, taken=taken)
        taken.add(ids[key])
    return ids


def _card_ids(bank: Bank, contents: Sequence[NoteContent]) -> dict[tuple[str, int], int]:
    taken: set[int] = set()
    ids: dict[tuple[str, int], int] = {}
    for key, ord_ in sorted((content.key, ord_) for content in contents for ord_ in content.ords):
        ids[key, ord_] = timestamp_id(bank.namespace, "card", key, str(ord_), taken=taken)
        taken.add(ids[key, ord_])
    return ids
