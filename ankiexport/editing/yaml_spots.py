"""What stands at a place of a YAML text, found line by line, so that a text which is being written does well.

A parser gives up at the first mistake; an author asks for help just there.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ankiexport.editing.source_text import Point
from ankiexport.editing.spots import NOTHING, Kind, Spot
from ankiexport.editing.yaml_flow import flow_closes, flow_spot, quote_closes

_PREFIX = re.compile(r"( *)((?:-(?: +|$))*)")
_KEY = re.compile(
    r"""("(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'\[\]{}#&*!|>%@`,?-](?:[^:#]|:(?=\S)|(?<=\S)#)*?|-[^\s:][^:#]*?)(\s*):(?=\s|$)"""
)
_BLOCK = re.compile(r"(?:[&!]\S+\s+)*[|>][-+0-9]*\s*(?:#.*)?$")
_COMMENT = re.compile(r"(?:^|\s)#")
# Whoever writes this at so little depth has forgotten to close what is open above.
_NEW_KEY = re.compile(r" *(?:- +)*[\w.-]+:(?:\s|$)")


@dataclass(frozen=True, slots=True)
class _Frame:
    """A key or an item (key None) that is open, with the column at which it stands."""

    column: int
    key: str | None
    line: int


@dataclass(frozen=True, slots=True)
class _Open:
    """A value that goes on over several lines: a block, a quoted text or a flow collection."""

    style: str
    column: int
    line: int
    start: int


@dataclass(frozen=True, slots=True)
class _Line:
    """A line taken apart: the columns of its dashes, where its content begins, and the key in front of it."""

    dashes: tuple[int, ...]
    start: int
    content: str
    key: str | None
    key_end: int
    value_start: int


def yaml_spot(lines: Sequence[str], point: Point) -> Spot:
    """Return what stands at a place."""
    stack: list[_Frame] = []
    open_value: _Open | None = None
    for number in range(min(point.line, len(lines))):
        line = lines[number]
        if open_value and _goes_on(lines, open_value, number):
            continue
        open_value = _read(stack, line, number)
    line = lines[point.line] if point.line < len(lines) else ""
    if open_value and _goes_on(lines, open_value, point.line, column=point.column):
        if open_value.style in "[{":
            return flow_spot(lines, Point(open_value.line, open_value.start), point, _path(stack))
        return _text(line, point, _path(stack))
    return _here(lines, line, point, stack)


def _goes_on(lines: Sequence[str], value: _Open, number: int, column: int | None = None) -> bool:
    """Tell whether a value that is open above still is in a line (and at a column, if nothing stands in it)."""
    line = lines[number]
    indent = len(line) - len(line.lstrip(" "))
    is_deeper = (column is None or column > value.column) if not line.strip() else indent > value.column
    if value.style == "|":
        return is_deeper
    # A bracket may close as far left as it likes.
    if not is_deeper and (
        _NEW_KEY.match(line) or (value.style in "[{" and line[indent:][:1] not in {"]", "}"})
    ):
        return False
    start = Point(value.line, value.start)
    closes = flow_closes if value.style in "[{" else quote_closes
    return not closes(lines, start, number)


def _read(stack: list[_Frame], line: str, number: int) -> _Open | None:
    """Take a line's keys and items onto the stack; return the value that stays open behind them."""
    parts = _parts(line)
    if not parts.content.strip() and not parts.dashes:
        return None
    if parts.content.startswith("#"):
        return None
    _push(stack, parts, number)
    value = line[parts.value_start :] if parts.key is not None else parts.content
    owner = parts.start if parts.key is not None else (parts.dashes[-1] if parts.dashes else parts.start - 1)
    start = parts.value_start if parts.key is not None else parts.start
    if _BLOCK.match(value):
        return _Open("|", owner, number, start)
    style = value[:1]
    return _Open(style, owner, number, start) if style in {'"', "'", "[", "{"} else None


def _push(stack: list[_Frame], parts: _Line, number: int) -> None:
    for column in parts.dashes:
        while stack and (stack[-1].column > column or (stack[-1].column == column and stack[-1].key is None)):
            stack.pop()
        stack.append(_Frame(column, None, number))
    while stack and stack[-1].column >= parts.start:
        stack.pop()
    if parts.key is not None:
        stack.append(_Frame(parts.start, parts.key, number))


def _parts(line: str) -> _Line:
    found = _PREFIX.match(line)
    indent, dashes = (found[1], found[2]) if found else ("", "")
    columns = tuple(len(indent) + match.start() for match in re.finditer("-", dashes))
    start = len(indent) + len(dashes)
    content = line[start:]
    key = _KEY.match(content)
    # `topic::` is on its way to be a tag, though YAML would take `topic:` for a key.
    if key is None or (key[1].endswith(":") and not content[key.end() + 1 :].strip()):
        return _Line(columns, start, content, None, start, start)
    after = start + key.end() + 1
    value_start = after + len(line[after:]) - len(line[after:].lstrip())
    return _Line(columns, start, content, key[1].strip("\"'"), start + len(key[1]), value_start)


def _here(lines: Sequence[str], line: str, point: Point, stack: list[_Frame]) -> Spot:
    """Return the spot in a line in which nothing is open from above."""
    parts = _parts(line)
    column = point.column
    if not parts.content.strip():
        # Where nothing is written yet, the cursor tells how deep it will stand.
        parts = _Line(parts.dashes, max(column, parts.start), "", None, column, column)
    before = line[:column]
    in_value = parts.key is not None and column > parts.key_end
    value = line[parts.value_start :] if in_value else ""
    if column < parts.start or (_COMMENT.search(before) and value[:1] not in {'"', "'"}):
        return NOTHING
    _push(stack, _without_key(parts), point.line)
    path = _path(stack)
    if parts.key is not None and not in_value:
        word = line[parts.start : parts.key_end]
        return Spot(Kind.KEY, path, start=parts.start, end=parts.key_end, word=word,
                    siblings=_siblings(lines, point.line, parts.start) - {parts.key})  # fmt: skip
    if parts.key is not None:
        path = (*path, parts.key)
        if column < parts.value_start:
            # Between the colon and the value, or the value is not written yet.
            return Spot(Kind.VALUE, path, start=column, end=column)
        return _value(lines, Point(point.line, parts.value_start), point, path, Kind.VALUE)
    kind = Kind.BARE
    spot = _value(lines, Point(point.line, parts.start), point, path, kind)
    return _with_siblings(spot, _siblings(lines, point.line, parts.start))


def _without_key(parts: _Line) -> _Line:
    return _Line(parts.dashes, parts.start, parts.content, None, parts.key_end, parts.value_start)


def _with_siblings(spot: Spot, siblings: frozenset[str]) -> Spot:
    if spot.kind is not Kind.BARE:
        return spot
    return Spot(Kind.BARE, spot.path, start=spot.start, end=spot.end, word=spot.word, siblings=siblings,
                is_quoted=spot.is_quoted)  # fmt: skip


def _value(lines: Sequence[str], start: Point, point: Point, path: tuple[str, ...], kind: Kind) -> Spot:
    line = lines[start.line] if start.line < len(lines) else ""
    value = line[start.column :]
    if value[:1] in {"[", "{"}:
        if flow_closes(lines, start, point.line, point.column):
            return NOTHING
        return flow_spot(lines, start, point, path)
    if _BLOCK.match(value):
        return NOTHING
    quote = value[:1] if value[:1] in {'"', "'"} else ""
    text = value.partition(" #")[0].rstrip() if not quote else value.rstrip()
    begin = start.column + len(quote)
    word = text[len(quote) :]
    if quote and word.endswith(quote):
        word = word[:-1]
    end = max(begin + len(word), point.column if not word else 0)
    if not begin <= point.column <= end:
        return NOTHING
    return Spot(kind, path, start=begin, end=max(end, begin), word=word, is_quoted=bool(quote))


def _text(line: str, point: Point, path: tuple[str, ...]) -> Spot:
    return Spot(Kind.TEXT, path, start=point.column, end=point.column, word=line)


def _path(stack: list[_Frame]) -> tuple[str, ...]:
    return tuple(frame.key for frame in stack if frame.key is not None)


def _siblings(lines: Sequence[str], number: int, column: int) -> frozenset[str]:
    """Return the keys of the mapping in which a line stands, above and below it."""
    found: set[str] = set()
    for step in (-1, 1):
        at = number if step < 0 else number + 1
        while 0 <= at < len(lines):
            parts = _parts(lines[at])
            blank = not parts.content.strip() or parts.content.startswith("#")
            if not blank and parts.start < column:
                break
            if parts.start == column and parts.key is not None and (at != number):
                if step > 0 and parts.dashes:
                    break
                found.add(parts.key)
            if parts.start == column and parts.dashes and step < 0:
                break
            at += step
    return frozenset(found)
