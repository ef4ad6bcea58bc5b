"""What became of many question files, on the disk until it is asked for."""

import pickle
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import overload

from ankiexport.examination.examiner import Examined
from ankiexport.fields import Fields, Spool
from ankiexport.quality.outline import Outline


def put_away(examined: Examined, spool: Spool) -> Examined:
    """Return what became of a file, with fields and outlines in a spool if it takes them.

    So outlines, which are not needed for long, do not lie between contents, which are: memory is only free for
    others where much of it is.
    """
    for content in examined.contents:
        if isinstance(content.fields, Fields):
            content.fields.put_away(spool)
    if not spool.is_full or not examined.outlines:
        return examined
    data = pickle.dumps(examined.outlines, protocol=5)
    at = spool.put(data)
    if at is None:
        return examined
    kept = _Outlines(spool, at, len(data), examined.outlines[0], len(examined.outlines))
    return replace(examined, outlines=kept)


class _Outlines(Sequence[Outline]):
    """The outlines of a file in a spool; the first one is at hand."""

    __slots__ = ("_at", "_count", "_first", "_size", "_spool")

    def __init__(self, spool: Spool, at: int, size: int, first: Outline, count: int) -> None:
        self._spool, self._at, self._size = spool, at, size
        self._first, self._count = first, count

    @overload
    def __getitem__(self, place: int) -> Outline: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[Outline, ...]: ...

    def __getitem__(self, place: int | slice) -> Outline | tuple[Outline, ...]:
        return self._first if place == 0 else self._all()[place]

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Outline]:
        return iter(self._all())

    def _all(self) -> tuple[Outline, ...]:
        # The bytes are the run's own, from a file that only it can read.
        found: tuple[Outline, ...] = pickle.loads(self._spool.get(self._at, self._size))  # noqa: S301
        return found
