"""Sequences over others: as good as a tuple of what they hold."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankiexport.sequences import Chosen, Each, Joined, Paired, Picked, picked

NUMBERS = st.lists(st.integers(0, 9), max_size=9).map(tuple)


def assert_as_good_as(found: Sequence[object], expected: Sequence[object], start: int, end: int) -> None:
    """Hold that a sequence does what a tuple does."""
    assert (*found,) == (*found,) == expected
    assert len(found) == len(expected)
    assert bool(found) == bool(expected)
    assert found == expected
    assert expected == found
    assert found != (*expected, 1)
    assert hash(found) == hash(expected)
    assert [*reversed(found)] == [*reversed(expected)]
    assert found[start:end] == expected[start:end]
    assert found[::-2] == expected[::-2]
    assert [found[at] for at in range(-len(expected), len(expected))] == [*expected, *expected]
    for beyond in (len(expected), -len(expected) - 1):
        with pytest.raises(IndexError):
            found[beyond]


@given(st.lists(NUMBERS, max_size=4), NUMBERS, st.integers(-9, 9), st.integers(-9, 9))
def test_they_are_as_good_as_tuples(
    parts: list[tuple[int, ...]], own: tuple[int, ...], start: int, end: int
) -> None:
    joined = sum(parts, ())
    places = [at % len(joined) for at in own] if joined else []
    cases: list[tuple[Sequence[Any], tuple[Any, ...]]] = [
        (Joined(parts), joined),
        (Each(str, own), tuple(map(str, own))),
        (Each(str, Joined(parts)), tuple(map(str, joined))),
        (Chosen(_is_odd, own), tuple(filter(_is_odd, own))),
        (Chosen(_is_odd, Joined(parts)), tuple(filter(_is_odd, joined))),
        (Paired(own, own[::-1]), tuple(zip(own, own[::-1], strict=True))),
        (Picked(places, joined), tuple(joined[at] for at in places)),
        (Picked(places, Joined(parts)), tuple(joined[at] for at in places)),
    ]
    for found, expected in cases:
        assert_as_good_as(found, expected, start, end)


def _is_odd(number: Any) -> bool:
    return bool(number % 2)


@pytest.mark.parametrize(
    ("source", "kind"), [((1, 2, 3), tuple), ([1, 2, 3], tuple), (Joined([(1, 2), (3,)]), Picked)]
)
def test_what_is_picked_of_what_is_held_is_held(source: Sequence[int], kind: Callable[..., object]) -> None:
    found = picked([2, 0], source)
    assert type(found) is kind
    assert found == (3, 1)
