"""Notes and cards as the rows of Anki's tables (schema 11), in the bytes that SQLite keeps of them."""

from collections.abc import Iterable, Mapping, Sequence

from ankiexport.fields import joined_fields
from ankiexport.formats.sqlite_columns import Column, column_of, records_of
from ankiexport.formats.sqlite_pages import Rows
from ankiexport.notes import Note, NoteType, Sorting
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


def sortings_of(notes: Iterable[Note], note_types: Iterable[NoteType]) -> list[Sorting]:
    """Return what Anki keeps of each of some notes besides its fields, and has an index of."""
    sort_fields = {kind.key: kind.sort_field for kind in note_types}
    found = []
    for note in notes:
        content = note.content
        known, sort_field = content.sorting, sort_fields[content.note_type]
        # A copy with other fields comes with what was kept of those that it had.
        if known is None or known.fields is not content.fields or known.sort_field != sort_field:
            known = sorting_by(content.fields, sort_field)
        found.append(known)
    return found


def note_rows(notes: Sequence[Note], sortings: Sequence[Sorting], known: Known) -> Rows:
    """Return the rows of notes, in their order."""
    fronts, texts, ends = [], [], []
    for note, (sort_kinds, values, *_of) in zip(notes, sortings, strict=True):
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
    """Cards column by column, so that what stands in their rows and in indexes is made once, and put in each one's order."""

    def __init__(self, cards: Sequence[CardPlace]) -> None:
        """Take cards in the order of study, or in any other."""
        columns: Iterable[Sequence[int]] = zip(*cards, strict=True) if cards else ((),) * 6
        self._ids, self._note_ids, self._deck_ids, self._dues, ords, mods = columns
        self._id, self._note, self._deck = map(column_of, (self._ids, self._note_ids, self._deck_ids))
        self._due, self._ord, self._mod = map(column_of, (self._dues, ords, mods))
        self.by_id: Sequence[int] = sorted(range(len(cards)), key=self._ids.__getitem__)

    def rows(self, own: Sequence[int]) -> Rows:
        """Return the rows of some of `by_id`."""
        note, deck, due, ord_, mod = (
            column.at(own) for column in (self._note, self._deck, self._due, self._ord, self._mod)
        )
        columns = (_KEY, note, deck, ord_, mod, _NEW_CARD, due, _UNSEEN)
        return Rows([self._ids[at] for at in own], (records_of(columns, len(own)),))

    def entries_by_usn(self) -> list[bytes]:
        """Return the entries of the index by what was synchronised: nothing."""
        return records_of((NO_USN, self._id.at(self.by_id)), len(self._ids))

    def entries_by_note(self) -> list[bytes]:
        """Return the entries of the index by notes."""
        # Sorting keeps the order of ids where the rest is the same.
        own = sorted(self.by_id, key=self._note_ids.__getitem__)
        return records_of((self._note.at(own), self._id.at(own)), len(own))

    def entries_by_place(self) -> list[bytes]:
        """Return the entries of the index by decks and places."""
        keys = list(zip(self._deck_ids, self._dues, self._ids, strict=True))
        own = sorted(range(len(keys)), key=keys.__getitem__)
        # Between deck and place stands the queue, which is that of new cards.
        return records_of((self._deck.at(own), _NEW, self._due.at(own), self._id.at(own)), len(own))


def card_with_mod(payload: bytes, *, mod: int) -> bytes:
    """Return the row of a card with another time of its last change."""
    # All kinds in it take one byte, and so does their number.
    size = payload[0]
    kinds = payload[1:size]
    start = size + sum(SIZES[kind] for kind in kinds[:_MOD])
    kind, data = integer(mod)
    body = payload[size:start] + data + payload[start + SIZES[kinds[_MOD]] :]
    return record_of(kinds[:_MOD] + kind + kinds[_MOD + 1 :], body)
