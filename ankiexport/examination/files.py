"""All question files of a bank: those that are known already, and the others in several processes."""

import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ankiexport.cache.fingerprint import digest_of
from ankiexport.cache.store import Store
from ankiexport.collector import collect_seldom
from ankiexport.diagnostics import Diagnostic
from ankiexport.examination.examiner import Examined, Examiner, put_away
from ankiexport.examination.reuse import Packing, Reuse
from ankiexport.fields import Spool
from ankiexport.question import Bank
from ankiexport.source_files import read_source

if TYPE_CHECKING:
    from concurrent.futures import Future

# Below so many bytes of sources a second process costs more than it saves.
_PARALLEL_FROM = 400_000
_TURN_SECONDS = 0.0002


@dataclass(frozen=True, slots=True)
class Source:
    """A question file with its bytes, or None and why they cannot be had."""

    path: Path
    data: bytes | None
    problems: tuple[Diagnostic, ...] = ()


def read_sources(paths: Iterable[Path]) -> Iterator[Source]:
    """Yield the question files with their bytes."""
    for path in paths:
        data, found = read_source(path)
        yield Source(path, data, tuple(found))


def examine_files(
    bank: Bank, sources: Iterable[Source], jobs: int, store: Store | None
) -> Iterator[Examined]:
    """Yield what becomes of each file, in their order, examined in so many processes; 0 chooses.

    What a `store` has from earlier runs is taken from there, and what it has not is put there. No source is held
    longer than it is needed, and of many notes the fields go to the disk.
    """
    reuse = Reuse(bank, store) if store else None
    spool = Spool()

    def keep(source: Source, examined: Examined, packed: bytes | None) -> Examined:
        if reuse and source.data is not None:
            packed = packed or reuse.packing.packed(source.path, examined)
            reuse.keep(source.path, digest_of(source.data), packed)
        put_away(examined, spool)
        return examined

    known: deque[Examined | None] = deque()
    unknown: deque[Source] = deque()
    for source in sources:
        found = reuse.find(source.path, digest_of(source.data)) if reuse and source.data is not None else None
        known.append(found)
        if found is None:
            unknown.append(source)
        else:
            put_away(found, spool)
    fresh = _examined(bank, unknown, jobs, keep)
    while known:
        found = known.popleft()
        yield next(fresh) if found is None else found


# Keeps what became of a file, and returns it; what the bytes to keep are may be known already.
_Keep = Callable[[Source, Examined, bytes | None], Examined]


def _examined(bank: Bank, sources: deque[Source], jobs: int, keep: _Keep) -> Iterator[Examined]:
    if not sources:
        return
    if not jobs:
        size = sum(len(source.data or b"") for source in sources)
        jobs = (os.cpu_count() or 1) if size >= _PARALLEL_FROM else 1
    examiner = Examiner(bank)
    if min(jobs, len(sources)) <= 1:
        while sources:
            yield _kept(examiner, sources.popleft(), keep)
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # Not fork: it is unsafe beside threads, and other systems do not have it.
    pool = ProcessPoolExecutor(
        jobs - 1, mp_context=get_context("spawn"), initializer=_start_worker, initargs=(bank,)
    )
    with _quick_turns(), pool:
        pending: deque[_Pending] = deque()
        while sources:
            # The pool holds what it was given, until the end: a list can be emptied.
            given = [sources.popleft()]
            pending.append((given, pool.submit(_examine, given)))
        yield from _shared(examiner, pending, keep)


# A source, alone in a list, and what comes of it.
_Pending = tuple[list[Source], "Future[bytes | Examined]"]


def _kept(examiner: Examiner, source: Source, keep: _Keep) -> Examined:
    return keep(source, _examine_by(examiner, source), None)


@contextmanager
def _quick_turns() -> Iterator[None]:
    """Let threads change often: one hands on what other processes send, and these wait as long as it does."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(_TURN_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


def _shared(examiner: Examiner, pending: deque[_Pending], keep: _Keep) -> Iterator[Examined]:
    """Take the last files into this process, as long as no other has begun with them."""
    packing = Packing(examiner.bank)
    theirs: deque[Examined] = deque()
    mine: list[Examined] = []

    def received() -> Examined:
        given, future = pending.popleft()
        return _received(future.result(), given.pop(), packing, examiner, keep)

    while pending and pending[-1][1].cancel():
        given, _cancelled = pending.pop()
        mine.append(_kept(examiner, given.pop(), keep))
        # What has come meanwhile is not left in the form in which it was sent.
        while pending and pending[0][1].done():
            theirs.append(received())
    while theirs:
        yield theirs.popleft()
    while pending:
        yield received()
    while mine:
        yield mine.pop()


def _received(
    result: bytes | Examined, source: Source, packing: Packing, examiner: Examiner, keep: _Keep
) -> Examined:
    if isinstance(result, Examined):
        return keep(source, result, None)
    examined = packing.unpacked(source.path, result)
    # Else its media have changed meanwhile.
    return _kept(examiner, source, keep) if examined is None else keep(source, examined, result)


_worker: list[tuple[Examiner, Packing]] = []


def _start_worker(bank: Bank) -> None:
    collect_seldom()
    _worker[:] = [(Examiner(bank), Packing(bank))]


def _examine(given: list[Source]) -> bytes | Examined:
    """Return what becomes of a file as the bytes that are kept, so that it is packed only once."""
    examiner, packing = _worker[0]
    (source,) = given
    examined = _examine_by(examiner, source)
    return packing.packed(source.path, examined) or examined


def _examine_by(examiner: Examiner, source: Source) -> Examined:
    if source.data is None:
        return Examined((), (), source.problems)
    return examiner.examine(source.path, source.data)
