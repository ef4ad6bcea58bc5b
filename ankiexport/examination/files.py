"""All question files of a bank: those that are known already, and the others in several processes."""

import os
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ankiexport.cache.fingerprint import digest_of
from ankiexport.cache.store import Store
from ankiexport.collector import collect_seldom
from ankiexport.diagnostics import Diagnostic
from ankiexport.examination.examiner import Examined, Examiner
from ankiexport.examination.reuse import Packing, Reuse
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


def read_sources(paths: Sequence[Path]) -> list[Source]:
    """Return the question files with their bytes."""
    return [Source(path, data, tuple(found)) for path in paths for data, found in [read_source(path)]]


def examine_files(
    bank: Bank, sources: Sequence[Source], jobs: int, store: Store | None
) -> Iterator[Examined]:
    """Yield what becomes of each file, in their order, examined in so many processes; 0 chooses.

    What a `store` has from earlier runs is taken from there, and what it has not is put there.
    """
    reuse = Reuse(bank, store) if store else None
    known = {}
    for source in sources:
        found = reuse.find(source.path, digest_of(source.data)) if reuse and source.data is not None else None
        if found is not None:
            known[source.path] = found

    def keep(source: Source, examined: Examined, packed: bytes | None) -> None:
        if reuse and source.data is not None:
            packed = packed or reuse.packing.packed(source.path, examined)
            reuse.keep(source.path, digest_of(source.data), packed)

    fresh = _examined(bank, [source for source in sources if source.path not in known], jobs, keep)
    for source in sources:
        yield known.pop(source.path) if source.path in known else next(fresh)


# Keeps what became of a file; what the bytes to keep are may be known already.
_Keep = Callable[[Source, Examined, bytes | None], None]


def _examined(bank: Bank, sources: Sequence[Source], jobs: int, keep: _Keep) -> Iterator[Examined]:
    if not sources:
        return
    if not jobs:
        size = sum(len(source.data or b"") for source in sources)
        jobs = (os.cpu_count() or 1) if size >= _PARALLEL_FROM else 1
    examiner = Examiner(bank)
    if min(jobs, len(sources)) <= 1:
        yield from (_kept(examiner, source, keep) for source in sources)
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # Not fork: it is unsafe beside threads, and other systems do not have it.
    pool = ProcessPoolExecutor(
        jobs - 1, mp_context=get_context("spawn"), initializer=_start_worker, initargs=(bank,)
    )
    with _quick_turns(), pool:
        yield from _shared(examiner, sources, [pool.submit(_examine, source) for source in sources], keep)


def _kept(examiner: Examiner, source: Source, keep: _Keep) -> Examined:
    examined = _examine_by(examiner, source)
    keep(source, examined, None)
    return examined


@contextmanager
def _quick_turns() -> Iterator[None]:
    """Let threads change often: one hands on what other processes send, and these wait as long as it does."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(_TURN_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


def _shared(
    examiner: Examiner, sources: Sequence[Source], futures: "list[Future[bytes | Examined]]", keep: _Keep
) -> Iterator[Examined]:
    """Take the last files into this process, as long as no other has begun with them."""
    mine: list[Examined] = []
    while len(mine) < len(sources) and futures[-1 - len(mine)].cancel():
        mine.append(_kept(examiner, sources[-1 - len(mine)], keep))
    packing = Packing(examiner.bank)
    left = deque(futures[: len(sources) - len(mine)])
    futures.clear()
    for source in sources[: len(left)]:
        # Taken out, so that results are not held longer than they are needed.
        yield _received(left.popleft().result(), source, packing, examiner, keep)
    while mine:
        yield mine.pop()


def _received(
    result: bytes | Examined, source: Source, packing: Packing, examiner: Examiner, keep: _Keep
) -> Examined:
    if isinstance(result, Examined):
        keep(source, result, None)
        return result
    examined = packing.unpacked(source.path, result)
    if examined is None:
        # Its media have changed meanwhile.
        return _kept(examiner, source, keep)
    keep(source, examined, result)
    return examined


_worker: list[tuple[Examiner, Packing]] = []


def _start_worker(bank: Bank) -> None:
    collect_seldom()
    _worker[:] = [(Examiner(bank), Packing(bank))]


def _examine(source: Source) -> bytes | Examined:
    """Return what becomes of a file as the bytes that are kept, so that it is packed only once."""
    examiner, packing = _worker[0]
    examined = _examine_by(examiner, source)
    return packing.packed(source.path, examined) or examined


def _examine_by(examiner: Examiner, source: Source) -> Examined:
    if source.data is None:
        return Examined((), (), source.problems)
    return examiner.examine(source.path, source.data)
