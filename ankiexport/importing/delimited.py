"""Rows of cells between delimiters, with quotes as spreadsheets and Anki write them, and the place of each cell."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ankiexport.diagnostics import Position
from ankiexport.importing.package import refuse
from ankiexport.importing.text_files import refuse_at

MAX_CELLS = 5_000_000
MAX_COLUMNS = 500


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its cells, and the line and column, from 1, at which each begins."""

    cells: tuple[str, ...]
    places: tuple[tuple[int, int], ...]

    @property
    def line(self) -> int:
        """The line on which the row begins."""
        return self.places[0][0]

    @property
    def is_blank(self) -> bool:
        """Whether nothing but spaces is in it."""
        return not any(cell.strip() for cell in self.cells)

    def place(self, path: Path, cell: int = 0) -> Position:
        """Return where a cell begins; that of the last one for a cell that is not there."""
        return Position(path.as_posix(), *self.places[min(cell, len(self.places) - 1)])

    def cell(self, number: int) -> str:
        """Return a cell, counted from 0; empty if the row has no such one."""
        return self.cells[number] if 0 <= number < len(self.cells) else ""


@lru_cache(maxsize=16)
def _pattern(delimiter: str) -> re.Pattern[str]:
    mark = re.escape(delimiter)
    plain = rf"[^{mark}\n]*+"
    # What stands between a closing quote and the delimiter belongs to the cell, as in Anki.
    return re.compile(rf'(?:"((?:[^"]|"")*+)"({plain})|({plain}))({mark}|\n|\Z)')


def rows_of(text: str, delimiter: str, path: Path, *, comments: bool = False) -> Iterator[Row]:
    r"""Yield the rows of a text whose only line break is `\n`, empty lines left out.

    With `comments`, lines that begin with "#" are left out, too. Raises `RefusedError` for a quote that is never
    closed, NUL, and what has too many cells.
    """
    pattern, at, line, start, total = _pattern(delimiter), 0, 1, 0, 0
    cells: list[str] = []
    places: list[tuple[int, int]] = []
    while at < len(text):
        if not cells and (text[at] == "\n" or (comments and text[at] == "#")):
            at = text.find("\n", at) + 1 or len(text)
            line, start = line + 1, at
            continue
        place = (line, at - start + 1)
        found = pattern.match(text, at)
        if found is None or (found[1] is None and text.startswith('"', at)):
            refuse_at(Position(path.as_posix(), *place), "the quote that opens here is never closed")
        quoted, after, plain, end = found.groups()
        cell = plain if quoted is None else quoted.replace('""', '"') + after
        cells.append(cell)
        places.append(place)
        if "\0" in cell:
            refuse_at(
                Position(path.as_posix(), *place), "the cell holds the character NUL; save the file as UTF-8"
            )
        at = found.end()
        breaks = found[0].count("\n")
        if breaks:
            line, start = line + breaks, found.start() + found[0].rfind("\n") + 1
        if end == delimiter and at == len(text):
            cells.append("")
            places.append((line, at - start + 1))
        total += 1
        if total > MAX_CELLS or len(cells) > MAX_COLUMNS:
            refuse(f"it has more than {MAX_CELLS:,} cells, or {MAX_COLUMNS} columns")
        if end != delimiter or at == len(text):
            yield Row(tuple(cells), tuple(places))
            cells, places = [], []
