"""Lists and mappings in one line (`[a, b]`, `{key: value}`), and quoted texts, as far as they are written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ankiexport.editing.source_text import Point
from ankiexport.editing.spots import Kind, Spot


@dataclass(slots=True)
class _Level:
    """A collection that is open: its bracket, the key of which the value is being read, and its keys so far."""

    bracket: str
    key: str | None = None
    keys: set[str] = field(default_factory=set)


def flow_closes(lines: Sequence[str], start: Point, last: int, column: int = 0) -> bool:
    """Tell whether a collection that begins at `start` is closed before a place in a later line."""
    depth = 0
    for _point, char, quoted in _characters(lines, start, Point(last, column)):
        if quoted:
            continue
        depth += (char in "[{") - (char in "]}")
        if not depth:
            return True
    return False


def quote_closes(lines: Sequence[str], start: Point, last: int, column: int = 0) -> bool:
    """Tell whether a quoted text that begins at `start` is closed before a place in a later line."""
    return any(
        not quoted and char in "\"'" and point != start
        for point, char, quoted in _characters(lines, start, Point(last, column))
    )


def flow_spot(lines: Sequence[str], start: Point, point: Point, path: tuple[str, ...]) -> Spot:
    """Return what stands at a place within a collection that begins at `start`."""
    reader = _Reader()
    for at, char, quoted in _characters(lines, start, point):
        reader.take(lines[at.line], at, char, quoted=quoted)
    keys = tuple(level.key for level in reader.levels if level.key is not None)
    inner = reader.levels[-1] if reader.levels else _Level("[")
    is_key = inner.bracket == "{" and inner.key is None
    line = lines[point.line]
    begin = reader.begin.column if reader.begin and reader.begin.line == point.line else point.column
    end = max(begin, _end(line, point.column, reader.quote))
    return Spot(
        Kind.KEY if is_key else Kind.VALUE,
        (*path, *keys),
        start=begin,
        end=end,
        word=line[begin:end],
        siblings=frozenset(inner.keys),
        is_quoted=bool(reader.quote),
    )


@dataclass(slots=True)
class _Reader:
    """Reads a collection up to a place; `begin` is where the word begins that is being read."""

    levels: list[_Level] = field(default_factory=list)
    word: str = ""
    begin: Point | None = None
    quote: str = ""

    def take(self, line: str, at: Point, char: str, *, quoted: bool) -> None:
        """Read one character."""
        if not quoted and self._is_mark(line, at, char):
            self.word, self.quote, self.begin = "", "", None
        elif not quoted and char in "\"'" and not self.word:
            self.quote, self.begin = char, Point(at.line, at.column + 1)
        elif self.word or char.strip():
            self.begin = self.begin or at
            self.word += char

    def _is_mark(self, line: str, at: Point, char: str) -> bool:
        """Tell whether a character separates words, and take note of what it says."""
        inner = self.levels[-1] if self.levels else None
        if char in "[{":
            self.levels.append(_Level(char))
        elif char in "]}":
            self.levels = self.levels[:-1]
        elif char == "," and inner:
            inner.key = None
        elif char == ":" and inner and inner.bracket == "{" and line[at.column + 1 : at.column + 2].isspace():
            inner.key = self.word.strip()
            inner.keys.add(inner.key)
        else:
            return False
        return True


def _end(line: str, column: int, quote: str) -> int:
    """Return where the word at a column ends."""
    end = column
    while end < len(line) and line[end] not in (quote or ",]}"):
        if not quote and (line[end : end + 2] in {": ", " #"} or line[end:] == ":"):
            break
        end += 1
    return end if quote else max(column, len(line[:end].rstrip()))


def _characters(lines: Sequence[str], start: Point, end: Point) -> Iterator[tuple[Point, str, bool]]:
    """Yield the characters up to a place, each with whether it stands within quotes; comments are left out."""
    quote = ""
    for number in range(start.line, min(end.line, len(lines) - 1) + 1):
        line = lines[number]
        column = start.column if number == start.line else 0
        last = end.column if number == end.line else len(line)
        while column < min(last, len(line)):
            char, point = line[column], Point(number, column)
            if quote == '"' and char == "\\":
                yield point, char, True
                column += 1
                if column < last and column < len(line):
                    yield Point(number, column), line[column], True
            elif quote:
                if char == quote == line[column + 1 : column + 2] == "'":
                    column += 1
                    yield point, char, True
                elif char == quote:
                    quote = ""
                    yield point, char, False
                else:
                    yield point, char, True
            elif char == "#" and (column == 0 or line[column - 1] in " \t"):
                break
            else:
                if char in "\"'" and _begins(line, column):
                    quote = char
                yield point, char, False
            column += 1


def _begins(line: str, column: int) -> bool:
    """Tell whether a quote begins a text: one within a word is a part of it."""
    return line[:column].rstrip()[-1:] in {"", "[", "{", ",", ":", "-"}
