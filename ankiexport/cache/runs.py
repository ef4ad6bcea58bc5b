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
from ankiexport.cache.fingerprint import (
    digest_of,
    files_below,
    folders_fingerprint,
    key_of,
    program_fingerprint,
)
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
        self.store = store
        self.root = root
        self._stamps: list[tuple[object, ...]] = []
        self._inputs: Inputs | None = None
        self.lock: bytes | None = None
        try:
            self.lock = lock_in(root)
            self._stamps = _stamps(root)
            self._inputs = inputs_in(root)
        except OSError:
            pass

    @property
    def inputs(self) -> "Inputs | None":
        """What the run depends on besides the lock, if all of it could be read."""
        return self._inputs

    def find(self, command: Sequence[str]) -> object | None:
        """Return what the command told when everything was as it is now, if it ever was."""
        if self._inputs is None or self.lock is None:
            return None
        kept = self.store.get(self._key(command, self._inputs, self.lock))
        if kept is None:
            return None
        # The bytes are the program's own, from a folder that belongs to its user.
        found: _Kept = pickle.loads(kept)  # noqa: S301
        try:
            holds = is_as_seen(self.root, found.seen) and is_as_written(found.written)
        except OSError:
            return None
        return found.outcome if holds else None

    def keep(
        self,
        outcomes: Mapping[tuple[str, ...], object],
        lock: bytes,
        seen: Seen,
        written: Written | None = None,
    ) -> bool:
        """Keep what commands would tell if they ran right now, with this lock as the bank's.

        Return whether the bank is still as it was when the run began.
        """
        try:
            # What was read while somebody saved a file is nobody's result.
            is_same = (
                _stamps(self.root) == self._stamps
                and inputs_in(self.root) == self._inputs
                and lock_in(self.root) == lock
            )
        except OSError:
            return False
        if is_same and self._inputs is not None:
            for command, outcome in outcomes.items():
                kept = _Kept(outcome, seen, None if command == CHECK else written)
                self.store.put(self._key(command, self._inputs, lock), pickle.dumps(kept, protocol=5))
        return is_same

    def _key(self, command: Sequence[str], inputs: "Inputs", lock: bytes) -> bytes:
        # Paths as they were given are in what is told. A time that is no time ends a run.
        given = (*command, self.root.as_posix(), os.environ.get("SOURCE_DATE_EPOCH", ""))
        return key_of([b"run", inputs.key, lock, *(part.encode(errors="surrogateescape") for part in given)])


def build_command(out: Path, levels: Sequence[str], *, locked: bool) -> tuple[str, ...]:
    """Return what tells one build of a bank from others."""
    return ("build", out.as_posix(), "locked" if locked else "", *levels)


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a run over a bank depends on: the digest of each question file by its name, and one of all else."""

    files: Mapping[str, bytes]
    others: bytes

    @property
    def key(self) -> bytes:
        """What tells these inputs from others."""
        names = (
            part for name in self.files for part in (name.encode(errors="surrogateescape"), self.files[name])
        )
        return key_of([self.others, *names])


def lock_in(root: Path) -> bytes | None:
    """Return the lock's bytes, none if there is no lock; None if a build was killed."""
    if (root / PENDING_FILE).exists():
        return None
    path = root / LOCK_FILE
    return path.read_bytes() if path.exists() else b""


def inputs_in(root: Path) -> Inputs:
    """Return what a run over a bank depends on now; raises `OSError`."""
    others = [
        program_fingerprint(),
        str(_PACKAGE).encode(),
        folders_fingerprint(template_folders(root)),
        (root / BANK_FILE).read_bytes(),
    ]
    files = {path.relative_to(root).as_posix(): digest_of(path.read_bytes()) for path in question_files(root)}
    return Inputs(files, key_of(others))


def _stamps(root: Path) -> list[tuple[object, ...]]:
    files = [*_sources(root), *(path for folder in template_folders(root) for path in files_below(folder))]
    known = ((path, path.stat()) for path in files)
    return [(path, status.st_mtime_ns, status.st_size, status.st_ino) for path, status in known]


def _sources(root: Path) -> Iterator[Path]:
    yield root / BANK_FILE
    yield from question_files(root)


def is_as_seen(root: Path, seen: Seen) -> bool:
    """Tell whether media and links are as they were."""
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


def is_as_written(written: Written | None) -> bool:
    """Tell whether the files of a build are as it has left them."""
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
