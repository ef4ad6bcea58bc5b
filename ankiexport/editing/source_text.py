"""A source text as editors count it: its lines, and columns in the units of the protocol."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

# The three of the protocol; PyYAML and `str.splitlines` know more.
_BREAK = re.compile(r"\r\n|\n|\r")


class Units(StrEnum):
    """In what columns are counted."""

    UTF8 = "utf-8"
    UTF16 = "utf-16"
    UTF32 = "utf-32"


@dataclass(frozen=True, order=True, slots=True)
class Point:
    """A place between two characters; line and column count from 0, columns in characters."""

    line: int
    column: int


@dataclass(frozen=True, order=True, slots=True)
class Range:
    """What stands between two points."""

    start: Point
    end: Point

    @staticmethod
    def on(line: int, start: int, end: int) -> "Range":
        """Return a range within one line."""
        return Range(Point(line, start), Point(line, end))


@dataclass(frozen=True, slots=True)
class Change:
    """An edit of a text, its columns in units; without a range, `text` takes the place of all."""

    text: str
    start: tuple[int, int] = (0, 0)
    end: tuple[int, int] | None = None


@dataclass(frozen=True)
class SourceText:
    """A text as it stands in an editor, line breaks and all."""

    text: str

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines without their breaks; there is always one."""
        return tuple(_BREAK.split(self.text))

    @cached_property
    def normal(self) -> str:
        r"""The text as the program reads files: `\n` alone breaks lines, and no byte order mark."""
        text = self.text.lstrip("\ufeff")
        return text if "\r" not in text else text.replace("\r\n", "\n").replace("\r", "\n")

    def line(self, number: int) -> str:
        """Return a line; lines after the last one are empty."""
        return self.lines[number] if 0 <= number < len(self.lines) else ""

    def edited(self, changes: Iterable[Change], units: Units) -> "SourceText":
        """Return the text after edits, made one after the other."""
        result = self
        for change in changes:
            if change.end is None:
                result = SourceText(change.text)
            else:
                start, end = result._offset(*change.start, units), result._offset(*change.end, units)
                result = SourceText(result.text[:start] + change.text + result.text[end:])
        return result

    def point(self, line: int, column: int, units: Units) -> Point:
        """Return a place that an editor names, with its column in characters."""
        number = max(0, min(line, len(self.lines) - 1))
        if number != line:
            return Point(number, len(self.lines[number]) if line > number else 0)
        return Point(line, column_of(self.lines[line], column, units))

    def units_at(self, point: Point, units: Units) -> tuple[int, int]:
        """Return a place as an editor counts it."""
        line = self.line(point.line)
        return point.line, units_before(line, point.column, units)

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(found.end() for found in _BREAK.finditer(self.text))]

    def _offset(self, line: int, column: int, units: Units) -> int:
        if line >= len(self.lines):
            return len(self.text)
        return self._starts[line] + column_of(self.lines[line], column, units)


def units_before(line: str, column: int, units: Units) -> int:
    """Return how many units stand before a column of a line."""
    before = line[: max(column, 0)]
    return len(before) if before.isascii() else sum(_width(char, units) for char in before)


def column_of(line: str, count: int, units: Units) -> int:
    """Return the column before which so many units stand; a place within a character is before it."""
    if line.isascii() or units is Units.UTF32:
        return max(0, min(count, len(line)))
    total = 0
    for column, char in enumerate(line):
        total += _width(char, units)
        if total > count:
            return column
    return len(line)


def composed_column(line: str, column: int) -> int:
    """Return the column in a line as it is written of a column in its normal form (NFC)."""
    if unicodedata.is_normalized("NFC", line):
        return column
    ends = range(len(line) + 1)
    return next((end for end in ends if len(unicodedata.normalize("NFC", line[:end])) >= column), len(line))


def _width(char: str, units: Units) -> int:
    code = ord(char)
    if units is Units.UTF16:
        return 1 + (code > 0xFFFF)
    if units is Units.UTF8:
        return 1 + (code > 0x7F) + (code > 0x7FF) + (code > 0xFFFF)
    return 1
