"""Diagnostics in a text: from where to where each reaches."""

import re

from ankiexport.diagnostics import Diagnostic, Position
from ankiexport.editing.source_text import Point, Range, SourceText, composed_column
from ankiexport.quality import CODES as QUALITY_CODES

_WORD = re.compile(r"[^\s,\[\](){}\"'`#]+")
# What is wrong is the text as a whole, of which the place is the beginning.
_WHOLE_LINE = frozenset(
    {*QUALITY_CODES, "empty-text", "wrong-type", "markdown-layout", "front-matter", "yaml-syntax", "no-card",
     "cloze-missing", "given-fields", "given-template", "formula"}
) - {"acronym", "dead-link"}  # fmt: skip


def range_of(diagnostic: Diagnostic, text: SourceText) -> Range:
    """Return what a diagnostic is about; at least one character where the line has any."""
    start = point_of(diagnostic.position, text)
    while start.line and not text.line(start.line).strip():
        # An empty line has nothing to underline; what is wrong began above it.
        start = Point(start.line - 1, len(text.line(start.line - 1).rstrip()))
    line = text.line(start.line)
    rest = line[start.column :]
    if diagnostic.code in _WHOLE_LINE:
        end = start.column + len(rest.rstrip())
    else:
        word = _WORD.match(rest)
        end = start.column + (len(word[0].rstrip(":")) if word else 1)
    end = min(max(end, start.column + 1), len(line))
    # At the end of a line there is nothing to underline but what stands before it.
    begin = start.column if end > start.column else max(0, end - 1)
    return Range(Point(start.line, min(begin, end)), Point(start.line, end))


def point_of(position: Position, text: SourceText) -> Point:
    """Return a position of the program as a place in a text; never one behind its end."""
    number = max(0, min(position.line, len(text.lines)) - 1)
    line = text.line(number)
    column = position.column - 1
    if position.path.lower().endswith(".md"):
        # Markdown is read in its normal form.
        column = composed_column(line, column)
    return Point(number, max(0, min(column, len(line))))


def at_point(
    diagnostics: tuple[Diagnostic, ...], path: str, text: SourceText, where: Range
) -> list[Diagnostic]:
    """Return the diagnostics of a file that a range touches."""
    return [
        one
        for one in diagnostics
        if one.position.path == path
        and where.start.line <= one.position.line - 1 <= where.end.line
        and _touch(range_of(one, text), where)
    ]


def _touch(one: Range, other: Range) -> bool:
    return one.start <= other.end and other.start <= one.end
