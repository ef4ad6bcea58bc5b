"""The trees over rows and indexes: the pages that lead to others, and those of indexes, in SQLite's file format."""

import struct
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, pairwise

from ankiexport.formats.sqlite_pages import CHILD, LEAF_HEAD, POINTER, page_head, page_of
from ankiexport.sqlite_records import SHORT, varint

_INDEX_INTERIOR, _TABLE_INTERIOR, _INDEX_LEAF = 2, 5, 10
_INTERIOR_HEAD = LEAF_HEAD + CHILD


def table_tree(children: Sequence[tuple[int, int]], size: int, number: int) -> tuple[bytes, list[bytes]]:
    """Return the root over leaves of a table (each page's number and last key), and the pages between them.

    These have the numbers from `number` on. There are two leaves at least.
    """
    # The longest key has nine bytes.
    most = (size - _INTERIOR_HEAD) // (CHILD + 9 + POINTER)
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
    pages, dividers = _index_leaves(entries, size)
    others: list[bytes] = []
    while len(pages) > 1:
        children = [(number + at).to_bytes(CHILD) for at in range(len(pages))]
        others += pages
        number += len(pages)
        cells, pages = list(map(bytes.__add__, children, dividers)), []
        groups = list(
            _divided(list(accumulate(len(cell) + POINTER for cell in cells)), size - _INTERIOR_HEAD)
        )
        for start, end in groups:
            pages.append(page_of(_INDEX_INTERIOR, cells[start:end], size, right=children[end]))
        dividers = [dividers[end] for _start, end in groups[:-1]]
    return pages[0], others


def index_entries(root: bytes, page: Callable[[int], bytes]) -> Iterator[bytes]:
    """Yield the entries of an index, in order; `page` gives the page of a number."""
    (count,) = struct.unpack_from(">H", root, 3)
    is_leaf = root[0] == _INDEX_LEAF
    head, skip = (LEAF_HEAD, 0) if is_leaf else (_INTERIOR_HEAD, CHILD)
    for at in struct.unpack_from(f">{count}H", root, head):
        if not is_leaf:
            yield from index_entries(page(int.from_bytes(root[at : at + CHILD])), page)
        # Records of integers are short.
        start = at + skip + 1
        yield root[start : start + root[start - 1]]
    if not is_leaf:
        yield from index_entries(page(int.from_bytes(root[LEAF_HEAD:_INTERIOR_HEAD])), page)


def first_below(root: bytes, page: Callable[[int], bytes]) -> int | None:
    """Return the number of the first page of an index besides its root, if there is any; `page` gives that of a number."""
    number = None
    while root[0] != _INDEX_LEAF:
        (at,) = struct.unpack_from(">H", root, _INTERIOR_HEAD)
        number = int.from_bytes(root[at : at + CHILD])
        root = page(number)
    return number


def _index_leaves(entries: Sequence[bytes], size: int) -> tuple[list[bytes], list[bytes]]:
    """Return the lowest pages of an index, and the cells between them."""
    lengths = list(map(len, entries))
    # Records of integers are short.
    if len(set(lengths)) == 1:
        head, length = SHORT[lengths[0]], lengths[0] + 1
        data = head.join((b"", *entries))
        ends: Sequence[int] = range(length + POINTER, len(entries) * (length + POINTER) + 1, length + POINTER)
        groups = list(_divided(ends, size - LEAF_HEAD))
        pages = [
            page_head(_INDEX_LEAF, (length,) * (end - start), size) + data[start * length : end * length]
            for start, end in groups
        ]
        return pages, [head + entries[end] for _start, end in groups[:-1]]
    cells = [SHORT[len(entry)] + entry for entry in entries]
    groups = list(_divided(list(accumulate(length + 1 + POINTER for length in lengths)), size - LEAF_HEAD))
    pages = [page_of(_INDEX_LEAF, cells[start:end], size) for start, end in groups]
    return pages, [cells[end] for _start, end in groups[:-1]]


def _table_interior(children: Sequence[tuple[int, int]], size: int) -> bytes:
    cells = [page.to_bytes(CHILD) + varint(last) for page, last in children[:-1]]
    return page_of(_TABLE_INTERIOR, cells, size, right=children[-1][0].to_bytes(CHILD))


def _evenly(children: Sequence[tuple[int, int]], most: int) -> Iterator[Sequence[tuple[int, int]]]:
    """Yield groups of about one size, so that none has only one child."""
    count = -(-len(children) // most)
    bounds = [len(children) * at // count for at in range(count + 1)]
    return (children[start:end] for start, end in pairwise(bounds))


def _divided(ends: Sequence[int], room: int) -> Iterator[tuple[int, int]]:
    """Yield where groups of cells that fit into pages begin and end; one cell between them divides them.

    `ends` are the bytes that cells take together with those before them.
    """
    start = 0
    while (end := bisect_right(ends, (ends[start - 1] if start else 0) + room, start)) < len(ends):
        # The last one cannot divide, for nothing comes after it: the one before it does.
        end -= end + 1 == len(ends)
        yield start, end
        start = end + 1
    yield start, len(ends)
