"""From the content of notes to notes: GUIDs, ids, places in the order of study, times, decks.

What the lock knows is kept. A note whose content is not the one that the lock knows gets the time
of this build, because Anki updates a note only if the package's is newer, and then takes from its
learner whatever was added to it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from ankiexport.diagnostics import Diagnostic, Position
from ankiexport.ids import guid, timestamp_id
from ankiexport.import_settings import import_settings
from ankiexport.lock.entries import (
    NO_DECKS,
    Lock,
    LockedNote,
    LockedNoteType,
    State,
    content_digest,
    field_digests,
    note_type_digest,
    schema_digest,
)
from ankiexport.lock.file import LOCK_FILE, read_lock
from ankiexport.notes import Deck, DeckPreset, Note, NoteContent, NoteType
from ankiexport.plan import Change, Plan, compare, locked_for, schema_changed
from ankiexport.question import Bank, Level

# Anki keeps the place of a new card as it is written, if it is below a million. Gaps leave
# room for cards that a learner or a later build puts in between.
_DUE_LIMIT = 1_000_000
_DUE_GAP = 10


@dataclass(frozen=True, slots=True)
class Stamped:
    """All notes of a bank in order of study, its note types with their times, and what that does.

    `plan` says what becomes of a learner's notes, and `lock` is what is remembered for the next build.
    """

    notes: tuple[Note, ...]
    note_types: tuple[NoteType, ...]
    plan: Plan
    lock: Lock


def stamp(
    bank: Bank, contents: Iterable[NoteContent], note_types: Sequence[NoteType], lock: Lock, now: int
) -> Stamped:
    """Return the notes of contents; `now` is the time of this build in seconds since 1970.

    Of `contents` only the order within each level matters: facts follow the questions of their level,
    and retired notes come last. Nothing but the arguments has a part in the result.
    """
    placed = _placed(bank, contents)
    types = tuple(_stamped_type(note_type, lock, now) for note_type in note_types)
    plan = compare(placed, types, lock)
    gap = max(1, min(_DUE_GAP, (_DUE_LIMIT - 1) // max(1, len(placed))))
    known = {content.key: locked_for(content, lock) for content, _ in placed}
    ids = _ids(bank, [content for content, _ in placed], known, lock)
    notes = []
    locked_notes: dict[str, LockedNote] = {}
    for number, entry in enumerate(plan.notes, start=1):
        content, before = entry.content, known[entry.key]
        cards = ids.cards[content.key]
        note = Note(
            content=content,
            id=ids.notes[content.key],
            guid=ids.guids[content.key],
            deck=entry.deck,
            due=number * gap,
            mod=_mod(before, now, is_same=entry.change is Change.UNCHANGED or entry.change is Change.MOVED),
            card_ids=tuple(cards[ord_] for ord_ in content.ords),
        )
        notes.append(note)
        locked_notes[content.key] = _locked(note, cards, before)
    locked_types = {**lock.note_types, **{kind.key: _locked_type(kind) for kind in types}}
    used = {note.note_type for note in locked_notes.values()}
    kept = {key: locked_type for key, locked_type in locked_types.items() if key in used}
    return Stamped(tuple(notes), types, plan, Lock(bank.namespace, locked_notes, kept))


def staleness(stamped: Stamped, root: Path) -> list[Diagnostic]:
    """Return what the lock in a bank's folder does not know yet, an error for each note and note type."""
    path = root / LOCK_FILE
    # Not by its bytes: git may have given it other line breaks, or merged it with other empty lines.
    if path.is_file() and read_lock(path, stamped.lock.namespace)[0] == stamped.lock:
        return []
    where = Position(path.as_posix())
    advice = "run: ankiexport build, and commit bank.lock"
    found = [
        Diagnostic(
            entry.content.position,
            "lock-stale",
            f'"{entry.key}" is {entry.change} since the last build',
            advice,
        )
        for entry in stamped.plan.notes
        if entry.change is not Change.UNCHANGED or entry.renamed_from
    ]
    found += [
        Diagnostic(
            where, "lock-stale", f'the note type "{entry.key}" has changed since the last build', advice
        )
        for entry in stamped.plan.note_types
    ]
    return found or [Diagnostic(where, "lock-stale", "the lock is not the one that a build writes", advice)]


def deck_name(bank: Bank, level: Level, *, facts: bool = False) -> str:
    """Return the full name of the deck of a level, or of the deck of its facts."""
    return "::".join([bank.deck, bank.facts_deck, level.deck] if facts else [bank.deck, level.deck])


def retired_deck_name(bank: Bank) -> str:
    """Return the full name of the deck in which retired notes come to those who never had them."""
    return f"{bank.deck}::{bank.retired_deck}"


def decks_for(bank: Bank, names: Sequence[str], note_types: Iterable[NoteType] = ()) -> tuple[Deck, ...]:
    """Return the decks of these names with all their ancestors, which Anki needs to keep descriptions.

    The root's description ends with the import settings that a change of a note type's schema asks for.
    """
    wanted: dict[str, None] = {}
    for name in names:
        parts = name.split("::")
        wanted.update(dict.fromkeys("::".join(parts[:size]) for size in range(1, len(parts) + 1)))
    settings = import_settings(note_types)
    said = [bank.description.strip(), settings.advice if settings else ""]
    descriptions = {**bank.deck_settings, bank.deck: "\n\n".join(text for text in said if text)}
    for level in bank.levels:
        descriptions[deck_name(bank, level)] = level.description
        descriptions[deck_name(bank, level, facts=True)] = level.description
    return tuple(Deck(_deck_id(bank, name), name, descriptions.get(name, "")) for name in sorted(wanted))


def _deck_id(bank: Bank, name: str) -> int:
    # Every collection has this deck under this id; under another, Anki makes "Default_" of it.
    return 1 if name.casefold() == "default" else timestamp_id(bank.namespace, "deck", name)


def preset_of(bank: Bank) -> DeckPreset | None:
    """Return the study preset; its id changes with its values, for Anki never updates a preset it has."""
    preset = bank.preset
    if preset is None:
        return None
    values = (preset.name, preset.new_cards_per_day, preset.reviews_per_day, preset.desired_retention)
    identifier = timestamp_id(bank.namespace, "preset", *(str(value) for value in values))
    return DeckPreset(identifier, *values)


def _placed(bank: Bank, contents: Iterable[NoteContent]) -> list[tuple[NoteContent, str]]:
    rank = {key: number for number, key in enumerate(bank.level_keys)}
    ordered = sorted(
        contents,
        key=lambda content: (content.is_retired, rank.get(content.level, len(rank)), content.is_fact),
    )
    named = cache(lambda level, is_fact: deck_name(bank, bank.level(level), facts=is_fact))
    retired = retired_deck_name(bank)
    return [
        (content, retired if content.is_retired else content.deck or named(content.level, content.is_fact))
        for content in ordered
    ]


def _oldest(content: NoteContent) -> str:
    return content.previous[0] if content.previous else content.key


def _mod(before: LockedNote | LockedNoteType | None, now: int, *, is_same: bool) -> int:
    if before is None:
        return now
    # A clock that went back must not make a new content look old.
    return before.mod if is_same else max(now, before.mod + 1)


def _locked(note: Note, cards: Mapping[int, int], before: LockedNote | None) -> LockedNote:
    content = note.content
    older = [*(before.previous if before else ()), *([before.key] if before else ()), *content.previous]
    locked = LockedNote(
        key=content.key,
        guid=note.guid,
        id=note.id,
        cards=cards,
        note_type=content.note_type,
        level=content.level,
        is_fact=content.is_fact,
        deck=note.deck,
        content=content_digest(content),
        fields=field_digests(content),
        tags=content.tags,
        text=content.text,
        mod=note.mod,
        state=State.RETIRED if content.is_retired else State.ACTIVE,
        previous=tuple(dict.fromkeys(key for key in older if key != content.key)),
        card_decks=dict(content.card_decks) or NO_DECKS,
    )
    # What the lock knows comes with the line that is to be written again.
    return before if before is not None and before == locked else locked


def _stamped_type(note_type: NoteType, lock: Lock, now: int) -> NoteType:
    before = lock.note_types.get(note_type.key)
    is_same = before is not None and before.content == note_type_digest(note_type)
    mod = _mod(before, now, is_same=is_same)
    schema_mod = before.schema_mod if before else 0
    if before and schema_changed(note_type, before):
        schema_mod = mod
    return replace(note_type, mod=mod, schema_mod=schema_mod)


def _locked_type(note_type: NoteType) -> LockedNoteType:
    return LockedNoteType(
        key=note_type.key,
        id=note_type.id,
        schema=schema_digest(note_type),
        schema_version=note_type.schema_version,
        content=note_type_digest(note_type),
        mod=note_type.mod,
        schema_mod=note_type.schema_mod,
    )


@dataclass(frozen=True, slots=True)
class _Ids:
    """The GUIDs and ids of notes by key, and the ids of their cards by ord, present and past ones."""

    guids: Mapping[str, str]
    notes: Mapping[str, int]
    cards: Mapping[str, Mapping[int, int]]


def _ids(
    bank: Bank, contents: Sequence[NoteContent], known: Mapping[str, LockedNote | None], lock: Lock
) -> _Ids:
    # A note that was renamed keeps the GUID of its first id, also when another question now has that id.
    taken_guids = {note.guid for note in lock.notes.values()}
    taken = {note.id for note in lock.notes.values()}
    taken_cards = {card for note in lock.notes.values() for card in note.cards.values()}
    guids: dict[str, str] = {}
    notes: dict[str, int] = {}
    cards: dict[str, Mapping[int, int]] = {}
    # Sorted, so that the rare clash of two hashes is settled without regard to the order of study.
    for content in sorted(contents, key=lambda content: content.key):
        before = known[content.key]
        guids[content.key] = (
            before.guid if before else guid(bank.namespace, _oldest(content), taken=taken_guids)
        )
        taken_guids.add(guids[content.key])
        notes[content.key] = (
            before.id if before else timestamp_id(bank.namespace, "note", _oldest(content), taken=taken)
        )
        taken.add(notes[content.key])
        own = dict(before.cards) if before else {}
        for ord_ in sorted(set(content.ords) - set(own)):
            own[ord_] = timestamp_id(bank.namespace, "card", _oldest(content), str(ord_), taken=taken_cards)
            taken_cards.add(own[ord_])
        cards[content.key] = own
    return _Ids(guids, notes, cards)
