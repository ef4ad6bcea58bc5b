"""Where cards lie on a sheet: their sizes, their places, and the places of their backs."""

from collections.abc import Iterator
from dataclasses import dataclass

from ankiexport.formats.export_format import Paper

# In millimetres; what is outside of it, many printers leave blank.
_MARGIN = 8.0
_SHEETS = {Paper.A4: (210.0, 297.0), Paper.LETTER: (215.9, 279.4)}
_MARK = 4.0


@dataclass(frozen=True, slots=True)
class Grid:
    """Cards in columns and rows on a sheet; all measures are in millimetres, and begin at the top left."""

    sheet: tuple[float, float]
    columns: int
    rows: int

    @property
    def card(self) -> tuple[float, float]:
        """The width and height of a card."""
        width, height = self.sheet
        return (width - 2 * _MARGIN) / self.columns, (height - 2 * _MARGIN) / self.rows

    @property
    def count(self) -> int:
        """The number of cards on a sheet."""
        return self.columns * self.rows

    def place(self, number: int, *, is_back: bool) -> tuple[float, float]:
        """Return where a card of a sheet lies; backs are mirrored, for a sheet that is turned over its long edge."""
        row, column = divmod(number, self.columns)
        if is_back:
            column = self.columns - 1 - column
        width, height = self.card
        return _MARGIN + column * width, _MARGIN + row * height

    def marks(self) -> Iterator[tuple[float, float, float, float]]:
        """Yield lines to cut along, each as left, top, width and height: short ones in the margin, crosses within."""
        (width, height), (card_width, card_height) = self.sheet, self.card
        lefts = [_MARGIN + column * card_width for column in range(self.columns + 1)]
        tops = [_MARGIN + row * card_height for row in range(self.rows + 1)]
        for left in lefts:
            yield left, _MARGIN - _MARK - 1, 0, _MARK
            yield left, height - _MARGIN + 1, 0, _MARK
        for top in tops:
            yield _MARGIN - _MARK - 1, top, _MARK, 0
            yield width - _MARGIN + 1, top, _MARK, 0
        for left in lefts[1:-1]:
            for top in tops[1:-1]:
                yield left - _MARK / 2, top, _MARK, 0
                yield left, top - _MARK / 2, 0, _MARK


def grids(paper: Paper) -> tuple[Grid, Grid]:
    """Return the grid of small cards and that of large ones."""
    sheet = _SHEETS[paper]
    return Grid(sheet, 2, 4), Grid(sheet, 2, 2)
