"""What stands at a place of a Markdown question file."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ankiexport.editing.source_text import Point
from ankiexport.editing.spots import NOTHING, Kind, Spot
from ankiexport.editing.yaml_spots import yaml_spot
from ankiexport.markdown_questions import SECTIONS

_HEADING = re.compile(r"(#{1,3})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$")
_FENCE = re.compile(r"[ ]{0,3}(`{3,}|~{3,})(.*)$")
_ID = re.compile(r"\{#([^{}]*)\}[ \t]*$")
_FACT_ID = re.compile(r"(?:[-*+]|\d+[.)])[ \t]+`([^`]*)`")
_WORD = re.compile(r"[^\s,`]+")

# Sections of which the content is words, not prose.
WORDS = frozenset({"tags", "allow", "previous_ids", "replaces", "note_type", "revised"})


def markdown_spot(lines: Sequence[str], point: Point) -> Spot:
    """Return what stands at a place."""
    if lines[0].rstrip() != "---":
        return NOTHING
    end = next(
        (n for n, line in enumerate(lines[1:], start=1) if line.rstrip() in {"---", "..."}), len(lines)
    )
    if point.line < end:
        # The lines above and below are not YAML.
        return yaml_spot(["", *lines[1:end]], point) if point.line else NOTHING
    outside = list(_outside_fences(lines, end + 1, point.line + 1))
    found = [(number, match) for number in outside if (match := _HEADING.match(lines[number]))]
    headings = [(number, len(match[1]), match[2]) for number, match in found]
    number, level, title = headings[-1] if headings else (0, 1, "")
    is_code = outside[-1:] != [point.line]
    # What stands below a title, or before the first question, is a remark.
    if is_code or level == 1 or all(depth != 2 for _, depth, _ in headings):
        return NOTHING
    if number == point.line:
        return _on_heading(lines[number], level, title, point)
    return _below(lines[point.line], "question" if level == 2 else section_key(title), point)


def _outside_fences(lines: Sequence[str], start: int, stop: int) -> Iterator[int]:
    """Yield the numbers of the lines that stand outside of fenced code."""
    fence = ""
    for number in range(start, min(stop, len(lines))):
        match = _FENCE.match(lines[number])
        if fence:
            if match and match[1].startswith(fence) and not match[2].strip():
                fence = ""
        elif match:
            fence = match[1]
        else:
            yield number


def section_key(title: str) -> str | None:
    """Return the key that a section's heading stands for."""
    return SECTIONS.get(re.sub(r"[ \t]*\d+$", "", title.casefold()))


def _on_heading(line: str, level: int, title: str, point: Point) -> Spot:
    start = line.index(title, level) if title else len(line)
    if level == 3 and start <= point.column <= start + len(title):
        return Spot(Kind.HEADING, ("questions",), start=start, end=start + len(title), word=title,
                    is_yaml=False)  # fmt: skip
    if level != 2 or point.column < level:
        return NOTHING
    identifier = _ID.search(line)
    if identifier and identifier.start() < point.column <= identifier.end(1) + 1:
        return Spot(Kind.VALUE, ("questions", "id"), start=identifier.start(1), end=identifier.end(1),
                    word=identifier[1], is_yaml=False)  # fmt: skip
    return Spot(Kind.TEXT, ("questions", "question"), start=point.column, end=point.column, word=line)


def _below(line: str, key: str | None, point: Point) -> Spot:
    if key is None:
        return NOTHING
    path: tuple[str, ...] = ("questions", key)
    if key == "facts":
        identifier = _FACT_ID.match(line)
        if identifier and identifier.start(1) <= point.column <= identifier.end(1):
            return Spot(Kind.VALUE, (*path, "id"), start=identifier.start(1), end=identifier.end(1),
                        word=identifier[1], is_yaml=False)  # fmt: skip
        path = (*path, "text")
    if key not in WORDS:
        return Spot(Kind.TEXT, path, start=point.column, end=point.column, word=line)
    blank = Spot(Kind.VALUE, path, start=point.column, end=point.column, is_yaml=False)
    for word in _WORD.finditer(line):
        if word.start() <= point.column <= word.end() and word[0] not in {"-", "*", "+"}:
            return replace(blank, start=word.start(), end=word.end(), word=word[0])
    return blank
