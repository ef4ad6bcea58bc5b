"""SQLite's file format, as much of it as a database needs that is written once, in order, and never changed.

A database written by these functions is the same bytes with every version of SQLite, and a part of it can be replaced
without the rest. Format: https://www.sqlite.org/fileformat2.html
"""

import struct
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from operator import add
from typing import NamedTuple

from ankiexport.sqlite_records import Lengths, Value, read_varint, record, varint, varints

TABLE_LEAF = 13
LEAF_HEAD, POINTER, CHILD = 8, 2, 4
_HEADER_BYTES = 100
# A row stays in its leaf as a whole if a page has so many bytes more.
_NOT_LOCAL = 35
# Of any version of SQLite that reads this: what a database says that wrote it.
_VERSION = 3_053_755

Row = tuple[int, bytes]

# Of rows: those that are longer than a page are few.
_lengths = Lengths()


@dataclass(frozen=True, slots=True)
class Leaves:
    """Pages with rows of a table, and after them what is too long for a page of its own; the last key in each leaf."""

    data: bytes
    size: int
    last: tuple[int, ...]

    @property
    def pages(self) -> tuple[bytes, ...]:
        """The leaves."""
        ends = range(self.size, len(self.last) * self.size + 1, self.size)
        return tuple(self.data[end - self.size : end] for end in ends)

    @property
    def overflow(self) -> bytes:
        """The pages after the leaves."""
        return self.data[len(self.last) * self.size :]


class Rows(NamedTuple):
    """Rows in the order of their keys: each is what stands in some columns at its place, one after the other."""

    keys: Sequence[int]
    columns: Sequence[Sequence[bytes]]

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "Rows":
        """Return rows that are whole."""
        rows = list(rows)
        return cls([row[0] for row in rows], ([row[1] for row in rows],))


def leaves_of(rows: Rows, size: int, overflow_at: Callable[[int], int]) -> Leaves:
    """Return pages of `size` bytes with rows, as few as will do.

    `overflow_at` tells the number of the page at which long rows go on, from the number of pages before.
    """
    keys, (first, *others) = rows
    sizes = list(map(len, first))
    for column in others:
        sizes = list(map(add, sizes, map(len, column)))
    columns = [list(first), *map(list, others)]
    heads = list(map(add, map(_lengths.__getitem__, sizes), varints(keys)))
    long = [at for at, length in enumerate(sizes) if length > size - _NOT_LOCAL]
    for at in long:
        sizes[at] = _local(sizes[at], size) + CHILD
    sizes = list(map(add, sizes, map(len, heads)))
    bounds = _bounds(sizes, size - LEAF_HEAD)
    overflow = _cut(columns, long, size, overflow_at(len(bounds))) if long else ()
    # Each row after its head.
    step = 1 + len(columns)
    pieces = [b""] * (step * len(keys))
    for place, column in enumerate((heads, *columns)):
        pieces[place::step] = column
    pages: list[bytes] = []
    for at, end in bounds:
        own = sizes[at:end]
        pages.append(page_head(TABLE_LEAF, own, size))
        pages += pieces[step * at : step * end]
    # All at once: what rows hold is copied only here.
    return Leaves(b"".join((*pages, *overflow)), size, tuple(keys[end - 1] for _at, end in bounds))


def _bounds(sizes: Sequence[int], room: int) -> list[tuple[int, int]]:
    """Return where pages begin and end in cells of some sizes."""
    ends = list(accumulate(map(POINTER.__add__, sizes)))
    bounds: list[tuple[int, int]] = []
    at = taken = 0
    while at < len(sizes):
        end = bisect_right(ends, taken + room, at)
        bounds.append((at, end))
        at, taken = end, ends[end - 1]
    return bounds


def _cut(columns: Sequence[list[bytes]], long: Iterable[int], size: int, number: int) -> list[bytes]:
    """Cut long rows where they go on at another page, and return these pages, the first of which has that number."""
    overflow: list[bytes] = []
    for at in long:
        payload = b"".join(column[at] for column in columns)
        local = _local(len(payload), size)
        for column in columns:
            column[at] = b""
        columns[0][at] = payload[:local] + (number + len(overflow)).to_bytes(CHILD)
        overflow += _chain(payload[local:], size, number + len(overflow))
    return overflow


def rows_in(data: bytes, size: int) -> Iterator[Row]:
    """Yield the rows of leaves, in order; raises `ValueError` at one that goes on at another page."""
    for start in range(0, len(data), size):
        (count,) = struct.unpack_from(">H", data, start + 3)
        for offset in struct.unpack_from(f">{count}H", data, start + LEAF_HEAD):
            length, at = read_varint(data, start + offset)
            key, at = read_varint(data, at)
            if _local(length, size) != length:
                message = f"the row {key} is longer than a page"
                raise ValueError(message)
            yield key, data[at : at + length]


def empty_table(size: int) -> bytes:
    """Return the root of a table without rows."""
    return page_of(TABLE_LEAF, (), size)


def first_page(schema: Sequence[Sequence[Value]], size: int, pages: int) -> bytes:
    """Return the first page: the header of a database of so many pages, and its schema.

    Raises `ValueError` when the schema is longer than a page.
    """
    cells = []
    for key, row in enumerate(schema, start=1):
        payload = record(row)
        cells.append(varint(len(payload)) + varint(key) + payload)
    if sum(len(cell) + POINTER for cell in cells) > size - _HEADER_BYTES - LEAF_HEAD:
        message = "the schema is longer than a page"
        raise ValueError(message)
    # Versions 1; fractions as demanded; a change counter of 1, for which the number of pages holds; schema
    # format 4; UTF-8.
    head = struct.pack(
        ">16sHBBBBBB12I20sII",
        b"SQLite format 3\0", size, 1, 1, 0, 64, 32, 32, 1, pages, 0, 0, len(schema), 4, 0, 0, 1, 0, 0, 0, b"", 1, _VERSION,
    )  # fmt: skip
    return head + page_of(TABLE_LEAF, cells, size, at=_HEADER_BYTES)


def _local(length: int, size: int) -> int:
    """Return how many bytes of a row stay in its leaf."""
    if length <= size - _NOT_LOCAL:
        return length
    least = (size - 12) * 32 // 255 - 23
    local = least + (length - least) % (size - CHILD)
    return local if local <= size - _NOT_LOCAL else least


def _chain(rest: bytes, size: int, number: int) -> Iterator[bytes]:
    step = size - CHILD
    for start in range(0, len(rest), step):
        number += 1
        following = number if start + step < len(rest) else 0
        yield (following.to_bytes(CHILD, "big") + rest[start : start + step]).ljust(size, b"\0")


def page_of(kind: int, cells: Sequence[bytes], size: int, *, right: bytes = b"", at: int = 0) -> bytes:
    """Return a page with cells; `right` is its last child, and `at` the bytes that are taken before it."""
    return b"".join((page_head(kind, list(map(len, cells)), size, right=right, at=at), *cells))


def page_head(kind: int, sizes: Sequence[int], size: int, *, right: bytes = b"", at: int = 0) -> bytes:
    """Return a page without its cells, which have some sizes and come after it."""
    start, count = size - sum(sizes), len(sizes)
    pointers = accumulate(sizes[:-1], initial=start) if sizes else ()
    head = _head_with(count, len(right)).pack(kind, 0, count, start % 0x1_0000, 0, right, *pointers)
    return head.ljust(start - at, b"\0")


@cache
def _head_with(count: int, right: int) -> struct.Struct:
    """Return the shape of the head of a page with so many cells, whose last child has so many bytes."""
    return struct.Struct(f">BHHHB{right}s{count}H")
