"""Text to search for, with the wildcards `*` and `_`, matched as Anki matches it."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from functools import partial
from itertools import groupby

from ankiexport.search.folding import ascii_lower
from ankiexport.search.tokens import Token

# Before these a backslash takes away what they mean; it cannot stand before anything else.
_ESCAPED = '\\":*_()-'

# Before these, Rust's way to escape a text puts a backslash.
_META = frozenset("\\.+*?()|[]{}^$#&-~")


class Wild(Enum):
    """What a wildcard stands for: any number of characters, or one."""

    MANY = "*"
    ONE = "_"


@dataclass(frozen=True, slots=True)
class Glob:
    """A text in pieces: characters, and wildcards between them."""

    pieces: tuple[str | Wild, ...]

    @property
    def literal(self) -> str | None:
        """The text, when there is no wildcard in it."""
        return None if any(isinstance(piece, Wild) for piece in self.pieces) else self.as_text

    @property
    def as_text(self) -> str:
        """The text with the wildcards as they are written."""
        return "".join(piece.value if isinstance(piece, Wild) else piece for piece in self.pieces)

    def mapped(self, change: Callable[[str], str]) -> "Glob":
        """Return the same with its runs of characters changed."""
        pieces: list[str | Wild] = []
        for is_wild, run in groupby(self.pieces, lambda piece: isinstance(piece, Wild)):
            found = list(run)
            pieces.extend(found if is_wild else change("".join(map(str, found))))
        return Glob(tuple(pieces))

    def regex(self, *, many: str = ".*", one: str = ".") -> str:
        """Return the text as a regular expression of Anki's kind."""
        wild = {Wild.MANY: many, Wild.ONE: one}
        return "".join(
            wild[piece] if isinstance(piece, Wild) else f"\\{piece}" if piece in _META else piece
            for piece in self.pieces
        )

    def like(self) -> Callable[[str], bool]:
        """Return a test of whole texts whose A to Z are in lower case: SQLite's LIKE."""
        runs = _runs(self.mapped(ascii_lower).pieces)
        longest = max((run for run in runs if isinstance(run, str)), key=len, default="")
        shape = tuple(run if isinstance(run, Wild) else str for run in runs)
        return _QUICK.get(shape, partial(_by_regex, runs))(longest)


def _runs(pieces: Iterable[str | Wild]) -> list[str | Wild]:
    """Return pieces with neighboring characters in one text, and `**` as `*`."""
    runs: list[str | Wild] = []
    for piece in pieces:
        if runs and isinstance(piece, str) and isinstance(runs[-1], str):
            runs[-1] += piece
        elif not (runs and piece is Wild.MANY and runs[-1] is Wild.MANY):
            runs.append(piece)
    return runs


def _by_regex(runs: list[str | Wild], required: str) -> Callable[[str], bool]:
    wild = {Wild.MANY: r"[\s\S]*?", Wild.ONE: r"[\s\S]"}
    pattern = "".join(wild[run] if isinstance(run, Wild) else re.escape(run) for run in runs)
    fullmatch = re.compile(pattern).fullmatch
    return lambda text: required in text and fullmatch(text) is not None


# The texts that need no regular expression, by their shape; each test is made from the one run of characters.
_QUICK: dict[tuple[type[str] | Wild, ...], Callable[[str], Callable[[str], bool]]] = {
    (): lambda _run: lambda text: not text,
    (str,): lambda run: lambda text: text == run,
    (Wild.MANY,): lambda _run: lambda _text: True,
    (Wild.MANY, str): lambda run: lambda text: text.endswith(run),
    (str, Wild.MANY): lambda run: lambda text: text.startswith(run),
    (Wild.MANY, str, Wild.MANY): lambda run: lambda text: run in text,
}


def glob_of(token: Token) -> Glob:
    """Return the text of a token, its escapes resolved, as composed characters. Raises `SearchError`."""
    glob, unknown = _read(token.text, _ESCAPED)
    if unknown:
        known = " ".join(f"\\{char}" for char in _ESCAPED)
        bad = token.part(unknown[0], unknown[0] + 2)
        bad.fail(
            f"the escape {bad.text} means nothing", rf"write \\ for a backslash itself; there are {known}"
        )
    return glob


def raw_glob(token: Token, *, keeps_backslash: bool) -> Glob:
    """Return the text of a token in which a backslash may stand before anything.

    Where it means nothing, it either stays or goes.
    """
    return _read(token.text, '\\"*_', keeps_backslash=keeps_backslash)[0]


def _read(text: str, escaped: str, *, keeps_backslash: bool = False) -> tuple[Glob, list[int]]:
    """Return a text as a glob, and the places of escapes that are not among `escaped`."""
    pieces: list[str | Wild] = []
    unknown = []
    at = 0
    while at < len(text):
        char = text[at]
        if char == "\\":
            following = text[at + 1 : at + 2]
            if not following or following not in escaped:
                unknown.append(at)
                pieces += [char] * keeps_backslash
            pieces += following
            at += 2
        else:
            pieces.append(Wild(char) if char in "*_" else char)
            at += 1
    return Glob(tuple(pieces)).mapped(lambda run: unicodedata.normalize("NFC", run)), unknown


def containing(glob: Glob) -> Glob:
    """Return what matches wherever `glob` stands in a text."""
    return Glob((Wild.MANY, *glob.pieces, Wild.MANY))
