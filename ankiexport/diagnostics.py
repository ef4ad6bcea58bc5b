"""Diagnostics: problems found in a bank, as values, and how they are printed.

Stages return `(result, diagnostics)`. Whether a diagnostic is an error or a warning depends
on its code alone; `CODES` is the one table of them, from which `docs/diagnostics.md` is made.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import NamedTuple

from ankiexport.codes import CODES


class Severity(StrEnum):
    """How bad it is: an error stops a build, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


class Position(NamedTuple):
    """A place in a source file; line and column count from 1, columns in characters."""

    path: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        """Return `path:line:column`, which editors and terminals turn into a link."""
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, order=True, slots=True)
class Diagnostic:
    """One problem: where it is, what is wrong, and what to do about it.

    `related` are the other places that belong to it, such as the first of two equal ids.
    """

    position: Position
    code: str
    message: str
    advice: str = ""
    related: tuple[Position, ...] = field(default=())

    @property
    def severity(self) -> Severity:
        """The severity that the table of codes gives to this code."""
        return Severity.WARNING if CODES[self.code].warning else Severity.ERROR

    @property
    def is_error(self) -> bool:
        """Whether this problem stops a build."""
        return self.severity is Severity.ERROR


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Tell whether any of the diagnostics stops a build."""
    return any(diagnostic.is_error for diagnostic in diagnostics)


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return diagnostics once each, in the order of their places."""
    return tuple(sorted(set(diagnostics)))


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that the author most likely meant, if one is near enough."""
    words = sorted(set(known))
    folded = {candidate.casefold(): candidate for candidate in words}
    if word.casefold() in folded:
        return folded[word.casefold()]
    matches = get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.6)
    return folded[matches[0]] if matches else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return advice that names the nearest known word, or the known words when none is near."""
    words = sorted(set(known))
    match = nearest(word, words)
    if match is not None:
        return f'did you mean "{match}"?'
    listed = ", ".join(words[:12]) + (", ..." if len(words) > 12 else "")
    return f"known here: {listed}" if words else ""


def as_json(diagnostics: Iterable[Diagnostic]) -> str:
    """Return the diagnostics as a JSON list of objects, one key a fact."""
    return json.dumps([_as_dict(diagnostic) for diagnostic in diagnostics], indent=2, ensure_ascii=False)


def as_github(diagnostics: Iterable[Diagnostic]) -> str:
    """Return the diagnostics as workflow commands, which GitHub shows beside the line.

    Format: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
    """
    lines = []
    for diagnostic in diagnostics:
        where = diagnostic.position
        message = diagnostic.message + (f"\n{diagnostic.advice}" if diagnostic.advice else "")
        lines.append(
            f"::{diagnostic.severity} file={_property(where.path)},line={where.line},col={where.column},"
            f"title={_property(diagnostic.code)}::{_data(message)}"
        )
    return "\n".join(lines)


def as_text(diagnostics: Iterable[Diagnostic], *, style: Callable[[str, str], str] | None = None) -> str:
    """Return the diagnostics for a person: the place, the problem, the source line, and advice.

    `style(text, role)` may colour a part; the roles are "error", "warning", "place", "source", "advice".
    """
    paint = style or (lambda text, _role: text)
    lines_of = cache(_lines)
    return "\n".join(_text(diagnostic, paint, lines_of) for diagnostic in diagnostics)


def printable(text: str) -> str:
    """Return a text without control characters: a bank is someone else's, and a terminal obeys them."""
    return "".join(char if char == "\n" or char.isprintable() else f"\\x{ord(char):02x}" for char in text)


def _as_dict(diagnostic: Diagnostic) -> dict[str, object]:
    where = diagnostic.position
    return {
        "path": where.path,
        "line": where.line,
        "column": where.column,
        "severity": str(diagnostic.severity),
        "code": diagnostic.code,
        "message": diagnostic.message,
        "advice": diagnostic.advice,
        "related": [{"path": r.path, "line": r.line, "column": r.column} for r in diagnostic.related],
    }


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _text(
    diagnostic: Diagnostic, paint: Callable[[str, str], str], lines_of: Callable[[str], list[str]]
) -> str:
    severity = str(diagnostic.severity)
    head = (
        f"{paint(str(diagnostic.position), 'place')}: {paint(f'{severity}[{diagnostic.code}]', severity)}: "
    )
    lines = [head + printable(diagnostic.message)]
    source = _source_line(diagnostic.position, lines_of(diagnostic.position.path))
    if source is not None:
        number = str(diagnostic.position.line)
        lines.append(paint(f"  {number} | {source[0]}", "source"))
        lines.append(paint(f"  {' ' * len(number)} | {' ' * source[1]}^", severity))
    lines.extend(f"  also at {paint(str(place), 'place')}" for place in diagnostic.related)
    if diagnostic.advice:
        lines.append(paint(f"  help: {printable(diagnostic.advice)}", "advice"))
    return "\n".join(lines)


def _lines(path: str) -> list[str]:
    try:
        if Path(path).stat().st_size > 10_000_000:
            return []
        return Path(path).read_text(encoding="utf-8", errors="replace").lstrip("\ufeff").splitlines()
    except OSError:
        return []


def _source_line(where: Position, lines: list[str]) -> tuple[str, int] | None:
    """Return the line that a position points into, shortened around it, and the caret's offset."""
    if not 1 <= where.line <= len(lines):
        return None
    line = printable(lines[where.line - 1].replace("\t", " "))
    offset = min(where.column - 1, len(line))
    start = max(0, offset - 70)
    return line[start : start + 100].rstrip(), offset - start
