"""A regular expression as a tree, and how it is written for Python."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ankiexport.search.char_classes import word_chars
from ankiexport.search.charset import CharSet
from ankiexport.search.folding import fold


@dataclass(frozen=True, slots=True)
class Chars:
    """One character of a set."""

    chars: CharSet

    def written(self, *, folded: bool) -> str:
        """Return the expression, for folded texts or for texts as they are."""
        return (self.chars.folded() if folded else self.chars).pattern()

    def literal(self, *, folded: bool) -> str:
        """Return the character, when there is only one."""
        chars = self.chars.folded() if folded else self.chars
        return chr(chars.ranges[0][0]) if len(chars) == 1 else ""


@dataclass(frozen=True, slots=True)
class Verbatim:
    """An assertion or a dot, as Python writes it."""

    text: str

    def written(self, *, folded: bool) -> str:
        """Return the expression."""
        del folded
        return self.text


@dataclass(frozen=True, slots=True)
class WordEdge:
    """The place before or after a word."""

    def written(self, *, folded: bool) -> str:
        """Return the expression."""
        del folded
        word = word_chars().pattern()
        return f"(?:(?<={word})(?!{word})|(?<!{word})(?={word}))"


@dataclass(frozen=True, slots=True)
class Repeated:
    """A part that may come several times."""

    part: "Node"
    times: str

    def written(self, *, folded: bool) -> str:
        """Return the expression."""
        return f"(?:{self.part.written(folded=folded)}){self.times}"


@dataclass(frozen=True, slots=True)
class Group:
    """Alternatives, each of them parts in a row."""

    alternatives: tuple[tuple["Node", ...], ...]

    def written(self, *, folded: bool) -> str:
        """Return the expression."""
        return f"(?:{'|'.join(_row(row, folded=folded) for row in self.alternatives)})"

    def required(self, *, folded: bool) -> str:
        """Return a text that is in whatever matches, as long as can be told at a glance."""
        if len(self.alternatives) > 1:
            return ""
        return _longest_run(self.alternatives[0], folded=folded)


Node = Chars | Verbatim | WordEdge | Repeated | Group


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression made ready: it searches texts as they are, or their folded forms.

    Nothing matches without `literal`: it is the quick way to say no.
    """

    regex: re.Pattern[str]
    folded: bool
    literal: str

    def found_in(self, text: str) -> bool:
        """Tell whether it matches somewhere in a text of the form that it searches."""
        return self.literal in text and self.regex.search(text) is not None

    def matches(self, text: str) -> bool:
        """Tell whether it matches somewhere in a text."""
        return self.found_in(fold(text) if self.folded else text)


def _row(row: Sequence[Node], *, folded: bool) -> str:
    """Return parts in a row, the edges of words beside letters in their quickest form.

    Python looks for a letter much faster than for an edge. So an edge before a letter is checked after it.
    """
    letters = [*(_letter(part, folded=folded) for part in row), ""]
    written: list[str] = []
    check = ""
    for place, part in enumerate(row):
        if not isinstance(part, WordEdge):
            written += [part.written(folded=folded), check]
            check = ""
        elif place and letters[place - 1]:
            written.append(f"(?!{word_chars().pattern()})")
        elif letters[place + 1]:
            check = f"(?<!{word_chars().pattern()}{re.escape(letters[place + 1])})"
        else:
            written.append(part.written(folded=folded))
    return "".join(written)


def _letter(part: Node, *, folded: bool) -> str:
    """Return the character of a word that a part is, when it is nothing else."""
    literal = part.literal(folded=folded) if isinstance(part, Chars) else ""
    return literal if literal and ord(literal) in word_chars() else ""


def _longest_run(row: Sequence[Node], *, folded: bool) -> str:
    runs = [""]
    for part in row:
        literal = part.literal(folded=folded) if isinstance(part, Chars) else ""
        if literal:
            runs[-1] += literal
        else:
            runs.append("")
    return max(runs, key=len)
