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
    levels: list[_Level] = []
    word, begin = "", point
    quote = ""
    for at, char, quoted in _characters(lines, start, point):
        if quoted:
            word += char
        elif char in "[{":
            levels.append(_Level(char))
            word, quote = "", ""
        elif char in "]}" and levels:
            levels.pop()
            word = ""
        elif char == ",":
            if levels:
                levels[-1].key = None
            word, quote = "", ""
        elif char == ":" and levels and levels[-1].bracket == "{" and _next(lines, at) in {" ", ""}:
            levels[-1].key = word.strip()
            levels[-1].keys.add(word.strip())
            word, quote = "", ""
        elif char in "\"'" and not word.strip():
            quote, word = char, ""
            begin = Point(at.line, at.column + 1)
            continue
        elif char in "\"'" and quote:
            continue
        else:
            word += char
        if not quoted and not word.strip():
            begin = Point(at.line, at.column + 1)
            word = ""
    keys = tuple(level.key for level in levels if level.key is not None)
    inner = levels[-1] if levels else _Level("[")
    is_key = inner.bracket == "{" and inner.key is None
    begin = begin if begin.line == point.line else Point(point.line, point.column)
    end = _end(lines[point.line], point.column, quote, is_key=is_key)
    return Spot(
        Kind.KEY if is_key else Kind.VALUE,
        (*path, *keys),
        start=begin.column,
        end=max(end, begin.column),
        word=lines[point.line][begin.column : end],
        siblings=frozenset(inner.keys),
        is_quoted=bool(quote),
    )


def _end(line: str, column: int, quote: str, *, is_key: bool) -> int:
    stops = quote or ",]}"
    end = column
    while end < len(line) and line[end] not in stops:
        if not quote and line[end] == ":" and line[end + 1 : end + 2] in {" ", ""}:
            break
        if not quote and line[end : end + 2] == " #":
            break
        end += 1
    del is_key
    return max(column, len(line[:end].rstrip())) if not quote else end


def _next(lines: Sequence[str], point: Point) -> str:
    return lines[point.line][point.column + 1 : point.column + 2]


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
