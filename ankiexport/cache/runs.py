"""Whole runs: what a build or a check told, to be told again when nothing at all has changed.

That is so when all that the run has read is as it was, byte for byte, and all that it has written, too. Of
times only the clock's has a part: a lock must not come from the future.
"""

import os
import pickle
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from ankiexport.bank_files import BANK_FILE, LOCK_FILE, PENDING_FILE, question_files
from ankiexport.cache.fingerprint import files_below, folders_fingerprint, key_of, program_fingerprint
from ankiexport.diagnostics import Diagnostic, Position
from ankiexport.files import leftovers
from ankiexport.resources import template_folders

if TYPE_CHECKING:
    from ankiexport.cache.store import Store
    from ankiexport.media import MediaLibrary

CHECK = ("check",)

_DAY_SECONDS = 86_400
_PACKAGE = Path(__file__).parent.parent

Said = tuple[tuple[str, str] | None, Diagnostic | None]


@dataclass(frozen=True, slots=True)
class Seen:
    """What questions refer to: media, with what was said of each, and links, with whether they lead somewhere.

    `template_media` are the names of the files that card templates may use, where media keep their names.
    """

    media: Mapping[tuple[str, Position], Said] = field(default_factory=dict)
    links: Mapping[str, bool] = field(default_factory=dict)
    keeps_names: bool = False
    template_media: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """What a build has left: files with their SHA-256, others that lie beside them, and the latest time in the lock."""

    folder: Path
    digests: Mapping[str, str]
    others: tuple[str, ...] = ()
    latest: int = 0


@dataclass(frozen=True, slots=True)
class _Kept:
    outcome: object
    seen: Seen
    written: Written | None


class Run:
    """A command that reads one bank, with what it depends on, taken before it begins."""

    def __init__(self, store: "Store", root: Path) -> None:
        """Read all sources of the bank; one that cannot be read is no reason to stop here."""
        self._store = store
        self._root = root
        self._stamps: list[tuple[object, ...]] = []
        self._inputs: bytes | None = None
        self.lock: bytes | None = None
        try:
            self.lock = _lock(root)
            self._stamps = _stamps(root)
            self._inputs = _inputs(root)
        except OSError:
            pass

    def find(self, command: Sequence[str]) -> object | None:
        """Return what the command told when everything was as it is now, if it ever was."""
        if self._inputs is None or self.lock is None:
            return None
        kept = self._store.get(self._key(command, self._inputs, self.lock))
        if kept is None:
            return None
        # The bytes are the program's own, from a folder that belongs to its user.
        found: _Kept = pickle.loads(kept)  # noqa: S301
        try:
            holds = _is_as_seen(self._root, found.seen) and _is_as_written(found.written)
        except OSError:
            return None
        return found.outcome if holds else None

    def keep(
        self,
        outcomes: Mapping[tuple[str, ...], object],
        lock: bytes,
        seen: Seen,
        written: Written | None = None,
    ) -> None:
        """Keep what commands would tell if they ran right now, with this lock as the bank's."""
        try:
            # What was read while somebody saved a file is nobody's result.
            is_same = (
                _stamps(self._root) == self._stamps
                and _inputs(self._root) == self._inputs
                and _lock(self._root) == lock
            )
        except OSError:
            return
        if is_same and self._inputs is not None:
            for command, outcome in outcomes.items():
                kept = _Kept(outcome, seen, None if command == CHECK else written)
                self._store.put(self._key(command, self._inputs, lock), pickle.dumps(kept, protocol=5))

    def _key(self, command: Sequence[str], inputs: bytes, lock: bytes) -> bytes:
        # Paths as they were given are in what is told. A time that is no time ends a run.
        given = (*command, self._root.as_posix(), os.environ.get("SOURCE_DATE_EPOCH", ""))
        return key_of([b"run", inputs, lock, *(part.encode(errors="surrogateescape") for part in given)])


def build_command(out: Path, levels: Sequence[str], *, locked: bool) -> tuple[str, ...]:
    """Return what tells one build of a bank from others."""
    return ("build", out.as_posix(), "locked" if locked else "", *levels)


def _lock(root: Path) -> bytes | None:
    """Return the lock's bytes, none if there is no lock; None if a build was killed."""
    if (root / PENDING_FILE).exists():
        return None
    path = root / LOCK_FILE
    return path.read_bytes() if path.exists() else b""


def _inputs(root: Path) -> bytes:
    parts = [program_fingerprint(), str(_PACKAGE).encode(), folders_fingerprint(template_folders(root))]
    for path in _sources(root):
        parts += [path.relative_to(root).as_posix().encode(errors="surrogateescape"), path.read_bytes()]
    return key_of(parts)


def _stamps(root: Path) -> list[tuple[object, ...]]:
    files = [*_sources(root), *(path for folder in template_folders(root) for path in files_below(folder))]
    known = ((path, path.stat()) for path in files)
    return [(path, status.st_mtime_ns, status.st_size, status.st_ino) for path, status in known]


def _sources(root: Path) -> Iterator[Path]:
    yield root / BANK_FILE
    yield from question_files(root)


def _is_as_seen(root: Path, seen: Seen) -> bool:
    if any(Path(target).exists() is not there for target, there in seen.links.items()):
        return False
    if not seen.media and not seen.keeps_names:
        return True
    from ankiexport.media import said

    library = library_of(root, keeps_names=seen.keeps_names)
    return template_media(library) == seen.template_media and all(
        said(library.find(*asked)) == answer for asked, answer in seen.media.items()
    )


def library_of(root: Path, *, keeps_names: bool) -> "MediaLibrary":
    """Return the media of a bank, none of them looked at yet."""
    from ankiexport.media import MediaLibrary

    return MediaLibrary(root, keeps_names=keeps_names)


def template_media(library: "MediaLibrary") -> tuple[str, ...]:
    """Return the names of the files that card templates may use."""
    return tuple(file.name for file in library.for_templates())


def _is_as_written(written: Written | None) -> bool:
    if written is None:
        return True
    folder = written.folder
    return (
        written.latest <= time.time() + _DAY_SECONDS
        and not leftovers(folder)
        and all((folder / name).is_file() for name in written.others)
        and all(
            sha256((folder / name).read_bytes()).hexdigest() == digest
            for name, digest in written.digests.items()
        )
    )
