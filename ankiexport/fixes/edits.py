"""Small edits of a source text that leave the rest of it byte for byte as its author wrote it.

A `Draft` remembers from which line of the author's file each of its lines comes, so that a
later repair can still name the line that the author sees.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, order=True, slots=True)
class Edit:
    """Puts `text` in place of the characters from `start` up to `end`."""

    start: int
    end: int
    text: str = ""


class LineIndex:
    """Converts between offsets in a text and its lines, which count from 0."""

    def __init__(self, text: str) -> None:
        """Find the beginnings of the lines."""
        self.starts = [0, *(found.end() for found in re.finditer(r"\n", text))]
        self._length = len(text)

    def line(self, offset: int) -> int:
        """Return the line in which the character at `offset` stands."""
        return bisect_right(self.starts, offset) - 1

    def column(self, offset: int) -> int:
        """Return how many characters stand before `offset` in its line."""
        return offset - self.starts[self.line(offset)]

    def start(self, line: int) -> int:
        """Return the offset at which a line begins; the end of the text for lines after the last."""
        return self.starts[line] if line < len(self.starts) else self._length


@dataclass(frozen=True, slots=True)
class Draft:
    """A text under repair; `origins` holds, for each line, its number in the author's file (from 1)."""

    text: str
    origins: tuple[int, ...]
    index: LineIndex = field(compare=False, repr=False)

    @staticmethod
    def of(text: str, origins: Sequence[int] = ()) -> "Draft":
        """Return a draft of the text; without `origins` it is the author's own."""
        return Draft(text, tuple(origins) or tuple(range(1, text.count("\n") + 2)), LineIndex(text))

    @staticmethod
    def of_lines(lines: Iterable[tuple[str, int]]) -> "Draft":
        """Return the draft that these lines, each with its origin, make."""
        pairs = list(lines)
        text = "".join(f"{line}\n" for line, _origin in pairs)
        return Draft.of(text, [*(origin for _line, origin in pairs), pairs[-1][1] + 1 if pairs else 1])

    def lines(self) -> list[tuple[str, int]]:
        """Return the lines, each with its origin; the text must end with a line break."""
        return list(zip(self.text.split("\n")[:-1], self.origins, strict=False))

    def origin(self, offset: int) -> int:
        """Return the line of the author's file that holds the character at `offset`."""
        return self.origins[self.index.line(offset)]

    def edited(self, edits: Iterable[Edit]) -> "Draft":
        """Return the draft with these edits made; they must not overlap."""
        parts: list[str] = []
        origins = [self.origins[0]]
        position = 0
        for edit in sorted(edits):
            self._keep(position, edit.start, parts, origins)
            parts.append(edit.text)
            origins.extend([self.origin(edit.start)] * edit.text.count("\n"))
            position = edit.end
        self._keep(position, len(self.text), parts, origins)
        return Draft.of("".join(parts), origins)

    def _keep(self, start: int, end: int, parts: list[str], origins: list[int]) -> None:
        if end > start:
            parts.append(self.text[start:end])
            origins.extend(self.origins[self.index.line(start) + 1 : self.index.line(end) + 1])
