"""Zip files whose entries are deflated part by part, so that a part can be replaced without the others.

Each part ends on a whole byte and refers to nothing before it. So deflated parts can be joined as they are.
Formats: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, and RFC 1951.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO

from ankiexport.deflaters import ZLIB, Deflater

# An empty block that is marked as the last.
_END_OF_DATA = b"\3\0"
_CHUNK_BYTES = 1 << 20

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_END_64 = struct.Struct("<4sQ2H2I4Q4sIQI")
_VERSION, _VERSION_64, _UNIX = 20, 45, 3 << 8
_UTF8, _DEFLATED = 0x800, 8
# The first day that a zip file can name.
_TIME, _DATE = 0, 1 << 5 | 1
_MODE = 0o644 << 16
_LIMIT, _LIMIT_16 = 0xFFFF_FFFF, 0xFFFF
# From so many bytes on, an entry could become longer than four gigabytes when it is deflated.
_LARGE = _LIMIT * 20 // 21

# CRC-32: remainders of polynomials, in reverse, so that the highest bit is 1.
_POLYNOMIAL, _ONE = 0xEDB8_8320, 0x8000_0000


@dataclass(frozen=True, slots=True)
class Deflated:
    """A part in its deflated form, with the number and the checksum (CRC-32) of its own bytes."""

    data: bytes
    size: int
    crc: int


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a zip file: its own bytes and its deflated ones, and where its header begins."""

    name: bytes
    size: int
    crc: int
    deflated: int
    offset: int


def deflate(data: bytes, by: Deflater = ZLIB) -> Deflated:
    """Return a part in its deflated form."""
    packed, crc = by.deflated(data)
    return Deflated(packed, len(data), crc)


def inflate(data: bytes) -> bytes:
    """Return the bytes of a part in its deflated form; raises `zlib.error` where it is none."""
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data)


def file_parts(path: Path, by: Deflater = ZLIB) -> Iterator[Deflated]:
    """Yield the parts of a file; raises `OSError` when it cannot be read."""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield deflate(chunk, by)


def data_offset(file: BinaryIO, offset: int) -> int:
    """Return where the data of an entry begins, whose header is at some offset."""
    file.seek(offset)
    *_others, name, extra = _LOCAL.unpack(file.read(_LOCAL.size))
    return offset + _LOCAL.size + int(name) + int(extra)


def entry_data(file: BinaryIO, offset: int, deflated: int) -> bytes:
    """Return what an entry that `ZipWriter` wrote has of parts in their deflated form."""
    file.seek(data_offset(file, offset))
    return file.read(deflated - len(_END_OF_DATA))


class ZipWriter:
    """Writes a zip file, entry by entry; it comes out the same in every run."""

    def __init__(self, target: BinaryIO) -> None:
        """Begin where the target is now, which is its beginning."""
        self._target = target
        self.entries: list[Entry] = []

    def add(self, name: str, parts: Iterable[Deflated], size: int) -> Entry:
        """Write an entry of about so many bytes, and return what there is to know of it."""
        offset = self._target.tell()
        head = _local_header(Entry(name.encode(), 0, 0, 0, offset), is_large=size > _LARGE)
        self._target.write(head)
        size = crc = 0
        for part in parts:
            self._target.write(part.data)
            size, crc = size + part.size, joined_crc(crc, part.crc, part.size)
        self._target.write(_END_OF_DATA)
        end = self._target.tell()
        entry = Entry(name.encode(), size, crc, end - offset - len(head), offset)
        self._target.seek(offset)
        self._target.write(_local_header(entry, is_large=len(head) > _LOCAL.size + len(entry.name)))
        self._target.seek(end)
        self.entries.append(entry)
        return entry

    def finish(self) -> None:
        """Write the directory of all entries."""
        start = self._target.tell()
        directory = b"".join(_central_header(entry) for entry in self.entries)
        self._target.write(directory)
        self._target.write(_ending(len(self.entries), len(directory), start))


def _local_header(entry: Entry, *, is_large: bool) -> bytes:
    extra = struct.pack("<2H2Q", 1, 16, entry.size, entry.deflated) if is_large else b""
    sizes = (_LIMIT, _LIMIT) if is_large else (entry.deflated, entry.size)
    version = _VERSION_64 if is_large else _VERSION
    head = _LOCAL.pack(
        b"PK\3\4", version, _UTF8, _DEFLATED, _TIME, _DATE, entry.crc, *sizes, len(entry.name), len(extra)
    )
    return head + entry.name + extra


def _central_header(entry: Entry) -> bytes:
    values = (entry.size, entry.deflated, entry.offset)
    large = [value for value in values if value >= _LIMIT]
    extra = struct.pack(f"<2H{len(large)}Q", 1, 8 * len(large), *large) if large else b""
    size, packed, offset = (min(value, _LIMIT) for value in values)
    version = _VERSION_64 if large else _VERSION
    head = _CENTRAL.pack(
        b"PK\1\2", _UNIX | version, version, _UTF8, _DEFLATED, _TIME, _DATE, entry.crc, packed, size,
        len(entry.name), len(extra), 0, 0, 0, _MODE, offset,
    )  # fmt: skip
    return head + entry.name + extra


def _ending(count: int, size: int, start: int) -> bytes:
    end = _END.pack(
        b"PK\5\6",
        0,
        0,
        min(count, _LIMIT_16),
        min(count, _LIMIT_16),
        min(size, _LIMIT),
        min(start, _LIMIT),
        0,
    )
    if count < _LIMIT_16 and start < _LIMIT:
        return end
    large = _END_64.pack(
        b"PK\6\6", 44, _UNIX | _VERSION_64, _VERSION_64, 0, 0, count, count, size, start,
        b"PK\6\7", 0, start + size, 1,
    )  # fmt: skip
    return large + end


def joined_crc(first: int, second: int, size: int) -> int:
    """Return the CRC-32 of two texts one after the other; `size` is that of the second.

    A checksum is the remainder of a polynomial. That of the first is moved on by as many bits as the second has.
    """
    return _product(_moved_by(size), first) ^ second


@cache
def _moved_by(size: int) -> int:
    """Return the remainder of the power of x that moves others on by so many bytes."""
    power, square = _ONE, _ONE >> 8
    while size:
        if size & 1:
            power = _product(power, square)
        square = _product(square, square)
        size >>= 1
    return power


def _product(first: int, second: int) -> int:
    """Return the remainder of the product of two others; their highest bit is that of x to the power of 0."""
    product = 0
    while first:
        if first & _ONE:
            product ^= second
        first = first << 1 & _LIMIT
        second = second >> 1 ^ (_POLYNOMIAL if second & 1 else 0)
    return product
