"""A package of which some notes have other texts now, made from the one that was written before.

Only the parts that hold these notes and their cards are made anew, and those that lead to them; all others are
copied as they are. What comes out is, byte for byte, what `write_apkg` writes.
"""

import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO

from ankiexport.deflaters import ZLIB, Deflater
from ankiexport.formats.apkg import Packed, PackedPart, packed_part, write_parts
from ankiexport.formats.collection_file import (
    CHECKSUMS,
    Front,
    Kind,
    Part,
    checksum_entries,
    root_names,
    table_part,
)
from ankiexport.formats.collection_json import settings_row
from ankiexport.formats.collection_rows import Known, card_with_mod, note_rows, sortings_of
from ankiexport.formats.sqlite_columns import integers_in
from ankiexport.formats.sqlite_pages import Rows, leaves_of, rows_in
from ankiexport.formats.sqlite_trees import first_below, index_entries, index_tree
from ankiexport.formats.zip_parts import Deflated, data_offset, deflate, entry_data, inflate
from ankiexport.notes import MediaFile, Note, PackagePlan
from ankiexport.sorting import checksum_of

# New payloads of rows by their keys, made of the old ones.
_Change = Callable[[bytes], bytes]
_Changes = Mapping[int, _Change]


class CannotEdit(Exception):  # noqa: N818 - it is no error: the package is made anew
    """The package has to be made anew."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """A package that was written: what it says apart from its notes, when it was last changed, and its parts.

    `covers` are the levels of its notes, each with whether they are facts.
    """

    head: PackagePlan
    changed: int
    covers: frozenset[tuple[str, bool]]
    media: tuple[MediaFile, ...]
    packed: Packed


def shipped(plan: PackagePlan, packed: Packed) -> Shipped:
    """Return what there is to know of a package that was written, to edit it later."""
    covers = frozenset((note.content.level, note.content.is_fact) for note in plan.notes)
    return Shipped(replace(plan, notes=()), plan.changed, covers, plan.media, packed)


def edit_apkg(
    before: Shipped,
    source: Path,
    notes: Sequence[Note],
    target: Path,
    deflater: Deflater = ZLIB,
    *,
    firsts_stay: bool = False,
) -> Shipped:
    """Write a package with other contents and times of some of its notes; `firsts_stay` says that no first field is another.

    `deflater` is what has deflated the source. Their ids, cards and media are as they were; of their places in the order of study nothing is known here. Raises `CannotEdit` when the package has to be made anew, and `OSError`.
    """
    changed = max(before.changed, *(note.mod for note in notes))
    with zipfile.ZipFile(source) as archive, source.open("rb") as file:
        collection, *others = archive.infolist()
        edit = _Edit(before, file, collection.header_offset, changed, deflater)
        changes, checksums = _changes_of(before.head, notes)
        # The index by checksums is as long as the package, and only looked at where it may be another.
        parts = edit.edited(changes, {} if firsts_stay else checksums)
        packed = write_parts(
            [part for part, _made in parts],
            edit.chunks(parts),
            ((entry.filename, [_as_it_is(file, entry)], entry.file_size) for entry in others),
            before.media,
            target,
        )
    return replace(before, changed=changed, packed=packed)


def _changes_of(
    head: PackagePlan, notes: Sequence[Note]
) -> tuple[Mapping[Kind, _Changes], Mapping[int, int]]:
    """Return the changes of rows, and the checksums of notes."""
    known = Known(head.note_types)
    rows: dict[int, _Change] = {}
    cards: dict[int, _Change] = {}
    checksums: dict[int, int] = {}
    for note, sorting in zip(notes, sortings_of(notes, head.note_types), strict=True):
        checksums[note.id] = checksum_of(sorting)
        columns = note_rows([note], [sorting], known).columns
        rows[note.id] = partial(_replaced, b"".join(column[0] for column in columns))
        cards.update((card, partial(card_with_mod, mod=note.mod)) for card in note.card_ids)
    return {Kind.CARDS: cards, Kind.NOTES: rows}, checksums


def _replaced(payload: bytes, _old: bytes) -> bytes:
    return payload


def _as_it_is(file: BinaryIO, entry: zipfile.ZipInfo) -> Deflated:
    return Deflated(entry_data(file, entry.header_offset, entry.compress_size), entry.file_size, entry.CRC)


# A part, and what it is in its deflated form if it is another one than before, else where that begins.
_Edited = tuple[PackedPart, bytes | int]


class _Edit:
    """One package that is being edited."""

    def __init__(
        self, before: Shipped, file: BinaryIO, offset: int, changed: int, deflater: Deflater
    ) -> None:
        """Read the front, and make it anew but for its roots."""
        self._parts = before.packed.parts
        self._file = file
        self._deflater = deflater
        begin = data_offset(file, offset)
        self._begins = list(accumulate((part.deflated for part in self._parts[:-1]), initial=begin))
        front = self._data(0)
        self._size = int.from_bytes(front[16:18], "big")
        self._front = Front(self._size, settings_row(before.head, changed))
        if self._front.pages * self._size != len(front):
            # The settings take more pages, or fewer.
            raise CannotEdit
        pages = [front[at : at + self._size] for at in range(self._size, len(front), self._size)]
        self._roots = dict(zip(root_names(), pages, strict=False))

    def edited(self, changes: Mapping[Kind, _Changes], checksums: Mapping[int, int]) -> list[_Edited]:
        """Return all parts in their order; raises `CannotEdit`."""
        parts: list[_Edited] = []
        indexes = self._indexes(checksums)
        left = {kind: dict(own) for kind, own in changes.items()}
        number = before = self._front.pages + 1
        for at, part in enumerate(self._parts[1:], start=1):
            if part.kind is Kind.BETWEEN:
                continue
            own = _taken(left.get(part.kind, {}), part)
            if own:
                parts.append(
                    self._made(table_part(part.kind, self._changed(self._data(at), own), self._size, number))
                )
            elif part.kind is Kind.INDEXES and indexes:
                parts.append(self._made(Part(Kind.INDEXES, indexes)))
            elif number != before and len(part.last) * self._size < part.size:
                # Its long rows go on at pages that have other numbers now.
                raise CannotEdit
            else:
                parts.append((part, self._begins[at]))
            now = parts[-1][0]
            if now.last:
                self._front.take(Part(now.kind, b"", now.last), number)
            number += now.size // self._size
            before += part.size // self._size
        self._roots_of(left)
        if any(len(children) == 1 for children in self._front.children.values()):
            # A single page is the root.
            raise CannotEdit
        parts += map(self._made, self._front.finished(number))
        return [parts.pop(), *parts]

    def chunks(self, parts: Sequence[_Edited]) -> Iterator[bytes]:
        """Yield all parts in their deflated form."""
        for part, made in parts:
            if isinstance(made, bytes):
                yield made
            else:
                self._file.seek(made)
                yield self._file.read(part.deflated)

    def _indexes(self, checksums: Mapping[int, int]) -> bytes | None:
        """Make the index by checksums anew, if any is another one now; return the pages of all indexes."""
        if not checksums:
            return None
        start = self._front.pages + 1
        has_pages = len(self._parts) > 1 and self._parts[1].kind is Kind.INDEXES
        data = self._data(1) if has_pages else b""

        def page(number: int) -> bytes:
            return data[(number - start) * self._size : (number - start + 1) * self._size]

        root = self._roots[CHECKSUMS]
        known = [integers_in(entry) for entry in index_entries(root, page)]
        entries = sorted((checksums.get(own, checksum), own) for checksum, own in known)
        if entries == known:
            return None
        first = first_below(root, page) or start + len(data) // self._size
        self._front.roots[CHECKSUMS], others = index_tree(checksum_entries(entries), self._size, first)
        pages = b"".join((data[: (first - start) * self._size], *others))
        if bool(pages) is not has_pages:
            raise CannotEdit
        return pages

    def _roots_of(self, left: Mapping[Kind, _Changes]) -> None:
        """Take over the roots of indexes, and of tables without parts, which hold their rows themselves."""
        for name, page in self._roots.items():
            if name in self._front.roots or name in self._front.children:
                continue
            own = left.get(Kind(name), {}) if name in left else {}
            self._front.roots[name] = self._only_page(page, own) if own else page
        if any(own and name in self._front.children for name, own in left.items()):
            # It does not hold what it should.
            raise CannotEdit

    def _only_page(self, page: bytes, own: _Changes) -> bytes:
        leaves = leaves_of(self._changed(page, own), self._size, lambda _pages: 0)
        if len(leaves.pages) != 1 or leaves.overflow:
            raise CannotEdit
        return leaves.pages[0]

    def _changed(self, data: bytes, own: _Changes) -> Rows:
        """Return the rows in some pages with these changes; raises `CannotEdit` unless all of them are there."""
        try:
            rows = list(rows_in(data, self._size))
        except ValueError as error:
            raise CannotEdit from error
        if not own.keys() <= {key for key, _payload in rows}:
            raise CannotEdit
        return Rows.of((key, own[key](payload) if key in own else payload) for key, payload in rows)

    def _data(self, at: int) -> bytes:
        self._file.seek(self._begins[at])
        return inflate(self._file.read(self._parts[at].deflated))

    def _made(self, part: Part) -> _Edited:
        ready = deflate(part.data, self._deflater)
        return packed_part(part, ready), ready.data


def _taken(left: dict[int, _Change], part: PackedPart) -> dict[int, _Change]:
    """Take out the changes of rows that can only be in this part, the first one of its table that is left."""
    own = {key: left[key] for key in left if part.last and key <= part.last[-1]}
    for key in own:
        del left[key]
    return own
