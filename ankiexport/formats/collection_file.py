"""The collection of a package: a SQLite file with Anki's tables (schema 11), made part by part.

Each part stands for itself: one that holds notes changes only when one of these does. The file begins with the roots
of all tables and indexes and the settings; then come indexes, cards, notes, and the pages that lead to cards and notes.
"""

import sqlite3
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from hashlib import sha256
from itertools import pairwise
from operator import attrgetter, itemgetter
from typing import NamedTuple, TypeVar

from ankiexport.formats.collection_json import settings_row
from ankiexport.formats.collection_rows import NO_USN, Cards, Known, note_rows, sortings_of
from ankiexport.formats.genanki_shapes import known_shapes
from ankiexport.formats.sqlite_columns import FOUR_FROM, SIX_FROM, column_of, records_of
from ankiexport.formats.sqlite_pages import Rows, empty_table, first_page, leaves_of
from ankiexport.formats.sqlite_trees import index_tree, table_tree
from ankiexport.notes import Note, NoteType, PackagePlan
from ankiexport.sequences import Indexed, Picked
from ankiexport.sorting import checksum_of
from ankiexport.sqlite_records import record

# Rows are some thousand bytes long, so large pages have less left over; a small package is not for them.
_PAGE = 4_096
_LARGE_PAGE = 32_768
_LARGE_FROM_NOTES = 200


_T = TypeVar("_T")


class Kind(StrEnum):
    """What a part of a collection holds."""

    FRONT = "front"
    INDEXES = "indexes"
    CARDS = "cards"
    NOTES = "notes"
    BETWEEN = "between"


# The index by the checksums of first fields; its pages are the last of those of indexes.
CHECKSUMS = "ix_notes_csum"
# Rows of a table that make a part; fewer, where there are no more.
ROWS_A_PART = {Kind.CARDS: 2_048, Kind.NOTES: 64}


@dataclass(frozen=True, slots=True)
class Part:
    """Some pages of a collection, which follow each other; `last` are the last keys of those that hold rows."""

    kind: Kind
    data: bytes
    last: tuple[int, ...] = ()
    sha256: bytes = field(init=False)

    def __post_init__(self) -> None:
        """Take the SHA-256 of the pages."""
        object.__setattr__(self, "sha256", sha256(self.data).digest())


@dataclass(slots=True)
class Front:
    """The first pages of a collection, which are known when all others are: header, schema, settings, all roots.

    `roots` are the roots by the names of their tables and indexes, `children` the pages with rows below the
    others, each with its last key.
    """

    size: int
    settings: Sequence[object]
    roots: dict[str, bytes] = field(default_factory=dict)
    children: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    _overflow: bytes = b""

    def __post_init__(self) -> None:
        """Put the settings in place; what does not fit into their root follows after the roots."""
        (key, *values) = self.settings
        row = (int(str(key)), record([None, *map(_plain_value, values)]))
        leaves = leaves_of(Rows.of([row]), self.size, lambda _pages: 2 + len(_schema()))
        self.roots["col"] = leaves.pages[0]
        self._overflow = leaves.overflow

    @property
    def pages(self) -> int:
        """The number of its pages."""
        return 1 + len(_schema()) + len(self._overflow) // self.size

    def take(self, part: Part, number: int) -> None:
        """Remember the pages with rows of a part, which begins with the page of that number."""
        children = self.children.setdefault(part.kind, [])
        children += ((number + at, last) for at, last in enumerate(part.last))

    def finished(self, number: int) -> Iterator[Part]:
        """Yield what leads to the pages with rows, which begins with the page of that number, and the front."""
        between: list[bytes] = []
        for name, children in self.children.items():
            self.roots[name], others = table_tree(children, self.size, number + len(between))
            between += others
        if between:
            yield Part(Kind.BETWEEN, b"".join(between))
        schema = [(*row[:3], at, row[4]) for at, row in enumerate(_schema(), start=2)]
        roots = [self.roots.get(row[1]) or empty_table(self.size) for row in _schema()]
        first = first_page(schema, self.size, number + len(between) - 1)
        yield Part(Kind.FRONT, b"".join((first, *roots, self._overflow)))


def page_size(plan: PackagePlan) -> int:
    """Return the bytes of a page of a package's collection."""
    return _LARGE_PAGE if len(plan.notes) >= _LARGE_FROM_NOTES else _PAGE


def root_names() -> list[str]:
    """Return the names of the tables and indexes in the order of their roots, which follow the first page."""
    return [row[1] for row in _schema()]


def collection_parts(plan: PackagePlan) -> Iterator[Part]:
    """Yield the parts of the collection of a package in their order, except that the front comes last."""
    size = page_size(plan)
    front = Front(size, settings_row(plan, plan.changed))
    # First, for it goes through the notes in the order in which they lie in memory.
    cards = Cards(plan.notes, {deck.name: deck.id for deck in plan.decks})
    notes = _by_id(plan)
    number = front.pages + 1
    pages: list[bytes] = []
    for name, entries in _index_entries(notes.ids, notes.checksums, cards):
        front.roots[name], others = index_tree(entries, size, number + len(pages))
        pages += others
    if pages:
        yield Part(Kind.INDEXES, b"".join(pages))
    number += len(pages)
    del pages
    card_chunks = map(cards.rows, _chunks(cards.by_id, Kind.CARDS))
    for kind, chunks in ((Kind.CARDS, card_chunks), (Kind.NOTES, notes.rows)):
        for part in _table_parts(kind, chunks, front, number):
            number += len(part.data) // size
            yield part
    yield from front.finished(number)


class _NotesById(NamedTuple):
    """Notes in the order of ids: these, the checksums of first fields, and the rows of each part."""

    ids: Sequence[int]
    checksums: Sequence[int]
    rows: Iterator[Rows]


def _by_id(plan: PackagePlan) -> _NotesById:
    if isinstance(plan.notes, Indexed):
        return _by_id_one_at_a_time(plan.notes, plan.note_types)
    known = Known(plan.note_types)
    notes = sorted(plan.notes, key=attrgetter("id"))
    sortings = list(sortings_of(notes, plan.note_types))
    rows = (
        note_rows(own, with_sortings, known)
        for own, with_sortings in zip(_chunks(notes, Kind.NOTES), _chunks(sortings, Kind.NOTES), strict=True)
    )
    ids, checksums = array("q", [note.id for note in notes]), array("q", map(checksum_of, sortings))
    return _NotesById(ids, checksums, rows)


def _by_id_one_at_a_time(notes: Sequence[Note], note_types: Sequence[NoteType]) -> _NotesById:
    """Return notes of which none is held: they are read from the disk, and fastest in their own order."""
    known = Known(note_types)
    ids, checksums = array("q"), array("q")
    for own in _chunks(notes, Kind.NOTES):
        ids.extend(note.id for note in own)
        checksums.extend(map(checksum_of, sortings_of(own, note_types)))
    order = array("L", sorted(range(len(ids)), key=ids.__getitem__))
    rows = (
        note_rows(own, sortings_of(own, note_types), known)
        for own in _chunks(Picked(order, notes), Kind.NOTES)
    )
    return _NotesById(
        array("q", map(ids.__getitem__, order)), array("q", map(checksums.__getitem__, order)), rows
    )


def _chunks(found: Sequence[_T], kind: Kind) -> Iterator[Sequence[_T]]:
    """Yield what makes a part each, of what a table has a row for."""
    step = ROWS_A_PART[kind]
    return (found[at : at + step] for at in range(0, len(found), step))


def table_part(kind: Kind, rows: Rows, size: int, number: int) -> Part:
    """Return the part of a collection with some rows of a table, which begins with the page of that number."""
    leaves = leaves_of(rows, size, lambda pages: number + pages)
    return Part(kind, leaves.data, leaves.last)


def _table_parts(kind: Kind, chunks: Iterator[Rows], front: Front, number: int) -> Iterator[Part]:
    chunk, following = next(chunks, None), next(chunks, None)
    if chunk and not following:
        leaves = leaves_of(chunk, front.size, lambda _pages: number)
        if len(leaves.last) == 1:
            # A single page is the root.
            front.roots[kind] = leaves.pages[0]
            if leaves.overflow:
                yield Part(kind, leaves.overflow)
            return
    while chunk:
        part = table_part(kind, chunk, front.size, number)
        front.take(part, number)
        number += len(part.data) // front.size
        yield part
        chunk, following = following, next(chunks, None)


def _index_entries(
    ids: Sequence[int], checksums: Sequence[int], cards: Cards
) -> Iterator[tuple[str, Sequence[bytes]]]:
    """Yield the entries of each index, in order: what each is by, and the key of the row.

    `ids` are those of notes, in order. No index is by what an edit of texts changes, but the last: another such one would have
    to be made anew by `apkg_edit`, too.
    """
    yield "ix_notes_usn", records_of((NO_USN, column_of(ids)), len(ids))
    yield "ix_cards_usn", cards.entries_by_usn()
    yield "ix_revlog_usn", ()
    yield "ix_cards_nid", cards.entries_by_note()
    yield "ix_cards_sched", cards.entries_by_place()
    yield "ix_revlog_cid", ()
    # Sorting keeps the order of ids where checksums are the same.
    yield CHECKSUMS, checksum_entries(sorted(zip(checksums, ids, strict=True), key=itemgetter(0)))


def checksum_entries(found: Sequence[tuple[int, int]]) -> Sequence[bytes]:
    """Return the entries of the index by checksums: these and the ids of notes, in order."""
    # Nearly half of them take four bytes, and half of them six.
    bounds = (0, bisect_left(found, (FOUR_FROM,)), bisect_left(found, (SIX_FROM,)), len(found))
    entries: list[bytes] = []
    for own in (found[start:end] for start, end in pairwise(bounds)):
        columns = [column_of([checksum for checksum, _id in own]), column_of([key for _checksum, key in own])]
        entries += records_of(columns, len(own))
    return entries


def _plain_value(value: object) -> int | float | str:
    if isinstance(value, int | float | str):
        return value
    raise TypeError(value)


@cache
def _schema() -> Sequence[tuple[str, str, str, int, str]]:
    """Return the rows of the table of tables and indexes, as SQLite itself keeps them."""
    shapes = known_shapes()
    with closing(sqlite3.connect(":memory:")) as connection:
        for statement in (*shapes.tables, *shapes.indexes):
            connection.execute(statement)
        return connection.execute(
            "SELECT type, name, tbl_name, rootpage, sql FROM sqlite_schema ORDER BY rowid"
        ).fetchall()
