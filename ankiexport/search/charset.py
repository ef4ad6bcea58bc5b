"""Sets of characters as ranges of code points: what the classes of regular expressions are made of."""

import re
import sys
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from ankiexport.search.folding import case_variants, fold_char

_LAST = sys.maxunicode
# Up to this size a class is written out in the form in which folded texts have its characters.
_SMALL = 64


@dataclass(frozen=True, slots=True)
class CharSet:
    """Characters, as ranges that are sorted and do not touch; both ends belong to a range."""

    ranges: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, ranges: Iterable[tuple[int, int]]) -> "CharSet":
        """Return the set of all characters of some ranges."""
        merged: list[tuple[int, int]] = []
        for low, high in sorted(ranges):
            if merged and low <= merged[-1][1] + 1:
                merged[-1] = (merged[-1][0], max(merged[-1][1], high))
            else:
                merged.append((low, high))
        return cls(tuple(merged))

    @classmethod
    def chars(cls, chars: Iterable[str]) -> "CharSet":
        """Return the set of some characters."""
        return cls.of((ord(char), ord(char)) for char in chars)

    def __contains__(self, code: int) -> bool:
        """Tell whether a code point belongs to the set."""
        place = bisect_right(self.ranges, (code, _LAST)) - 1
        return place >= 0 and code <= self.ranges[place][1]

    def __or__(self, other: "CharSet") -> "CharSet":
        """Return what is in either set."""
        return CharSet.of(self.ranges + other.ranges)

    def __invert__(self) -> "CharSet":
        """Return all other characters."""
        starts = [0, *(high + 1 for _low, high in self.ranges)]
        ends = [*(low - 1 for low, _high in self.ranges), _LAST]
        return CharSet(tuple((low, high) for low, high in zip(starts, ends, strict=True) if low <= high))

    def __and__(self, other: "CharSet") -> "CharSet":
        """Return what is in both sets."""
        return ~(~self | ~other)

    def __sub__(self, other: "CharSet") -> "CharSet":
        """Return what is in this set only."""
        return self & ~other

    def __xor__(self, other: "CharSet") -> "CharSet":
        """Return what is in one set only."""
        return (self - other) | (other - self)

    def __len__(self) -> int:
        """Return how many characters the set has."""
        return sum(high - low + 1 for low, high in self.ranges)

    def with_case_variants(self) -> "CharSet":
        """Return the set and every character that folds to the same as one of it."""
        if len(self) == 1:
            (low, _high), *_rest = self.ranges
            return CharSet.chars(case_variants().get(chr(low), chr(low)))
        added = {group for char, group in case_variants().items() if ord(char) in self}
        return CharSet.of([*self.ranges, *((ord(char), ord(char)) for group in added for char in group)])

    def folded(self) -> "CharSet":
        """Return a set that says of folded texts what this one, with all its variants, says of others."""
        if len(self) > _SMALL:
            return self
        codes = (code for low, high in self.ranges for code in range(low, high + 1))
        return CharSet.chars(char for char in map(chr, codes) if fold_char(char) == char)

    def pattern(self) -> str:
        """Return what matches one character of the set in a regular expression of Python."""
        if not self.ranges:
            return "(?!)"
        if len(self) == 1:
            return re.escape(chr(self.ranges[0][0]))
        return _bracketed(self)


@cache
def _bracketed(chars: CharSet) -> str:
    negated = chars.ranges[0][0] == 0 and chars.ranges[-1][1] == _LAST
    ranges = (~chars).ranges if negated else chars.ranges
    if not ranges:
        return r"[\s\S]"
    parts = (_escaped(low) + (f"-{_escaped(high)}" if high > low else "") for low, high in ranges)
    return f"[{'^' if negated else ''}{''.join(parts)}]"


def _escaped(code: int) -> str:
    char = chr(code)
    return char if char.isascii() and char.isalnum() else f"\\U{code:08x}"
