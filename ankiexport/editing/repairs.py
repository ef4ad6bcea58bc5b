"""What an editor can repair at a place: what `check --fix` would, and words that are nearly right."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ankiexport.diagnostics import Diagnostic
from ankiexport.editing.problems import at_point, range_of
from ankiexport.editing.source_text import Point, Range, SourceText
from ankiexport.editing.spots import FileKind, file_kind
from ankiexport.editing.state import BankState
from ankiexport.fixes import fix_text, repairs_in
from ankiexport.fixes.edits import Edit, LineIndex

_FIXED = frozenset({"missing-id", "alias-tag"})
_NEAR = frozenset({"unknown-key", "unknown-tag", "unknown-level", "unknown-note-type", "bad-value"})
_MEANT = re.compile(r'did you mean "([^"]+)"\?')


@dataclass(frozen=True, slots=True)
class TextEdit:
    """A text that takes the place of a range."""

    range: Range
    text: str


@dataclass(frozen=True, slots=True)
class Action:
    """A repair, and the diagnostic that it mends; without one, it mends the whole file."""

    title: str
    edits: tuple[TextEdit, ...]
    diagnostic: Diagnostic | None = None


def actions(state: BankState, path: Path, text: SourceText, where: Range) -> list[Action]:
    """Return what could be repaired in a range of a file."""
    found = at_point(state.diagnostics, path.as_posix(), text, where)
    return [*_repairs(state, path, text, found), *_replacements(text, found)]


def whole_file(state: BankState, path: Path, text: SourceText) -> Action | None:
    """Return the repair of all of a file that `check --fix` can, if there is anything."""
    if state.bank is None or file_kind(state.root, path) is not FileKind.QUESTIONS:
        return None
    new, fixes = fix_text(path, text.normal, state.bank, state.by_key)
    edit = _difference(text, new)
    if not fixes or edit is None:
        return None
    return Action("Repair this file as check --fix does", (edit,))


def _repairs(state: BankState, path: Path, text: SourceText, found: list[Diagnostic]) -> Iterator[Action]:
    places = {one.position: one for one in found if one.code in _FIXED}
    if not places or state.bank is None or file_kind(state.root, path) is not FileKind.QUESTIONS:
        return
    index = LineIndex(text.normal)
    for repair in repairs_in(path, text.normal, state.bank, state.by_key):
        # A repair names the value, a diagnostic what is within its quotes.
        mended = next((one for at, one in places.items() if at.line == repair.fix.position.line
                       and 0 <= at.column - repair.fix.position.column <= 1), None)  # fmt: skip
        if mended is not None:
            edits = tuple(_text_edit(index, edit, text) for edit in repair.edits)
            yield Action(repair.title, edits, mended)


def _replacements(text: SourceText, found: list[Diagnostic]) -> Iterator[Action]:
    for one in found:
        meant = _MEANT.match(one.advice)
        if one.code in _NEAR and meant:
            yield Action(f"Replace by {meant[1]}", (TextEdit(range_of(one, text), meant[1]),), one)


def _text_edit(index: LineIndex, edit: Edit, text: SourceText) -> TextEdit:
    start, end = _point(index, edit.start), _point(index, edit.end)
    return TextEdit(Range(start, end), _with_breaks(edit.text, text))


def _difference(text: SourceText, new: str) -> TextEdit | None:
    """Return the one edit of whole lines that makes a text the new one."""
    old_lines, new_lines = text.normal.split("\n"), new.split("\n")
    if old_lines == new_lines:
        return None
    most = min(len(old_lines), len(new_lines))
    start = next((n for n in range(most) if old_lines[n] != new_lines[n]), most)
    tail = next((n for n in range(most - start) if old_lines[-1 - n] != new_lines[-1 - n]), most - start)
    if tail == 0:
        # Both ends are within the last line.
        end = Point(len(old_lines) - 1, len(old_lines[-1]))
        replaced = "\n".join(new_lines[start:])
        if start == len(old_lines):
            return TextEdit(Range(end, end), _with_breaks("\n" + replaced, text))
        return TextEdit(Range(Point(start, 0), end), _with_breaks(replaced, text))
    replaced = "".join(f"{line}\n" for line in new_lines[start : len(new_lines) - tail])
    return TextEdit(Range(Point(start, 0), Point(len(old_lines) - tail, 0)), _with_breaks(replaced, text))


def _point(index: LineIndex, offset: int) -> Point:
    return Point(index.line(offset), index.column(offset))


def _with_breaks(new: str, text: SourceText) -> str:
    return new.replace("\n", "\r\n") if "\r\n" in text.text else new
