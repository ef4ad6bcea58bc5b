"""From the content of notes to notes: GUIDs, ids, places in the order of study, times, decks.

What the lock knows is kept. A note whose content is not the one that the lock knows gets the time
of this build, because Anki updates a note only if the package's is newer, and then takes from its
learner whatever was added to it.
"""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain
from pathlib import Path

from ankiexport.diagnostics import Diagnostic, Position
from ankiexport.ids import timestamp_id
from ankiexport.import_settings import import_settings
from ankiexport.lock.entries import (
    Lock,
    LockedNote,
    LockedNoteType,
    note_type_digest,
    schema_digest,
)
from ankiexport.lock.file import LOCK_FILE, read_lock
from ankiexport.notes import Deck, DeckPreset, Note, NoteContent, NoteType
from ankiexport.plan import Change, Plan, compare, locked_for, schema_changed
from ankiexport.question import Bank, Level
from ankiexport.sequences import Paired
from ankiexport.stamped_notes import LockedNotes, ids_of, stamped_notes


@dataclass(frozen=True, slots=True)
class Stamped:
    """All notes of a bank in order of study, its note types with their times, and what that does.

    `plan` says what becomes of a learner's notes, and `lock` is what is remembered for the next build.
    """

    notes: Sequence[Note]
    note_types: tuple[NoteType, ...]
    plan: Plan
    lock: Lock

    @property
    def latest(self) -> int:
        """When anything was last changed, as the lock is to remember it, in seconds since 1970; 0 if there is nothing."""
        kept = (note_type.mod for note_type in self.lock.note_types.values())
        return max(chain((note.mod for note in self.notes), kept), default=0)


def stamp(
    bank: Bank, contents: Iterable[NoteContent], note_types: Sequence[NoteType], lock: Lock, now: int
) -> Stamped:
    """Return the notes of contents; `now` is the time of this build in seconds since 1970.

    Of `contents` only the order within each level matters: facts follow the questions of their level,
    and retired notes come last. Nothing but the arguments has a part in the result.
    """
    own, decks = _placed(bank, contents)
    types = tuple(_stamped_type(note_type, lock, now) for note_type in note_types)
    plan = compare(Paired(own, decks), types, lock)
    known = {content.key: found for content in own if (found := locked_for(content, lock))}
    mods = array("q")
    for entry in plan.notes:
        is_same = entry.change is Change.UNCHANGED or entry.change is Change.MOVED
        mods.append(_mod(known.get(entry.key), now, is_same=is_same))
    notes = stamped_notes(own, decks, ids_of(bank.namespace, own, known, lock), mods)
    locked_types = {**lock.note_types, **{kind.key: _locked_type(kind) for kind in types}}
    used = {content.note_type for content in own}
    kept = {key: locked_type for key, locked_type in locked_types.items() if key in used}
    stamped_lock = Lock(bank.namespace, LockedNotes(own, notes, known), kept)
    return Stamped(notes, types, plan, stamped_lock)


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


def _placed(bank: Bank, contents: Iterable[NoteContent]) -> tuple[list[NoteContent], list[str]]:
    """Return contents in order of study, and the deck of the first card of each."""
    rank = {key: number for number, key in enumerate(bank.level_keys)}
    ordered = sorted(
        contents,
        key=lambda content: (content.is_retired, rank.get(content.level, len(rank)), content.is_fact),
    )
    named = cache(lambda level, is_fact: deck_name(bank, bank.level(level), facts=is_fact))
    retired = retired_deck_name(bank)
    decks = [
        retired if content.is_retired else content.deck or named(content.level, content.is_fact)
        for content in ordered
    ]
    return ordered, decks


def _mod(before: LockedNote | LockedNoteType | None, now: int, *, is_same: bool) -> int:
    if before is None:
        return now
    # A clock that went back must not make a new content look old.
    return before.mod if is_same else max(now, before.mod + 1)


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
