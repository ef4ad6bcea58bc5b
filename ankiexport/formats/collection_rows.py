"""Notes and cards as the rows of Anki's tables (schema 11), in the bytes that SQLite keeps of them."""

import re
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from functools import cache

from ankiexport.anki_text import sorting_by
from ankiexport.fields import joined_fields
from ankiexport.formats.sqlite_columns import Column, column_of, records_of
from ankiexport.formats.sqlite_pages import Rows
from ankiexport.formats.sqlite_records import SIZES, Value, head_of, integer, record, record_of, varint
from ankiexport.notes import Note, NoteType, Sorting

# Texts of so many bytes are seldom of one length.
_OFTEN = 1 << 14
# What a number can begin with, for SQLite.
_NUMERIC = re.compile(r"[ \t\n\v\f\r]*[-+.0-9]")

# The kinds of a note's last two values, `flags` and `data`, and of those that a card has before and after its place.
_NO_FLAGS = b"\x08\x0d"
_NO_USN = b"\xff"
_KEY, _NEW_CARD, _UNSEEN = (
    Column(b"\0", b""), Column(b"\x01\x08\x08", _NO_USN), Column(b"\x08" * 8 + b"\x0d", b"")
)  # fmt: skip
# Where a card keeps the time of its last change.
_MOD = 4


# A card, and all that its row says: its id, its note's, its deck's, its place, the number of its card template, and when
# it was last changed. Tuples without names, for there are many.
CardPlace = tuple[int, int, int, int, int, int]


class Known:
    """Values of notes that come again, each made once."""

    def __init__(self) -> None:
        """Begin with none."""
        self._own: dict[tuple[int, int], tuple[bytes, bytes]] = {}
        self._tags: dict[tuple[str, ...], tuple[bytes, bytes]] = {}

    def own(self, type_id: int, mod: int) -> tuple[bytes, bytes]:
        """Return the kinds and the bytes of a note type, a time and the number of what was synchronised: none."""
        made = self._own.get((type_id, mod))
        if made is None:
            (type_kind, type_data), (mod_kind, mod_data) = integer(type_id), integer(mod)
            made = self._own[type_id, mod] = type_kind + mod_kind + b"\1", type_data + mod_data + _NO_USN
        return made

    def tags(self, tags: tuple[str, ...]) -> tuple[bytes, bytes]:
        """Return the kind and the bytes of a note's tags."""
        made = self._tags.get(tags)
        if made is None:
            data = f" {' '.join(tags)} ".encode() if tags else b""
            made = self._tags[tags] = _texts[len(data)], data
        return made


class _Texts(dict[int, bytes]):
    """The kinds of texts by the number of their bytes, which often comes again."""

    def __missing__(self, length: int) -> bytes:
        made = varint(13 + 2 * length)
        if length < _OFTEN:
            self[length] = made
        return made


_texts = _Texts()


def sorting_of(note: Note, note_type: NoteType) -> Sorting:
    """Return what Anki keeps of a note besides its fields, and has an index of."""
    content, known = note.content, note.content.sorting
    # A copy with other fields comes with what was kept of those that it had.
    if known and known.fields is content.fields and known.sort_field == note_type.sort_field:
        return known
    return sorting_by(content.fields, note_type.sort_field)


def note_rows(notes: Sequence[tuple[Note, Sorting]], type_ids: Mapping[str, int], known: Known) -> Rows:
    """Return the rows of notes, in their order; `type_ids` are those of note types by key."""
    fronts, texts, ends = [], [], []
    for note, sorting in notes:
        content = note.content
        guid, text = note.guid.encode(), joined_fields(content.fields)
        own_kinds, own = known.own(type_ids[content.note_type], note.mod)
        tags_kind, tags = known.tags(content.tags)
        sort_kind, sorted_by = _value(as_number(sorting.by))
        sum_kind, checksum = integer(sorting.checksum)
        kinds = b"".join((
            b"\0", _texts[len(guid)], own_kinds, tags_kind, _texts[len(text)], sort_kind, sum_kind, _NO_FLAGS
        ))  # fmt: skip
        fronts.append(b"".join((head_of(kinds), kinds, guid, own, tags)))
        texts.append(text)
        ends.append(sorted_by + checksum)
    return Rows([note.id for note, _sorting in notes], (fronts, texts, ends))


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


def card_rows(cards: Sequence[CardPlace]) -> Rows:
    """Return the rows of cards, in their order; there is one at least."""
    ids, *others = zip(*cards, strict=True)
    note, deck, due, ord_, mod = map(column_of, others)
    columns = (_KEY, note, deck, ord_, mod, _NEW_CARD, due, _UNSEEN)
    return Rows(ids, (records_of(columns, len(ids)),))


def card_with_mod(payload: bytes, *, mod: int) -> bytes:
    """Return the row of a card with another time of its last change."""
    # All kinds in it take one byte, and so does their number.
    size = payload[0]
    kinds = payload[1:size]
    start = size + sum(SIZES[kind] for kind in kinds[:_MOD])
    kind, data = integer(mod)
    body = payload[size:start] + data + payload[start + SIZES[kinds[_MOD]] :]
    return record_of(kinds[:_MOD] + kind + kinds[_MOD + 1 :], body)


def as_number(text: str) -> Value:
    """Return a text as SQLite keeps it in a column for integers: as a number, if it reads it as one."""
    # Most texts begin with a letter.
    return _as_kept(text) if text[:1] <= "9" and _NUMERIC.match(text) else text


@cache
def _as_kept(text: str) -> Value:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE kept (value INTEGER)")
        connection.execute("INSERT INTO kept VALUES (?)", (text,))
        (value,) = connection.execute("SELECT value FROM kept").fetchone()
    kept: Value = value
    return kept


def _value(value: Value) -> tuple[bytes, bytes]:
    if isinstance(value, str):
        data = value.encode()
        return _texts[len(data)], data
    # After the length, and a kind of one byte.
    data = record([value])
    return data[1:2], data[2:]
