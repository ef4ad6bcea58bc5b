"""The zip of a package: its collection and media, unpacked piece by piece and never past a limit.

`.apkg` and `.colpkg` are the same here. Legacy ones list media in JSON; new ones (`collection.anki21b`)
compress every part with Zstandard and list media in a protobuf message.
"""

import json
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO

from ankiexport.importing.package import RefusedError, UnreadablePackageError, refuse
from ankiexport.importing.protobuf import fields_of, text_in

_NEW = "collection.anki21b"
_COLLECTIONS = (_NEW, "collection.anki21", "collection.anki2")
_MEDIA = "media"

# Far above any deck that people share, far below what would fill a machine.
MAX_COLLECTION = 1 << 30
MAX_MEDIA_LIST = 1 << 25
MAX_MEDIA_FILE = 1 << 28
MAX_MEDIA = 1 << 32
MAX_ENTRIES = 200_000
_MAX_WINDOW = 1 << 27
_CHUNK = 1 << 20


@dataclass(slots=True)
class Archive:
    """An open package; `media` are the names of its entries by those of the files that they hold.

    `doubled` are files whose name is there twice, of which the first is taken, and `missing` are listed
    but not there.
    """

    zip: zipfile.ZipFile
    collection: str
    media: dict[str, str]
    doubled: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    _copied: int = 0

    def copy_collection(self, target: Path) -> None:
        """Write the collection to a file."""
        self._copy(self.collection, target, MAX_COLLECTION, "its collection")

    def copy_media(self, name: str, target: Path) -> None:
        """Write a media file to a file that is not there yet."""
        left = MAX_MEDIA - self._copied
        self._copied += self._copy(
            self.media[name], target, min(MAX_MEDIA_FILE, left), f'its media file "{name}"'
        )

    def media_digest(self, name: str) -> str:
        """Return the SHA-256 (hex) of a media file."""
        digest = sha256()
        for chunk in self._chunks(self.media[name], MAX_MEDIA_FILE, f'its media file "{name}"'):
            digest.update(chunk)
        return digest.hexdigest()

    def _copy(self, entry: str, target: Path, limit: int, what: str) -> int:
        with target.open("xb") as file:
            return sum(file.write(chunk) for chunk in self._chunks(entry, limit, what))

    def _chunks(self, entry: str, limit: int, what: str) -> Iterator[bytes]:
        done = 0
        with _opened(self.zip, entry, compressed=self.collection == _NEW) as source:
            while chunk := source.read(_CHUNK):
                done += len(chunk)
                if done > limit:
                    refuse(f"{what} is too large")
                yield chunk


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """Open a package; raises `UnreadablePackageError`, also for what goes wrong while it is read."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if len(names) > MAX_ENTRIES:
                refuse(f"it has more than {MAX_ENTRIES:,} entries")
            collection = next((name for name in _COLLECTIONS if name in names), None)
            if collection is None:
                refuse("it holds no collection of Anki")
            yield _with_media(Archive(archive, collection, {}), set(names))
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
        # A password or an unknown compression is a RuntimeError of zipfile, a text that is not UTF-8 a ValueError.
        reason = str(error) if isinstance(error, RefusedError) else f"it is no sound package ({error})"
        raise UnreadablePackageError(path, reason) from error
    except OSError as error:
        if error.filename != str(path):
            raise
        raise UnreadablePackageError(path, error.strerror or str(error)) from error


def _with_media(archive: Archive, entries: set[str]) -> Archive:
    if _MEDIA not in entries:
        return archive
    doubled, missing = [], []
    for entry, written in _listed(archive):
        name = unicodedata.normalize("NFC", written)
        # Anki refuses such a package, too.
        if not name or name in {".", ".."} or any(mark in name for mark in "/\\\0"):
            refuse(f"its media name {written!r} leads out of the media folder")
        if entry not in entries:
            missing.append(name)
        elif name in archive.media:
            doubled.append(name)
        else:
            archive.media[name] = entry
    archive.doubled, archive.missing = tuple(doubled), tuple(missing)
    return archive


def _listed(archive: Archive) -> Iterator[tuple[str, str]]:
    is_new = archive.collection == _NEW
    with _opened(archive.zip, _MEDIA, compressed=is_new) as source:
        data = source.read(MAX_MEDIA_LIST + 1)
    if len(data) > MAX_MEDIA_LIST:
        refuse("its list of media is too large")
    if is_new:
        for number, entry in enumerate(fields_of(data).get(1, [])):
            if isinstance(entry, bytes):
                yield str(number), text_in(fields_of(entry), 1)
        return
    try:
        listed = json.loads(data or b"{}")
    except RecursionError:
        refuse("its list of media is nested without end")
    if not isinstance(listed, dict) or not all(isinstance(name, str) for name in listed.values()):
        refuse("its list of media is not one")
    yield from listed.items()


@contextmanager
def _opened(archive: zipfile.ZipFile, entry: str, *, compressed: bool) -> Iterator[IO[bytes]]:
    with archive.open(entry) as source:
        if not compressed:
            yield source
            return
        # Only new packages need it, and loading it takes time.
        from zstandard import ZstdDecompressor, ZstdError

        decompressor = ZstdDecompressor(max_window_size=_MAX_WINDOW)
        try:
            with closing(decompressor.stream_reader(source, read_across_frames=True)) as reader:
                yield reader
        except ZstdError as error:
            refuse(f"it is no sound package ({error})")
