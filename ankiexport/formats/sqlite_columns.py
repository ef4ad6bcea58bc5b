"""Many rows at once, column by column: what is the same in all of them is found once."""

import struct
from collections.abc import Sequence
from itertools import repeat
from typing import NamedTuple

from ankiexport.sqlite_records import OF_SIX, SHORT, SIZES, integer, integer_of

# Integers from here on, below there, take four bytes, such as times in seconds and half of all checksums; those from there
# on take six, such as Anki's ids and the other half.
FOUR_FROM, SIX_FROM, _SIX_BELOW = 0x80_0000, 0x8000_0000, 0x8000_0000_0000
_OF_FOUR = struct.Struct("4s")


class Column(NamedTuple):
    """The kinds and the bytes of the values of some rows, or those that are the same in all of these."""

    kind: bytes | Sequence[bytes]
    data: bytes | Sequence[bytes]

    def at(self, places: Sequence[int]) -> "Column":
        """Return the values of the rows at some places, in this order."""
        return Column(*(own if isinstance(own, bytes) else [own[at] for at in places] for own in self))


def column_of(values: Sequence[int]) -> Column:
    """Return a column of integers."""
    if not values:
        return Column(b"", b"")
    low, high = min(values), max(values)
    if low == high:
        return Column(*integer(low))
    if low >= FOUR_FROM and high < SIX_FROM:
        packed = struct.pack(f">{len(values)}i", *values)
        return Column(b"\4", [own for (own,) in _OF_FOUR.iter_unpack(packed)])
    if low >= SIX_FROM and high < _SIX_BELOW:
        packed = struct.pack(f">{len(values)}q", *values)
        return Column(b"\5", [own for (own,) in OF_SIX.iter_unpack(packed)])
    kinds, data = zip(*map(integer, values), strict=True)
    return Column(kinds, data)


def records_of(columns: Sequence[Column], count: int) -> list[bytes]:
    """Return so many rows, of which these are the columns."""
    # The kind of each integer is one byte.
    width = sum(len(column.kind) if isinstance(column.kind, bytes) else 1 for column in columns)
    pieces: list[bytes | Sequence[bytes]] = [SHORT[width + 1]]
    for piece in (*(column.kind for column in columns), *(column.data for column in columns)):
        if isinstance(piece, bytes) and isinstance(pieces[-1], bytes):
            pieces[-1] += piece
        else:
            pieces.append(piece)
    every = (repeat(piece, count) if isinstance(piece, bytes) else piece for piece in pieces)
    return list(map(b"".join, zip(*every, strict=True)))


def integers_in(record: bytes) -> tuple[int, ...]:
    """Return the values of a row of integers, each of which has a kind of one byte."""
    size = record[0]
    values, at = [], size
    for kind in record[1:size]:
        at += SIZES[kind]
        values.append(integer_of(kind, record[:at]))
    return tuple(values)
