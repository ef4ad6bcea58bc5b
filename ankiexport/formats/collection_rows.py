"""Notes and cards as the rows of Anki's tables (schema 11), in the bytes that SQLite keeps of them."""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from ankiexport.fields import joined_fields
from ankiexport.formats.sqlite_columns import Column, column_of, records_of
from ankiexport.formats.sqlite_pages import Rows
from ankiexport.notes import Note, NoteType
from ankiexport.sorting import sorting_by
from ankiexport.sqlite_records import SIZES, TEXT_KINDS, head_of, integer, record_of

# The kinds of a note's last two values, `flags` and `data`, and of those that a card has before and after its place.
_NO_FLAGS = b"\x08\x0d"
_NO_USN = b"\xff"
# Columns of indexes that are the same in all rows.
NO_USN, _NEW = Column(b"\1", _NO_USN), Column(b"\x08", b"")
_KEY, _NEW_CARD, _UNSEEN = (
    Column(b"\0", b""), Column(b"\x01\x08\x08", _NO_USN), Column(b"\x08" * 8 + b"\x0d", b"")
)  # fmt: skip
# Where a card keeps the time of its last change.
_MOD = 4


# A card, and all that its row says: its id, its note's, its deck's, its place, the number of its card template, and when
# it was last changed. Tuples without names, for there are many.
CardPlace = tuple[int, int, int, int, int, int]
_ID, _NOTE, _DECK, _DUE, _ORD, _MODIFIED = range(6)

# So many cards are held in the form of rows, too, in which they are asked for several times.
HELD_CARDS = 20_000
_AT_ONCE = 4_096


class Known(dict[tuple[str, int, tuple[str, ...]], tuple[bytes, bytes]]):
    """The values between a note's GUID and its fields, by the key of its note type, its time and its tags: kinds and bytes.

    They come again, and each is made once. The third says that nothing was synchronised.
    """

    def __init__(self, note_types: Iterable[NoteType]) -> None:
        """Begin with none."""
        super().__init__()
        self._ids = {kind.key: integer(kind.id) for kind in note_types}

    def __missing__(self, key: tuple[str, int, tuple[str, ...]]) -> tuple[bytes, bytes]:
        """Return the values that come for the first time."""
        note_type, mod, tags = key
        (type_kind, type_data), (mod_kind, mod_data) = self._ids[note_type], integer(mod)
        text = f" {' '.join(tags)} ".encode() if tags else b""
        kinds = b"".join((type_kind, mod_kind, b"\1", TEXT_KINDS[len(text)]))
        made = self[key] = kinds, b"".join((type_data, mod_data, _NO_USN, text))
        return made


def sortings_of(notes: Iterable[Note], note_types: Iterable[NoteType]) -> Iterator[tuple[bytes, bytes]]:
    """Yield what Anki keeps of each of some notes besides its fields, and has an index of: kinds and values.

    Not with the fields that it was taken of, or these would be held, too.
    """
    sort_fields = {kind.key: kind.sort_field for kind in note_types}
    for note in notes:
        content = note.content
        known, sort_field = content.sorting, sort_fields[content.note_type]
        # A copy with other fields comes with what was kept of those that it had.
        if known is None or known.fields is not content.fields or known.sort_field != sort_field:
            known = sorting_by(content.fields, sort_field)
        yield known.kinds, known.values


def note_rows(notes: Sequence[Note], sortings: Iterable[tuple[bytes, bytes]], known: Known) -> Rows:
    """Return the rows of notes, in their order, with what `sortings_of` has of each."""
    fronts, texts, ends = [], [], []
    for note, (sort_kinds, values) in zip(notes, sortings, strict=True):
        content = note.content
        guid, text = note.guid.encode(), joined_fields(content.fields)
        own_kinds, own = known[content.note_type, note.mod, content.tags]
        kinds = b"".join((
            b"\0", TEXT_KINDS[len(guid)], own_kinds, TEXT_KINDS[len(text)], sort_kinds, _NO_FLAGS
        ))  # fmt: skip
        fronts.append(b"".join((head_of(kinds), kinds, guid, own)))
        texts.append(text)
        ends.append(values)
    return Rows([note.id for note in notes], (fronts, texts, ends))


def cards_of(notes: Iterable[Note], deck_ids: Mapping[str, int]) -> list[CardPlace]:
    """Return the cards of some notes."""
    cards: list[CardPlace] = []
    for note in notes:
        content = note.content
        if len(note.card_ids) == len(content.ords) == 1 and not content.card_decks:
            # Most notes have one card.
            cards.append(
                (note.card_ids[0], note.id, deck_ids[note.deck], note.due, content.ords[0], note.mod)
            )
        else:
            cards += (
                (card_id, note.id, deck_ids[deck], note.due, ord_, note.mod)
                for card_id, deck, ord_ in zip(note.card_ids, note.decks, content.ords, strict=True)
            )
    return cards


class Cards:
    """Cards column by column, so that what stands in their rows and in indexes is made once, and put in each one's order.

    Of many cards it is made whenever it is asked for, and only the numbers are held.
    """

    def __init__(self, notes: Iterable[Note], deck_ids: Mapping[str, int]) -> None:
        """Take the cards of notes, which come in the order of study or in any other."""
        self._values = tuple(array("q") for _column in range(6))
        some = iter(notes)
        while own := list(islice(some, _AT_ONCE)):
            for values, more in zip(self._values, zip(*cards_of(own, deck_ids), strict=True), strict=False):
                values.extend(more)
        ids = self._values[_ID]
        self._columns = tuple(map(column_of, self._values)) if len(ids) <= HELD_CARDS else ()
        self.by_id: Sequence[int] = array("L", sorted(range(len(ids)), key=ids.__getitem__))

    def _at(self, column: int, places: Sequence[int]) -> Column:
        """Return what the cards at some places have in a column."""
        if self._columns:
            return self._columns[column].at(places)
        return column_of(list(map(self._values[column].__getitem__, places)))

    def _in_order_of(self, column: int, places: Sequence[int]) -> list[int]:
        # Sorting keeps the order of places where the rest is the same.
        return sorted(places, key=self._values[column].__getitem__)

    def rows(self, own: Sequence[int]) -> Rows:
        """Return the rows of some of `by_id`."""
        note, deck, due, ord_, mod = (
            self._at(column, own) for column in (_NOTE, _DECK, _DUE, _ORD, _MODIFIED)
        )
        columns = (_KEY, note, deck, ord_, mod, _NEW_CARD, due, _UNSEEN)
        return Rows([self._values[_ID][at] for at in own], (records_of(columns, len(own)),))

    def entries_by_usn(self) -> list[bytes]:
        """Return the entries of the index by what was synchronised: nothing."""
        return records_of((NO_USN, self._at(_ID, self.by_id)), len(self.by_id))

    def entries_by_note(self) -> list[bytes]:
        """Return the entries of the index by notes."""
        own = self._in_order_of(_NOTE, self.by_id)
        return records_of((self._at(_NOTE, own), self._at(_ID, own)), len(own))

    def entries_by_place(self) -> list[bytes]:
        """Return the entries of the index by decks and places."""
        own = self._in_order_of(_DECK, self._in_order_of(_DUE, self.by_id))
        # Between deck and place stands the queue, which is that of new cards.
        return records_of((self._at(_DECK, own), _NEW, self._at(_DUE, own), self._at(_ID, own)), len(own))


def card_with_mod(payload: bytes, *, mod: int) -> bytes:
    """Return the row of a card with another time of its last change."""
    # All kinds in it take one byte, and so does their number.
    size = payload[0]
    kinds = payload[1:size]
    start = size + sum(SIZES[kind] for kind in kinds[:_MOD])
    kind, data = integer(mod)
    body = payload[size:start] + data + payload[start + SIZES[kinds[_MOD]] :]
    return record_of(kinds[:_MOD] + kind + kinds[_MOD + 1 :], body)
