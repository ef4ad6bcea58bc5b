"""What is wrong with a search, and at which of its characters."""

import unicodedata

from ankiexport.errors import AnkiExportError


class SearchError(AnkiExportError):
    """A search that cannot be answered: Anki would refuse it too, or it asks what a bank cannot know.

    `start` and `end` are offsets in `query`. `answerable_in_anki` tells the second kind.
    """

    def __init__(
        self,
        query: str,
        span: tuple[int, int],
        message: str,
        advice: str = "",
        *,
        answerable_in_anki: bool = False,
    ) -> None:
        """Keep the parts, and compose a text of several lines that points at the place."""
        self.query = query
        self.start, self.end = span
        self.message = message
        self.advice = advice
        self.answerable_in_anki = answerable_in_anki
        lines = [f"bad search, column {self.column}: {message}", *self.pointer()]
        super().__init__("\n".join([*lines, f"  {advice}"] if advice else lines))

    @property
    def column(self) -> int:
        """The place in the query, counted from 1 in characters."""
        return self.start + 1

    def pointer(self) -> list[str]:
        """Return the query on one line, and below it a line with carets under the place."""
        shown = "".join(char if char.isprintable() else " " for char in self.query)
        before = _width(shown[: self.start])
        carets = max(1, _width(shown[self.start : self.end]))
        return [f"  {shown}", f"  {' ' * before}{'^' * carets}"]


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )
