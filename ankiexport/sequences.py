"""Sequences over others, which hold nothing of their own: of much that lies on the disk, little is in memory."""

from array import array
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from typing import TypeVar, overload

_T = TypeVar("_T")
_U = TypeVar("_U")


class View(Sequence[_T]):
    """A sequence that is gone through; unless a kind of it knows better, what stands at one place is reached from the beginning."""

    __slots__ = ()

    @overload
    def __getitem__(self, place: int) -> _T: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[_T, ...]: ...

    def __getitem__(self, place: int | slice) -> _T | tuple[_T, ...]:
        """Return what stands at a place, or at some."""
        if isinstance(place, slice):
            return self.part(range(*place.indices(len(self))))
        at = place + len(self) if place < 0 else place
        if not 0 <= at < len(self):
            raise IndexError(place)
        return self.at(at)

    def at(self, place: int) -> _T:
        """Return what stands at a place that there is."""
        return next(islice(self, place, None))

    def part(self, places: range) -> tuple[_T, ...]:
        """Return what stands at some places that there are."""
        found = tuple(self)
        return tuple(found[place] for place in places)

    def __len__(self) -> int:
        """Return how many there are."""
        return sum(1 for _each in self)

    def __eq__(self, other: object) -> bool:
        """Tell whether another has the same, in the same order."""
        if not isinstance(other, View | tuple):
            return NotImplemented
        return len(self) == len(other) and all(map(_are_equal, self, other))

    def __hash__(self) -> int:
        """Return the hash of a tuple of the same."""
        return hash(tuple(self))


def _are_equal(first: object, second: object) -> bool:
    return first is second or first == second


class Indexed(View[_T]):
    """A sequence that finds each of its places at once."""

    __slots__ = ()

    def part(self, places: range) -> tuple[_T, ...]:
        """Return what stands at some places that there are."""
        return tuple(map(self.at, places))


class Joined(View[_T]):
    """Some sequences, one after the other."""

    __slots__ = ("_parts",)

    def __init__(self, parts: Sequence[Sequence[_T]]) -> None:
        """Take the sequences."""
        self._parts = parts

    def __iter__(self) -> Iterator[_T]:
        """Yield what each of them has."""
        return chain.from_iterable(self._parts)

    def __len__(self) -> int:
        """Return how many they have together."""
        return sum(map(len, self._parts))


class Each(Indexed[_U]):
    """What a function makes of each value of a sequence, made whenever it is asked for."""

    __slots__ = ("_make", "_source")

    def __init__(self, make: "Callable[[_T], _U]", source: Sequence[_T]) -> None:
        """Take the function and the sequence."""
        self._make: Callable[..., _U] = make
        self._source: Sequence[object] = source

    def __iter__(self) -> Iterator[_U]:
        """Yield what is made of each."""
        return map(self._make, self._source)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._source)

    def at(self, place: int) -> _U:
        """Return what is made of the one at a place."""
        return self._make(self._source[place])


class Chosen(View[_T]):
    """The values of a sequence for which something holds."""

    __slots__ = ("_holds", "_source")

    def __init__(self, holds: Callable[[_T], bool], source: Sequence[_T]) -> None:
        """Take what has to hold, and the sequence."""
        self._holds = holds
        self._source = source

    def __iter__(self) -> Iterator[_T]:
        """Yield those for which it does."""
        return filter(self._holds, self._source)


class Paired(Indexed[tuple[_T, _U]]):
    """What stands at the same places of two sequences."""

    __slots__ = ("_first", "_second")

    def __init__(self, first: Sequence[_T], second: Sequence[_U]) -> None:
        """Take two sequences of one length."""
        self._first = first
        self._second = second

    def __iter__(self) -> Iterator[tuple[_T, _U]]:
        """Yield the pairs."""
        return zip(self._first, self._second, strict=True)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._first)

    def at(self, place: int) -> tuple[_T, _U]:
        """Return the pair at a place."""
        return self._first[place], self._second[place]


class Picked(Indexed[_T]):
    """What stands at some places of a sequence, in their order."""

    __slots__ = ("_places", "_source")

    def __init__(self, places: Sequence[int], source: Sequence[_T]) -> None:
        """Take the places and the sequence."""
        self._places = array("L", places)
        self._source = source

    def __iter__(self) -> Iterator[_T]:
        """Yield what stands there."""
        return map(self._source.__getitem__, self._places)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._places)

    def at(self, place: int) -> _T:
        """Return what stands at one of the places."""
        return self._source[self._places[place]]


def picked(places: Sequence[int], source: Sequence[_T]) -> Sequence[_T]:
    """Return what stands at some places of a sequence, in their order; it is held if the sequence holds all."""
    return Picked(places, source) if isinstance(source, View) else tuple(map(source.__getitem__, places))
