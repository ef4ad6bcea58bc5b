"""Fingerprints of what every result depends on: the program, its libraries, settings and templates."""

import importlib.util
import os
import sqlite3
import sys
import zlib
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import blake2b
from pathlib import Path

KEY_BYTES = 24

_PACKAGE = Path(__file__).parent.parent
# Where these are installed, all libraries are that have a part in what a build makes.
_LIBRARIES = ("yaml", "markdown", "pymdownx", "pygments", "jinja2", "markupsafe", "genanki", "isal")


def key_of(parts: Iterable[bytes]) -> bytes:
    """Return the key for several parts; other parts, or other bounds between them, give another key."""
    digest = blake2b(digest_size=KEY_BYTES)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()


def digest_of(data: bytes) -> bytes:
    """Return what tells some bytes from others."""
    return Digest([data]).of_all()


class Digest(Iterator[bytes]):
    """Parts of some bytes, which are digested as they are taken."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        """Take the parts."""
        self._parts = iter(parts)
        self._digest = blake2b(digest_size=KEY_BYTES)

    def __next__(self) -> bytes:
        """Return the next part."""
        part = next(self._parts)
        self._digest.update(part)
        return part

    def of_all(self) -> bytes:
        """Take what is left, and return what `digest_of` returns for all parts together."""
        for _part in self:
            pass
        return self._digest.digest()


@cache
def program_fingerprint() -> bytes:
    """Return what tells this program, its libraries and Python from other versions of them."""
    sources = sorted(f"{path} {size} {changed}" for path, size, changed in _sources(str(_PACKAGE)))
    found = (importlib.util.find_spec(name) for name in _LIBRARIES)
    homes = {str(Path(spec.origin).parent.parent) for spec in found if spec and spec.origin}
    installed = sorted(
        path.name
        for home in homes
        for path in Path(home).iterdir()
        if path.suffix in {".dist-info", ".egg-info"}
    )
    return key_of(
        part.encode()
        for part in (sys.version, zlib.ZLIB_RUNTIME_VERSION, sqlite3.sqlite_version, *sources, *installed)
    )


def folders_fingerprint(folders: Iterable[Path]) -> bytes:
    """Return what tells the contents of some folders, in this order, from others; where they lie has no part."""
    parts: list[bytes] = []
    for folder in folders:
        parts.append(b"folder")
        for path in sorted(files_below(folder)):
            parts += [path.relative_to(folder).as_posix().encode(), path.read_bytes()]
    return key_of(parts)


def files_below(folder: Path) -> Iterator[Path]:
    """Yield the files in a folder and all folders below it."""
    seen: set[str] = set()
    # Templates may lie behind links to folders, which are not followed round in circles.
    for home, folders, names in os.walk(folder, followlinks=True):
        folders[:] = [name for name in folders if os.path.realpath(f"{home}/{name}") not in seen]
        seen.update(os.path.realpath(f"{home}/{name}") for name in folders)
        yield from (path for name in names if (path := Path(home, name)).is_file())


def _sources(folder: str) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir() and entry.name not in {"__pycache__", "_data"}:
                yield from _sources(entry.path)
            elif entry.is_file():
                known = entry.stat()
                yield entry.path.removeprefix(str(_PACKAGE)), known.st_size, known.st_mtime_ns
