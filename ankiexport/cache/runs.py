"""Whole runs: what a build or a check told, to be told again when nothing at all has changed.

That is so when all that the run has read is as it was, byte for byte, and all that it has written, too. Of
times only the clock's has a part: a lock must not come from the future.
"""

import os
import pickle
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ankiexport.bank_files import BANK_FILE, LOCK_FILE, PENDING_FILE, question_files
from ankiexport.cache.fingerprint import (
    digest_of,
    files_below,
    folders_fingerprint,
    key_of,
    program_fingerprint,
)
from ankiexport.deflaters import deflater_for
from ankiexport.diagnostics import Diagnostic, Position
from ankiexport.files import leftovers
from ankiexport.resources import template_folders

if TYPE_CHECKING:
    from ankiexport.cache.store import Store
    from ankiexport.media import MediaLibrary

CHECK = ("check",)

_T = TypeVar("_T")

_DAY_SECONDS = 86_400
# File systems tell times to two seconds at worst.
_GRAIN_NS = 3_000_000_000
# From so much on, threads that read and digest save more than they cost.
_MANY_FILES = 1_000
_MANY_BYTES = 50_000_000
_SHARES = 40
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
    """A command that reads one bank, with what it depends on, taken before it begins.

    `lock` is the digest of the bank's lock; None if that cannot be read, or a build was killed.
    """

    def __init__(self, store: "Store", root: Path) -> None:
        """Read all sources of the bank; one that cannot be read is no reason to stop here."""
        self.store = store
        self.root = root
        self._start = time.time_ns()
        self._stamps: list[_Stamp] = []
        self._inputs: Inputs | None = None
        self.lock: bytes | None = None
        try:
            self.lock = lock_digest(root)
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
        """Keep what commands would tell if they ran right now, with the lock of this digest as the bank's.

        Return whether the bank is still as it was when the run began.
        """
        try:
            # What was read while somebody saved a file is nobody's result. Of another lock, nothing is kept.
            is_same = self._is_as_read()
        except OSError:
            return False
        if is_same and self._inputs is not None:
            for command, outcome in outcomes.items():
                kept = _Kept(outcome, seen, None if command == CHECK else written)
                self.store.put(self._key(command, self._inputs, lock), pickle.dumps(kept, protocol=5))
        return is_same

    def _is_as_read(self) -> bool:
        """Tell whether all inputs are as they were; those that were changed not long ago are read again."""
        stamps = _stamps(self.root)
        if stamps != self._stamps or self._inputs is None:
            return False
        fresh = [stamp.path for stamp in stamps if stamp.changed > self._start - _GRAIN_NS]
        names = {
            path.relative_to(self.root).as_posix(): path for path in fresh if path.is_relative_to(self.root)
        }
        if any(name not in self._inputs.files for name in names) or len(names) < len(fresh):
            return inputs_in(self.root) == self._inputs
        return all(digest_of(path.read_bytes()) == self._inputs.files[name] for name, path in names.items())

    def _key(self, command: Sequence[str], inputs: "Inputs", lock: bytes) -> bytes:
        # Paths as they were given are in what is told. A time that is no time ends a run.
        given = (*command, self.root.as_posix(), os.environ.get("SOURCE_DATE_EPOCH", ""))
        return key_of([b"run", inputs.key, lock, *(part.encode(errors="surrogateescape") for part in given)])


def build_command(out: Path, levels: Sequence[str], *, locked: bool) -> tuple[str, ...]:
    """Return what tells one build of a bank from others: those that write other packages are among these."""
    return ("build", out.as_posix(), "locked" if locked else "", deflater_for(locked=locked).name, *levels)


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


def lock_digest(root: Path) -> bytes | None:
    """Return the digest of a bank's lock, that of nothing if there is none; None if a build was killed."""
    if (root / PENDING_FILE).exists():
        return None
    path = root / LOCK_FILE
    return digest_of(path.read_bytes() if path.exists() else b"")


def inputs_in(root: Path) -> Inputs:
    """Return what a run over a bank depends on now; raises `OSError`."""
    others = [
        program_fingerprint(),
        str(_PACKAGE).encode(),
        folders_fingerprint(template_folders(root)),
        (root / BANK_FILE).read_bytes(),
    ]
    paths = list(question_files(root))
    digests = in_threads(lambda path: digest_of(path.read_bytes()), paths, is_much=len(paths) > _MANY_FILES)
    files = {path.relative_to(root).as_posix(): digest for path, digest in zip(paths, digests, strict=True)}
    return Inputs(files, key_of(others))


@dataclass(frozen=True, slots=True)
class _Stamp:
    """A file as the system knows it; `changed` is the later of its times, in nanoseconds since 1970."""

    path: Path
    known: tuple[int, ...]

    @property
    def changed(self) -> int:
        return max(self.known[:2])


def _stamps(root: Path) -> list[_Stamp]:
    files = [*_sources(root), *(path for folder in template_folders(root) for path in files_below(folder))]
    known = ((path, path.stat()) for path in files)
    return [
        _Stamp(path, (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino))
        for path, status in known
    ]


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
    paths = [folder / name for name in written.digests]

    def digest(path: Path) -> str:
        return sha256(path.read_bytes()).hexdigest()

    return (
        written.latest <= time.time() + _DAY_SECONDS
        and not leftovers(folder)
        and all(path.is_file() for path in (*paths, *(folder / name for name in written.others)))
        and in_threads(digest, paths, is_much=sum(path.stat().st_size for path in paths) > _MANY_BYTES)
        == [*written.digests.values()]
    )


def in_threads(function: Callable[[Path], _T], paths: Sequence[Path], *, is_much: bool) -> list[_T]:
    """Return what a function gives for each path; in several threads, if that `is_much` to do."""
    if not is_much:
        return [function(path) for path in paths]
    from concurrent.futures import ThreadPoolExecutor

    # Some at a time, for handing over a small file costs as much as reading it.
    step = max(1, len(paths) // _SHARES)
    shares = [paths[at : at + step] for at in range(0, len(paths), step)]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        done = pool.map(lambda share: [function(path) for path in share], shares)
        return [result for share in done for result in share]
