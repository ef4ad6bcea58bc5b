"""What became of many question files, on the disk until it is asked for."""

import marshal
import pickle
from collections.abc import Iterator, Sequence
from dataclasses import fields as dataclass_fields
from dataclasses import replace
from typing import NamedTuple, overload

from ankiexport.diagnostics import Position
from ankiexport.examination.examiner import Examined
from ankiexport.fields import Fields
from ankiexport.lock.entries import known_digests
from ankiexport.notes import Digests, NoteContent, Sorting
from ankiexport.quality.outline import Outline
from ankiexport.spool import Spool


def put_away(examined: Examined, spool: Spool) -> Examined:
    """Return what became of a file, with outlines and what is long in contents in a spool, if it takes them."""
    contents = tuple(_put_away(content, spool) for content in examined.contents)
    return replace(examined, contents=contents, outlines=_outlines_in(spool, examined.outlines))


class _Long(NamedTuple):
    """The values of a note's content that take most of its memory."""

    fields: Sequence[str]
    text: str
    digests: Digests | None
    sorting: Sorting | None
    position: Position


_HELD = [own.name for own in dataclass_fields(NoteContent) if own.name not in _Long._fields]
_SORTED_FIELDS = Sorting._fields.index("fields")


class _PutAway(NoteContent):
    """A note's content that holds only what is short; the rest is in a spool."""

    __slots__ = ("_at", "_size", "_spool")

    _at: int
    _size: int
    _spool: Spool

    def __new__(cls, *values: object, **named: object) -> NoteContent:  # type: ignore[misc] # a copy with other values is whole
        """Return a content that holds all."""
        return NoteContent(*values, **named)  # type: ignore[arg-type]

    @property
    def fields(self) -> Sequence[str]:
        """The fields."""
        return _long_of(self).fields

    @property
    def text(self) -> str:
        """The HTML of what is asked."""
        return _long_of(self).text

    @property
    def digests(self) -> Digests | None:
        """The digests of the content."""
        return _long_of(self).digests

    @property
    def sorting(self) -> Sorting | None:
        """What Anki sorts by."""
        return _long_of(self).sorting

    @property
    def position(self) -> Position:
        """Where the question stands."""
        return _long_of(self).position

    def __eq__(self, other: object) -> bool:
        """Tell whether another content says the same, wherever it is held."""
        return _whole(self) == (_whole(other) if isinstance(other, _PutAway) else other)

    def __hash__(self) -> int:
        """Return the hash of a content that holds all."""
        return hash(_whole(self))

    def __repr__(self) -> str:
        """Return what a content that holds all shows."""
        return repr(_whole(self))

    def __reduce__(self) -> tuple[type[NoteContent], tuple[object, ...]]:
        """Let it be pickled as one that holds all."""
        return NoteContent, tuple(getattr(self, own.name) for own in dataclass_fields(NoteContent))


def _put_away(content: NoteContent, spool: Spool) -> NoteContent:
    if not isinstance(content.fields, Fields):
        return content
    known, sorting, where = known_digests(content), content.sorting, content.position
    data = marshal.dumps(
        (
            content.fields.joined,
            str(content.text),
            known and (known.content, known.fields),
            sorting and sorting.fields is content.fields and _without_fields(sorting),
            (where.path, where.line, where.column),
        )
    )
    away: _PutAway = object.__new__(_PutAway)
    held = {name: getattr(content, name) for name in _HELD}
    # Most notes have the same cards and some of the same tags as others.
    held.update({name: spool.one(held[name]) for name in ("ords", "tags", "media")})
    for name, value in {**held, "_at": spool.put(data), "_size": len(data), "_spool": spool}.items():
        # It is frozen.
        object.__setattr__(away, name, value)
    return away


def _without_fields(sorting: Sorting) -> list[object]:
    return [*sorting[:_SORTED_FIELDS], None, *sorting[_SORTED_FIELDS + 1 :]]


def _long_of(content: _PutAway) -> _Long:
    latest = content._spool.latest  # noqa: SLF001
    if latest.at == content._at and isinstance(latest.made, _Long):  # noqa: SLF001
        return latest.made
    data = content._spool.get(content._at, content._size)  # noqa: SLF001
    # The bytes are the run's own, from a file that only it can read.
    joined, text, digests, sorting, where = marshal.loads(data)  # noqa: S302
    own = Fields(joined)
    taken_of = (content.note_type, own, content.tags, content.media)
    if sorting:
        sorting[_SORTED_FIELDS] = own
    known = Digests(digests[0], digests[1], taken_of) if digests else None
    latest.made = _Long(own, text, known, Sorting(*sorting) if sorting else None, Position(*where))
    latest.at = content._at  # noqa: SLF001
    return latest.made


def _whole(content: _PutAway) -> NoteContent:
    return replace(content)


def _outlines_in(spool: Spool, outlines: Sequence[Outline]) -> Sequence[Outline]:
    if not spool.is_full or not outlines:
        return outlines
    data = pickle.dumps(outlines, protocol=5)
    return _Outlines(spool, spool.put(data), len(data), outlines[0], len(outlines))


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
