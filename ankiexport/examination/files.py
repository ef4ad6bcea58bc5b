"""All question files of a bank: those that are known already, and the others in several processes."""

import os
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ankiexport.cache.fingerprint import digest_of
from ankiexport.cache.store import Store
from ankiexport.collector import collect_seldom
from ankiexport.examination.examiner import Examined, Examiner
from ankiexport.examination.put_away import put_away
from ankiexport.examination.reuse import Packing, Reuse
from ankiexport.question import Bank
from ankiexport.source_files import read_source
from ankiexport.spool import Spool

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

# Below so many bytes of sources a second process costs more than it saves.
_PARALLEL_FROM = 400_000
_TURN_SECONDS = 0.0002


def examine_files(bank: Bank, paths: Sequence[Path], jobs: int, store: Store | None) -> Iterator[Examined]:
    """Yield what becomes of each file, in their order, examined in so many processes; 0 chooses.

    What a `store` has from earlier runs is taken from there, and what it has not is put there. No file's bytes are
    held longer than they are needed, and of many notes the fields go to the disk.
    """
    reuse = Reuse(bank, store) if store else None
    spool = Spool()

    def keep(path: Path, digest: bytes | None, examined: Examined, packed: bytes | None) -> Examined:
        if reuse and digest is not None:
            reuse.keep(path, digest, packed or reuse.packing.packed(path, examined))
        return put_away(examined, spool)

    known: deque[Examined | None] = deque()
    for path in paths:
        found = _known(path, reuse) if reuse else None
        known.append(None if found is None else put_away(found, spool))
    unknown = (path for path, found in zip(paths, known, strict=True) if found is None)
    fresh = _examined(bank, deque(unknown), jobs, keep)
    while known:
        found = known.popleft()
        yield next(fresh) if found is None else found


def _known(path: Path, reuse: Reuse) -> Examined | None:
    data, _problems = read_source(path)
    return None if data is None else reuse.find(path, digest_of(data))


# Keeps what became of a file whose bytes have a digest, and returns it; what the bytes to keep are may be known already.
_Keep = Callable[[Path, bytes | None, Examined, bytes | None], Examined]


def _examined(bank: Bank, paths: deque[Path], jobs: int, keep: _Keep) -> Iterator[Examined]:
    if not paths:
        return
    if not jobs:
        jobs = (os.cpu_count() or 1) if sum(map(_size, paths)) >= _PARALLEL_FROM else 1
    examiner = Examiner(bank)
    if min(jobs, len(paths)) <= 1:
        for path in paths:
            yield _kept(examiner, path, keep)
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # Not fork: it is unsafe beside threads, and other systems do not have it.
    pool = ProcessPoolExecutor(
        jobs - 1, mp_context=get_context("spawn"), initializer=_start_worker, initargs=(bank,)
    )
    with _quick_turns(), pool:
        pending = deque((path, pool.submit(_examine, path)) for path in paths)
        yield from _shared(examiner, pending, keep, lambda: _end_processes(pool))


def _end_processes(pool: "ProcessPoolExecutor") -> None:
    """End what is left of a pool that is broken: Python 3.11 would wait for it, for ever, at its own end."""
    # By a private name: that Python has no other.
    for process in (getattr(pool, "_processes", None) or {}).values():
        process.terminate()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _kept(examiner: Examiner, path: Path, keep: _Keep) -> Examined:
    return keep(path, *_examine_by(examiner, path), None)


@contextmanager
def _quick_turns() -> Iterator[None]:
    """Let threads change often: one hands on what other processes send, and these wait as long as it does."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(_TURN_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


# The digest of a file's bytes, if they can be had, and what became of it: as the bytes to keep, if these can be made.
_Sent = tuple[bytes | None, bytes | Examined]


def _shared(
    examiner: Examiner,
    pending: "deque[tuple[Path, Future[_Sent]]]",
    keep: _Keep,
    end_processes: Callable[[], None],
) -> Iterator[Examined]:
    """Take the last files into this process, as long as no other has begun with them."""
    from concurrent.futures import BrokenExecutor

    packing = Packing(examiner.bank)
    theirs: deque[Examined] = deque()
    mine: list[Examined] = []

    def received() -> Examined:
        path, future = pending.popleft()
        if isinstance(future.exception(), BrokenExecutor):
            # One has died, as it may where memory is short, and the others get nothing more to do.
            end_processes()
            return _kept(examiner, path, keep)
        return _received(path, future.result(), packing, examiner, keep)

    while pending and pending[-1][1].cancel():
        path, _cancelled = pending.pop()
        mine.append(_kept(examiner, path, keep))
        # What has come meanwhile is not left in the form in which it was sent.
        while pending and pending[0][1].done():
            theirs.append(received())
    while theirs:
        yield theirs.popleft()
    while pending:
        yield received()
    while mine:
        yield mine.pop()


def _received(path: Path, sent: _Sent, packing: Packing, examiner: Examiner, keep: _Keep) -> Examined:
    digest, result = sent
    if isinstance(result, Examined):
        return keep(path, digest, result, None)
    examined = packing.unpacked(path, result)
    # Else its media have changed meanwhile.
    return _kept(examiner, path, keep) if examined is None else keep(path, digest, examined, result)


_worker: list[tuple[Examiner, Packing]] = []


def _start_worker(bank: Bank) -> None:
    collect_seldom()
    _worker[:] = [(Examiner(bank), Packing(bank))]


def _examine(path: Path) -> _Sent:
    """Return what becomes of a file as the bytes that are kept, so that it is packed only once."""
    examiner, packing = _worker[0]
    digest, examined = _examine_by(examiner, path)
    return digest, packing.packed(path, examined) or examined


def _examine_by(examiner: Examiner, path: Path) -> tuple[bytes | None, Examined]:
    data, problems = read_source(path)
    if data is None:
        return None, Examined((), (), tuple(problems))
    return digest_of(data), examiner.examine(path, data)
