"""SQLite's file format, as much of it as a database needs that is written once, in order, and never changed.

A database written by these functions is the same bytes with every version of SQLite, and a part of it can be replaced
without the rest. Format: https://www.sqlite.org/fileformat2.html
"""

import struct
import sys
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

_INDEX_INTERIOR, _TABLE_INTERIOR, _INDEX_LEAF, _TABLE_LEAF = 2, 5, 10, 13
_HEADER_BYTES = 100
_LEAF_HEAD, _INTERIOR_HEAD, _POINTER, _CHILD = 8, 12, 2, 4
# The bounds of integers, the bytes that they take in a record, and their kind.
_INTEGERS = (
    (0x80, 1, b"\1"), (0x8000, 2, b"\2"), (0x80_0000, 3, b"\3"), (0x8000_0000, 4, b"\4"),
    (0x8000_0000_0000, 6, b"\5"), (0x8000_0000_0000_0000, 8, b"\6"),
)  # fmt: skip
_ZERO, _ONE = b"\x08", b"\x09"
_SHORT = [bytes((length,)) for length in range(0x80)]
_FLOAT, _FIRST_BLOB, _FIRST_TEXT = 7, 12, 13
# Of any version of SQLite that reads this: what a database says that wrote it.
_VERSION = 3_053_755

Row = tuple[int, bytes]
Value = int | float | str | None


def varint(number: int) -> bytes:
    """Return an integer in SQLite's own variable length, one to nine bytes."""
    if 0 <= number < 0x80:
        return bytes((number,))
    if 0 <= number < 0x4000:
        return bytes((0x80 | number >> 7, number & 0x7F))
    if 1 << 35 <= number < 1 << 42:
        # Anki's ids are times in milliseconds.
        high, low = number >> 21, number & 0x1F_FFFF
        return bytes(
            (
                0x80 | high >> 14, 0x80 | high >> 7 & 0x7F, 0x80 | high & 0x7F,
                0x80 | low >> 14, 0x80 | low >> 7 & 0x7F, low & 0x7F,
            )
        )  # fmt: skip
    number &= 0xFFFF_FFFF_FFFF_FFFF
    if number >> 56:
        return bytes((*(0x80 | number >> shift & 0x7F for shift in range(57, 7, -7)), number & 0xFF))
    parts = [number & 0x7F]
    while number := number >> 7:
        parts.append(0x80 | number & 0x7F)
    return bytes(reversed(parts))


def integer(value: int) -> tuple[bytes, bytes]:
    """Return the kind and the bytes of an integer in a record; it has 64 bits at most."""
    if value in {0, 1}:
        return _ONE if value else _ZERO, b""
    if 0x8000_0000 <= value < 0x8000_0000_0000:
        return b"\5", value.to_bytes(6, "big")
    _limit, size, kind = next(known for known in _INTEGERS if -known[0] <= value < known[0])
    return kind, value.to_bytes(size, "big", signed=True)


class Integers(dict[int, tuple[bytes, bytes]]):
    """The kinds and bytes of integers, made once for those that come again."""

    def __missing__(self, value: int) -> tuple[bytes, bytes]:
        """Return the kind and the bytes of an integer that comes for the first time."""
        made = self[value] = integer(value)
        return made

    def record(self, values: Iterable[int]) -> bytes:
        """Return integers as a row."""
        kinds = data = b""
        for value in values:
            kind, own = self[value]
            kinds += kind
            data += own
        return _SHORT[len(kinds) + 1] + kinds + data


def record(values: Iterable[Value]) -> bytes:
    """Return the values of a row; None stands for the key of a table whose rows it numbers, too."""
    kinds, body = bytearray(), bytearray()
    for value in values:
        if value is None:
            kinds.append(0)
        elif isinstance(value, int):
            kind, data = integer(value)
            kinds += kind
            body += data
        elif isinstance(value, float):
            kinds.append(_FLOAT)
            body += struct.pack(">d", value)
        else:
            data = value.encode()
            kinds += varint(_FIRST_TEXT + 2 * len(data))
            body += data
    return record_of(bytes(kinds), bytes(body))


def record_of(kinds: bytes, body: bytes) -> bytes:
    """Return a row of which the kinds of values and their bytes are known."""
    # The length counts itself.
    size = len(kinds) + 1
    return b"".join((varint(size if size < 0x80 else size + 1), kinds, body))


@dataclass(frozen=True, slots=True)
class Leaves:
    """Pages with rows of a table: the last key in each, and after them what is too long for a page of its own."""

    pages: tuple[bytes, ...]
    last: tuple[int, ...]
    overflow: tuple[bytes, ...]

    @property
    def data(self) -> bytes:
        """All pages."""
        return b"".join((*self.pages, *self.overflow))


def leaves_of(rows: Iterable[Row], size: int, overflow_at: Callable[[int], int]) -> Leaves:
    """Return pages of `size` bytes with rows, which come in the order of their keys, as few as will do.

    `overflow_at` tells the number of the page at which long rows go on, from the number of pages before.
    """
    cells: list[tuple[int, bytes, bytes]] = []
    pages: list[list[tuple[int, bytes, bytes]]] = []
    left = 0
    for key, payload in rows:
        local = _local(len(payload), size)
        head = varint(len(payload)) + varint(key)
        cell = head + payload[:local]
        needs = len(cell) + _POINTER + (_CHILD if local < len(payload) else 0)
        if needs > left:
            cells = []
            pages.append(cells)
            left = size - _LEAF_HEAD
        left -= needs
        cells.append((key, cell, payload[local:]))
    number = overflow_at(len(pages))
    made, overflow = [], []
    for page in pages:
        own = []
        for _key, cell, rest in page:
            if rest:
                chain = list(_chain(rest, size, number))
                own.append(cell + number.to_bytes(_CHILD, "big"))
                number += len(chain)
                overflow += chain
            else:
                own.append(cell)
        made.append(_page(_TABLE_LEAF, own, size))
    return Leaves(tuple(made), tuple(page[-1][0] for page in pages), tuple(overflow))


def rows_in(data: bytes, size: int) -> Iterator[Row]:
    """Yield the rows of leaves, in order; raises `ValueError` at one that goes on at another page."""
    for start in range(0, len(data), size):
        (count,) = struct.unpack_from(">H", data, start + 3)
        for offset in struct.unpack_from(f">{count}H", data, start + _LEAF_HEAD):
            length, at = _read_varint(data, start + offset)
            key, at = _read_varint(data, at)
            if _local(length, size) != length:
                message = f"the row {key} is longer than a page"
                raise ValueError(message)
            yield key, data[at : at + length]


def table_tree(children: Sequence[tuple[int, int]], size: int, number: int) -> tuple[bytes, list[bytes]]:
    """Return the root over leaves of a table (each page's number and last key), and the pages between them.

    These have the numbers from `number` on. There are two leaves at least.
    """
    # The longest key has nine bytes.
    most = (size - _INTERIOR_HEAD) // (_CHILD + 9 + _POINTER)
    between: list[bytes] = []
    while len(children) > most:
        groups = list(_evenly(children, most))
        between += [_table_interior(group, size) for group in groups]
        children = [(number + at, group[-1][1]) for at, group in enumerate(groups)]
        number += len(groups)
    return _table_interior(children, size), between


def index_tree(entries: Sequence[bytes], size: int, number: int) -> tuple[bytes, list[bytes]]:
    """Return the root of an index over entries (records of integers, in order), and its other pages.

    These are numbered from `number` on.
    """
    # Keys of integers are short.
    cells = [_SHORT[len(entry)] + entry for entry in entries]
    groups, dividers = _divided(cells, size - _LEAF_HEAD, 0)
    pages = [_page(_INDEX_LEAF, group, size) for group in groups]
    others: list[bytes] = []
    while len(pages) > 1:
        children = [(number + at).to_bytes(_CHILD, "big") for at in range(len(pages))]
        others += pages
        number += len(pages)
        groups, above = _divided(dividers, size - _INTERIOR_HEAD, _CHILD)
        pages = []
        for group in groups:
            own, children = children[: len(group) + 1], children[len(group) + 1 :]
            held = [child + cell for child, cell in zip(own, group, strict=False)]
            pages.append(_page(_INDEX_INTERIOR, held, size, right=own[-1]))
        dividers = above
    return pages[0], others


def empty_table(size: int) -> bytes:
    """Return the root of a table without rows."""
    return _page(_TABLE_LEAF, (), size)


def first_page(schema: Sequence[Sequence[Value]], size: int, pages: int) -> bytes:
    """Return the first page: the header of a database of so many pages, and its schema.

    Raises `ValueError` when the schema is longer than a page.
    """
    cells = []
    for key, row in enumerate(schema, start=1):
        payload = record(row)
        cells.append(varint(len(payload)) + varint(key) + payload)
    if sum(len(cell) + _POINTER for cell in cells) > size - _HEADER_BYTES - _LEAF_HEAD:
        message = "the schema is longer than a page"
        raise ValueError(message)
    # Versions 1; fractions as demanded; a change counter of 1, for which the number of pages holds; schema
    # format 4; UTF-8.
    head = struct.pack(
        ">16sHBBBBBB12I20sII",
        b"SQLite format 3\0", size, 1, 1, 0, 64, 32, 32, 1, pages, 0, 0, len(schema), 4, 0, 0, 1, 0, 0, 0, b"", 1, _VERSION,
    )  # fmt: skip
    return head + _page(_TABLE_LEAF, cells, size, at=_HEADER_BYTES)


def _local(length: int, size: int) -> int:
    """Return how many bytes of a row stay in its leaf."""
    if length <= size - 35:
        return length
    least = (size - 12) * 32 // 255 - 23
    local = least + (length - least) % (size - _CHILD)
    return local if local <= size - 35 else least


def _chain(rest: bytes, size: int, number: int) -> Iterator[bytes]:
    step = size - _CHILD
    for start in range(0, len(rest), step):
        number += 1
        following = number if start + step < len(rest) else 0
        yield (following.to_bytes(_CHILD, "big") + rest[start : start + step]).ljust(size, b"\0")


def _page(kind: int, cells: Sequence[bytes], size: int, *, right: bytes = b"", at: int = 0) -> bytes:
    """Return a page; `right` is its last child, and `at` the bytes that are taken before it."""
    content = b"".join(cells)
    start = size - len(content)
    pointers = array("H", accumulate((len(cell) for cell in cells[:-1]), initial=start) if cells else ())
    if sys.byteorder == "little":
        pointers.byteswap()
    head = struct.pack(">BHHHB", kind, 0, len(cells), start % 0x1_0000, 0) + right + pointers.tobytes()
    return head.ljust(size - at - len(content), b"\0") + content


def _table_interior(children: Sequence[tuple[int, int]], size: int) -> bytes:
    cells = [page.to_bytes(_CHILD, "big") + varint(last) for page, last in children[:-1]]
    return _page(_TABLE_INTERIOR, cells, size, right=children[-1][0].to_bytes(_CHILD, "big"))


def _evenly(children: Sequence[tuple[int, int]], most: int) -> Iterator[Sequence[tuple[int, int]]]:
    """Yield groups of about one size, so that none has only one child."""
    count = -(-len(children) // most)
    bounds = [len(children) * at // count for at in range(count + 1)]
    return (children[start:end] for start, end in pairwise(bounds))


def _divided(cells: Sequence[bytes], room: int, more: int) -> tuple[list[Sequence[bytes]], list[bytes]]:
    """Return cells in groups that fit into pages, and the cells between the groups; each takes `more` bytes with it."""
    groups: list[Sequence[bytes]] = []
    dividers: list[bytes] = []
    start, left = 0, room
    for at, cell in enumerate(cells):
        needs = len(cell) + _POINTER + more
        if needs > left and at + 1 < len(cells):
            groups.append(cells[start:at])
            dividers.append(cell)
            start, left = at + 1, room
        elif needs > left:
            # The last one cannot divide, for nothing comes after it: the one before it does.
            groups.append(cells[start : at - 1])
            dividers.append(cells[at - 1])
            start = at
        else:
            left -= needs
    return [*groups, cells[start:]], dividers


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    number = 0
    for index in range(at, at + 8):
        byte = data[index]
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            return number, index + 1
    number = number << 8 | data[at + 8]
    return number - (number >> 63 << 64), at + 9
