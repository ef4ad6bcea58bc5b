"""Notes in order of study, and what the lock is to remember of them: in columns, each made when it is asked for.

Of a hundred thousand notes as many objects would take most of the memory of a build.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ankiexport.ids import guid, timestamp_id
from ankiexport.lock.entries import NO_DECKS, Lock, LockedNote, State, content_digest, field_digests
from ankiexport.notes import Note, NoteContent
from ankiexport.sequences import Indexed

# Anki keeps the place of a new card as it is written, if it is below a million. Gaps leave
# room for cards that a learner or a later build puts in between.
_DUE_LIMIT = 1_000_000
_DUE_GAP = 10

# So many notes are made once and held, for they are asked for often.
HELD_NOTES = 20_000


@dataclass(frozen=True, slots=True)
class Ids:
    """GUIDs and ids of notes, and the ids of their cards: those of a note begin at one of `starts`, the next one's end them."""

    guids: Sequence[str]
    notes: Sequence[int]
    cards: Sequence[int]
    starts: Sequence[int]

    def cards_of(self, place: int) -> tuple[int, ...]:
        """Return the ids of the cards of the note at a place."""
        return tuple(self.cards[self.starts[place] : self.starts[place + 1]])


class StampedNotes(Indexed[Note]):
    """Notes in order of study."""

    __slots__ = ("_contents", "_decks", "_gap", "_ids", "_mods")

    def __init__(
        self, contents: Sequence[NoteContent], decks: Sequence[str], ids: Ids, mods: Sequence[int]
    ) -> None:
        """Take contents, with the deck of the first card of each, its ids, and when it was last changed."""
        self._contents = contents
        self._decks = decks
        self._ids = ids
        self._mods = mods
        self._gap = max(1, min(_DUE_GAP, (_DUE_LIMIT - 1) // max(1, len(contents))))

    def __iter__(self) -> Iterator[Note]:
        """Yield the notes."""
        return map(self.at, range(len(self)))

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._contents)

    def at(self, place: int) -> Note:
        """Return the note at a place."""
        ids = self._ids
        return Note(
            self._contents[place],
            ids.notes[place],
            ids.guids[place],
            self._decks[place],
            (place + 1) * self._gap,
            self._mods[place],
            ids.cards_of(place),
        )


def stamped_notes(
    contents: Sequence[NoteContent], decks: Sequence[str], ids: Ids, mods: Sequence[int]
) -> Sequence[Note]:
    """Return the notes of contents, with the deck of the first card of each, its ids, and when it was last changed."""
    notes = StampedNotes(contents, decks, ids, mods)
    return notes if len(notes) > HELD_NOTES else tuple(notes)


class LockedNotes(Mapping[str, LockedNote]):
    """What the lock is to remember of notes, by key, in the order of keys; `known` is what it knew, of those it did."""

    def __init__(
        self, contents: Sequence[NoteContent], notes: Sequence[Note], known: Mapping[str, LockedNote]
    ) -> None:
        """Take the notes with their contents."""
        self._contents = contents
        self._notes = notes
        self._known = known
        self._places = array("L", sorted(range(len(contents)), key=self._key))

    def _key(self, place: int) -> str:
        return self._contents[place].key

    def __iter__(self) -> Iterator[str]:
        """Yield the keys."""
        return map(self._key, self._places)

    def __len__(self) -> int:
        """Return how many notes there are."""
        return len(self._places)

    def __contains__(self, key: object) -> bool:
        """Tell whether there is a note with a key."""
        return isinstance(key, str) and self._place(key) is not None

    def __getitem__(self, key: str) -> LockedNote:
        """Return what is to be remembered of a note."""
        place = self._place(key)
        if place is None:
            raise KeyError(key)
        return _locked(self._notes[place], self._known.get(key))

    def _place(self, key: str) -> int | None:
        at = bisect_left(self._places, key, key=self._key)
        return self._places[at] if at < len(self) and self._key(self._places[at]) == key else None


def _locked(note: Note, before: LockedNote | None) -> LockedNote:
    content = note.content
    older = [*(before.previous if before else ()), *([before.key] if before else ()), *content.previous]
    own = zip(content.ords, note.card_ids, strict=True)
    locked = LockedNote(
        key=content.key,
        guid=note.guid,
        id=note.id,
        cards={**before.cards, **dict(own)} if before else dict(own),
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


def ids_of(
    namespace: str, contents: Sequence[NoteContent], known: Mapping[str, LockedNote], lock: Lock
) -> Ids:
    """Return the ids of notes and cards: those that the lock knows, and new ones that it does not know."""
    # A note that was renamed keeps the GUID of its first id, also when another question now has that id.
    taken_guids = {note.guid for note in lock.notes.values()}
    taken = {note.id for note in lock.notes.values()}
    taken_cards = {card for note in lock.notes.values() for card in note.cards.values()}
    guids = [""] * len(contents)
    notes = array("q", bytes(8 * len(contents)))
    starts = array("L", [0])
    for content in contents:
        starts.append(starts[-1] + len(content.ords))
    cards = array("q", bytes(8 * starts[-1]))
    # Sorted, so that the rare clash of two hashes is settled without regard to the order of study.
    for place in sorted(range(len(contents)), key=lambda place: contents[place].key):
        content = contents[place]
        before, oldest = known.get(content.key), _oldest(content)
        guids[place] = before.guid if before else guid(namespace, oldest, taken=taken_guids)
        taken_guids.add(guids[place])
        notes[place] = before.id if before else timestamp_id(namespace, "note", oldest, taken=taken)
        taken.add(notes[place])
        own = dict(before.cards) if before else {}
        for ord_ in sorted(set(content.ords) - set(own)):
            own[ord_] = timestamp_id(namespace, "card", oldest, str(ord_), taken=taken_cards)
            taken_cards.add(own[ord_])
        cards[starts[place] : starts[place + 1]] = array("q", [own[ord_] for ord_ in content.ords])
    return Ids(guids, notes, cards, starts)


def _oldest(content: NoteContent) -> str:
    return content.previous[0] if content.previous else content.key
