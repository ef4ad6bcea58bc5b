"""Compare a learner's collection before and after an import, and count what became of it."""

from collections.abc import Mapping

from ankiexport.formats.apkg_reader import (
    KEY_FIELD,
    PackageContents,
    PackedNote,
    media_references,
)
from ankiexport.media import rewrite_references
from ankiexport.verify.fates import Fate, filled
from ankiexport.verify.report import Figures
from ankiexport.verify.snapshot import ImportLog, NoteState, Snapshot, Traces


def measure(
    before: Snapshot,
    after: Snapshot,
    *,
    old: PackageContents,
    new: PackageContents,
    fates: Mapping[str, Fate],
    traces: Traces,
    personal_tags: frozenset[str],
    log: ImportLog,
    repairs: int,
) -> Figures:
    """Return the figures of an import; `before` and `after` are the collection around it."""
    edits = [note for note, field in traces.edited.items() if not _keeps_edit(before, after, note, field)]
    tags = [note for note in traces.tagged if not _keeps_tags(after, note, personal_tags)]
    same = {key for key, note in before.notes.items() if note.guid in fates and fates[note.guid].is_same}
    theirs = {key for key, card in before.cards.items() if card.note_id not in traces.own}
    stranded = {key for key in theirs - before.mute if key not in after.cards or key in after.mute}
    moved = {
        key for key in theirs & after.cards.keys() if before.cards[key].deck_id != after.cards[key].deck_id
    }
    schema_changed = before.schema_time != after.schema_time
    return Figures(
        added=log.new,
        updated=log.updated,
        unchanged=log.duplicate,
        retired=sum(
            note.is_retired and not (key in before.notes and before.notes[key].is_retired)
            for key, note in after.notes.items()
        ),
        unmarked=sum(
            not after.notes[key].is_retired
            for key, note in before.notes.items()
            if key in after.notes and fates.get(note.guid) is Fate.GONE
        ),
        returned=_returned(after, old, traces.deleted),
        conflicting=log.conflicting,
        skipped=log.others,
        updates_missed=_updates_missed(after, old, new),
        duplicated=max(0, _duplicates(after) - _duplicates(before)),
        looks_updated=sum(
            was.look != after.note_types[key].look
            for key, was in before.note_types.items()
            if key in after.note_types
        ),
        looks_missed=sum(
            (kind.css, kind.templates) != after.note_types[kind.id].look
            for kind in new.note_types
            if kind.id in after.note_types
        ),
        note_types_duplicated=_names_with_plus(before, after),
        scheduling_lost=_scheduling_lost(before, after, theirs),
        suspensions_lost=sum(
            before.cards[key].is_put_aside and not after.cards[key].is_put_aside
            for key in theirs & after.cards.keys()
        ),
        flags_lost=sum(
            before.cards[key].flag != after.cards[key].flag
            for key in theirs & after.cards.keys()
            if before.cards[key].flag
        ),
        edits_lost=sum(note in same for note in edits),
        edits_overwritten=sum(note not in same for note in edits),
        tags_lost=sum(note in same for note in tags),
        tags_overwritten=sum(note not in same for note in tags),
        cards_stranded=len(stranded),
        cards_empty=len(after.mute - stranded),
        cards_moved=len(moved),
        cards_left=len(_to_move(before, old, new) & after.cards.keys() - moved),
        decks_reappeared=len((after.decks - before.decks) & traces.decks),
        media_missing=len(
            after.missing_media | {name for name in _for_templates(new) if name not in after.media}
        ),
        media_stale=len(_stale_media(after, new)),
        own_notes_touched=sum(not _is_untouched(before, after, key) for key in traces.own),
        import_errors=int(bool(log.error)),
        integrity_problems=repairs,
        full_syncs=int(schema_changed),
    )


def _names_with_plus(before: Snapshot, after: Snapshot) -> int:
    was, now = ({kind.name for kind in snapshot.note_types.values()} for snapshot in (before, after))
    return sum(name.rstrip("+") in was for name in now - was)


def _keeps_edit(before: Snapshot, after: Snapshot, note: int, field: str) -> bool:
    return note in after.notes and after.notes[note].fields.get(field) == before.notes[note].fields[field]


def _keeps_tags(after: Snapshot, note: int, tags: frozenset[str]) -> bool:
    return note in after.notes and tags <= after.notes[note].tags


def _returned(after: Snapshot, old: PackageContents, deleted: frozenset[str]) -> int:
    """Count the notes that were deleted and are there, under another GUID perhaps."""
    guids = after.by_guid.keys()
    keys = {note.fields.get(KEY_FIELD) or None for note in after.notes.values()}
    return sum(note.guid in guids or note.key in keys for note in old.notes if note.guid in deleted)


def _to_move(before: Snapshot, old: PackageContents, new: PackageContents) -> set[int]:
    """Return the cards that the new package has in another deck than the old one."""
    decks = [
        {(note.guid, card.ord): card.deck for note in package.notes for card in note.cards}
        for package in (old, new)
    ]
    wanted = {card for card in decks[0].keys() & decks[1].keys() if decks[0][card] != decks[1][card]}
    return {
        key for key, card in before.cards.items() if (before.notes[card.note_id].guid, card.ord) in wanted
    }


def _updates_missed(after: Snapshot, old: PackageContents, new: PackageContents) -> int:
    """Count the notes in which something that the authors changed is not as the new package has it."""
    there, before = after.by_guid, old.by_guid
    return sum(
        not _has_changes(there[note.guid], before[note.guid], note)
        for note in new.notes
        if note.guid in there and note.guid in before
    )


def _has_changes(note: NoteState, old: PackedNote, new: PackedNote) -> bool:
    was, wanted, now = _texts(old.fields), _texts(new.fields), _texts(note.fields)
    old_tags, new_tags = ({tag.casefold() for tag in package.tags} for package in (old, new))
    changed = [name for name in was.keys() | wanted.keys() if was.get(name) != wanted.get(name)]
    if any(now.get(name) != wanted.get(name) for name in changed):
        return False
    return new_tags - old_tags <= note.tags and not (old_tags - new_tags) & note.tags


def _texts(fields: Mapping[str, str]) -> dict[str, str]:
    """Return the fields that are not empty, without names of files: an import may give them others."""
    return {name: rewrite_references(text, lambda _name: "") for name, text in filled(fields).items()}


def _duplicates(snapshot: Snapshot) -> int:
    """Count the notes whose question another note has already: by its id, or by the first field."""
    seen: set[tuple[object, ...]] = set()
    twins = 0
    for key in sorted(snapshot.notes):
        note = snapshot.notes[key]
        marks: set[tuple[object, ...]] = set()
        if note.fields.get(KEY_FIELD):
            marks.add((note.fields[KEY_FIELD],))
        # Anki looks for duplicates within a note type; one in conflict is the same with a plus.
        if next(iter(note.fields.values())):
            marks.add((note.note_type.rstrip("+"), note.checksum))
        twins += not seen.isdisjoint(marks)
        seen |= marks
    return twins


def _scheduling_lost(before: Snapshot, after: Snapshot, theirs: set[int]) -> int:
    lost = set()
    for key in theirs:
        was, now = before.cards[key], after.cards.get(key)
        if now is None:
            if was.reps:
                lost.add(key)
        elif was.memory != now.memory or (not was.is_put_aside and was.queue != now.queue):
            lost.add(key)
    # The second column of a review is its card.
    gone = {row[1] for key, row in before.reviews.items() if after.reviews.get(key) != row}
    return len(lost | (gone & theirs))


def _for_templates(new: PackageContents) -> list[str]:
    return [name for name in new.media if name.startswith("_")]


def _stale_media(after: Snapshot, new: PackageContents) -> set[str]:
    """Return the files whose new bytes have not come to the notes and templates that refer to them."""
    stale = {
        name for name in _for_templates(new) if after.media.get(name, new.media[name]) != new.media[name]
    }
    there = after.by_guid
    for note in new.notes:
        if note.media and note.guid in there:
            names = media_references("\x1f".join(there[note.guid].fields.values()))
            held = {after.media.get(name) for name in names}
            # One that is not there at all is missing, and counted as such.
            stale |= {name for name, digest in note.media.items() if digest not in held and None not in held}
    return stale


def _is_untouched(before: Snapshot, after: Snapshot, note: int) -> bool:
    if note not in after.notes:
        return False
    cards = [
        {key: card for key, card in snapshot.cards.items() if card.note_id == note}
        for snapshot in (before, after)
    ]
    was, now = before.notes[note], after.notes[note]
    # A note type that gains a field gives it to every note, which takes nothing away.
    return filled(was.fields) == filled(now.fields) and was.tags == now.tags and cards[0] == cards[1]
