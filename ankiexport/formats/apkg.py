"""Packages for Anki (`.apkg`): a zipped collection with its media.

Format: Anki's collection, schema 11, package version 1. The file comes out the same in every run.
"""

import json
import os
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import file_digest, sha256
from itertools import chain
from pathlib import Path

from ankiexport.deflaters import ZLIB, Deflater
from ankiexport.formats.collection_file import Kind, Part, collection_parts
from ankiexport.formats.zip_parts import Deflated, ZipWriter, deflate, file_parts
from ankiexport.notes import MediaFile, PackagePlan

COLLECTION = "collection.anki2"

# So much of what is deflated is held in memory until it is known what comes before it; others wait on the disk.
_HELD_BYTES = 1 << 23
# So many parts of a collection wait for being deflated, or are, while further ones are made.
_AHEAD = 8


@dataclass(frozen=True, slots=True)
class PackedPart:
    """A part of a packed collection: its bytes, their checksum and SHA-256, and how many they are deflated."""

    kind: Kind
    size: int
    crc: int
    sha256: bytes
    deflated: int
    last: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Packed:
    """A package that was written: its length, its SHA-256 in hex, and the parts of its collection in their order.

    `content_sha256` is the same where something else than zlib, or another version of it, has deflated the same content: it is taken of the
    digests of all parts, and of the digests and names of media.
    """

    bytes: int
    sha256: str
    content_sha256: str
    parts: tuple[PackedPart, ...]


def deflating_threads() -> Executor:
    """Return threads for `write_apkg`, to be used as a context manager."""
    return ThreadPoolExecutor(max_workers=os.cpu_count() or 1)


def write_apkg(
    plan: PackagePlan, path: Path, deflater: Deflater = ZLIB, threads: Executor | None = None
) -> Packed:
    """Write one package to a path that may exist; the caller decides how it gets into place.

    `threads` deflate its parts, its own ones where none are given. Raises `OSError` when it cannot be written.
    """
    if threads is None:
        with deflating_threads() as own:
            return write_apkg(plan, path, deflater, own)
    parts: list[PackedPart] = []
    held: list[bytes] = []
    left = _HELD_BYTES
    with tempfile.SpooledTemporaryFile(1) as others:
        for part, ready in _deflated_by(threads, collection_parts(plan), deflater):
            parts.append(packed_part(part, ready))
            if part.kind is not Kind.FRONT:
                left -= len(ready.data)
                put = held.append if left >= 0 else others.write
                put(ready.data)
        others.seek(0)
        # The front is known last, and comes first.
        parts.insert(0, parts.pop())
        chunks = chain([ready.data], held, (others.read(part.deflated) for part in parts[1 + len(held) :]))
        media = plan.media
        return write_parts(parts, chunks, _media_entries(media, deflater), media, path)


def _deflated_by(
    threads: Executor, parts: Iterable[Part], deflater: Deflater
) -> Iterator[tuple[Part, Deflated]]:
    """Yield parts with their deflated forms, which other threads make.

    Python's lock is free while they do, and all that needs it happens in this thread: several that pack would wait for each
    other whenever one of them reads from the disk.
    """
    waiting: deque[tuple[Part, Future[Deflated]]] = deque()
    for part in parts:
        waiting.append((part, threads.submit(deflate, part.data, deflater)))
        if len(waiting) > _AHEAD:
            first, ready = waiting.popleft()
            yield first, ready.result()
    for first, ready in waiting:
        yield first, ready.result()


def packed_part(part: Part, ready: Deflated) -> PackedPart:
    """Return what there is to know of a part of a collection that was deflated."""
    return PackedPart(part.kind, ready.size, ready.crc, part.sha256, len(ready.data), part.last)


def write_parts(
    parts: Sequence[PackedPart],
    chunks: Iterable[bytes],
    others: Iterable[tuple[str, Iterable[Deflated], int]],
    media: Sequence[MediaFile],
    path: Path,
) -> Packed:
    """Write a package whose collection is there in parts, in deflated form.

    `others` are the other entries: the name of each, its parts, and about how many bytes they have. Raises
    `OSError` when it cannot be written.
    """
    with path.open("w+b") as target:
        writer = ZipWriter(target)
        writer.add(COLLECTION, _deflated(parts, chunks), sum(part.size for part in parts))
        for name, own, size in others:
            writer.add(name, own, size)
        writer.finish()
        size = target.tell()
        target.seek(0)
        digest = file_digest(target, "sha256").hexdigest()
    return Packed(size, digest, _content_digest(parts, media), tuple(parts))


def _media_entries(media: Sequence[MediaFile], by: Deflater) -> Iterator[tuple[str, Iterable[Deflated], int]]:
    names = {str(number): file.name for number, file in enumerate(media)}
    listed = json.dumps(names, ensure_ascii=False, separators=(",", ":")).encode()
    yield "media", [deflate(listed, by)], len(listed)
    for number, file in enumerate(media):
        yield str(number), file_parts(file.path, by), file.path.stat().st_size


def _deflated(parts: Sequence[PackedPart], chunks: Iterable[bytes]) -> Iterator[Deflated]:
    for part, data in zip(parts, chunks, strict=True):
        yield Deflated(data, part.size, part.crc)


def _content_digest(parts: Sequence[PackedPart], media: Sequence[MediaFile]) -> str:
    digest = sha256(b"".join(part.sha256 for part in parts))
    for file in media:
        digest.update(f"\n{file.sha256} {file.name}".encode())
    return digest.hexdigest()
