"""All question files of a bank: those that are known already, and the others in several processes."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ankiexport.cache.store import Store
from ankiexport.diagnostics import Diagnostic
from ankiexport.examination.collector import collect_seldom
from ankiexport.examination.examiner import Examined, Examiner
from ankiexport.examination.reuse import Reuse
from ankiexport.question import Bank
from ankiexport.yaml_source import read_source

if TYPE_CHECKING:
    from concurrent.futures import Future

# Below so many bytes of sources a second process costs more than it saves.
_PARALLEL_FROM = 400_000


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
        found = reuse.find(source.path, source.data) if reuse and source.data is not None else None
        if found is not None:
            known[source.path] = found
    left = [source for source in sources if source.path not in known]
    fresh = _examined(bank, left, jobs)
    for source in sources:
        if source.path in known:
            yield known.pop(source.path)
            continue
        examined = next(fresh)
        if reuse and source.data is not None:
            reuse.keep(source.path, source.data, examined)
        yield examined


def _examined(bank: Bank, sources: Sequence[Source], jobs: int) -> Iterator[Examined]:
    if not sources:
        return
    if not jobs:
        size = sum(len(source.data or b"") for source in sources)
        jobs = (os.cpu_count() or 1) if size >= _PARALLEL_FROM else 1
    if min(jobs, len(sources)) <= 1:
        examiner = Examiner(bank)
        yield from (_examine_by(examiner, source) for source in sources)
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # Not fork: it is unsafe beside threads, and other systems do not have it.
    with ProcessPoolExecutor(
        jobs - 1, mp_context=get_context("spawn"), initializer=_start_worker, initargs=(bank,)
    ) as pool:
        yield from _shared(bank, sources, [pool.submit(_examine, source) for source in sources])


def _shared(bank: Bank, sources: Sequence[Source], futures: "list[Future[Examined]]") -> Iterator[Examined]:
    """Take the last files into this process, as long as no other has begun with them."""
    examiner = Examiner(bank)
    mine: list[Examined] = []
    while len(mine) < len(sources) and futures[-1 - len(mine)].cancel():
        mine.append(_examine_by(examiner, sources[-1 - len(mine)]))
    yield from (future.result() for future in futures[: len(sources) - len(mine)])
    yield from reversed(mine)


_worker: list[Examiner] = []


def _start_worker(bank: Bank) -> None:
    collect_seldom()
    _worker[:] = [Examiner(bank)]


def _examine(source: Source) -> Examined:
    return _examine_by(_worker[0], source)


def _examine_by(examiner: Examiner, source: Source) -> Examined:
    if source.data is None:
        return Examined((), (), source.problems)
    return examiner.examine(source.path, source.data)
