"""What a run over a bank reads: the digests of all of it, and whether it is still what was read."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ankiexport.bank_files import BANK_FILE, LOCK_FILE, PENDING_FILE, question_files
from ankiexport.cache.fingerprint import (
    digest_of,
    files_below,
    folders_fingerprint,
    key_of,
    program_fingerprint,
)
from ankiexport.resources import template_folders

_T = TypeVar("_T")

# From so many on, threads that read and digest save more than they cost.
_MANY_FILES = 1_000
_SHARES = 40
_PACKAGE = Path(__file__).parent.parent


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


def lock_and_inputs(root: Path) -> tuple[bytes | None, Inputs]:
    """Return the digest of a bank's lock, and what a run over the bank depends on besides; raises `OSError`.

    The digest is that of nothing if there is no lock, and None if a build was killed.
    """
    others = [
        program_fingerprint(),
        str(_PACKAGE).encode(),
        folders_fingerprint(template_folders(root)),
        (root / BANK_FILE).read_bytes(),
    ]
    lock, was_killed = root / LOCK_FILE, (root / PENDING_FILE).exists()
    paths = list(question_files(root))

    def digest(path: Path) -> bytes:
        return digest_of(b"" if path is lock and not lock.exists() else path.read_bytes())

    # The lock is as long as many files, and comes first: the other threads take these meanwhile.
    of_lock, *digests = in_threads(digest, [lock, *paths], is_much=len(paths) > _MANY_FILES)
    files = {path.relative_to(root).as_posix(): own for path, own in zip(paths, digests, strict=True)}
    return None if was_killed else of_lock, Inputs(files, key_of(others))


def inputs_in(root: Path) -> Inputs:
    """Return what a run over a bank depends on now, besides its lock; raises `OSError`."""
    return lock_and_inputs(root)[1]


@dataclass(frozen=True, slots=True)
class Stamp:
    """A file as the system knows it; `changed` is the later of its times, in nanoseconds since 1970."""

    path: Path
    known: tuple[int, ...]

    @property
    def changed(self) -> int:
        """When the file, or its name, was changed last."""
        return max(self.known[:2])


def stamps_in(root: Path) -> list[Stamp]:
    """Return the files on which a run over a bank depends as the system knows them now; raises `OSError`."""
    files = [*_sources(root), *(path for folder in template_folders(root) for path in files_below(folder))]
    known = ((path, path.stat()) for path in files)
    return [
        Stamp(path, (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino))
        for path, status in known
    ]


def _sources(root: Path) -> Iterator[Path]:
    yield root / BANK_FILE
    yield from question_files(root)


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
