"""A search cut into its tokens: brackets, minus signs, `and`, `or`, and terms."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import NoReturn

from ankiexport.search.char_classes import spaces
from ankiexport.search.errors import SearchError


class Kind(Enum):
    """What a token is."""

    OPEN = auto()
    CLOSE = auto()
    MINUS = auto()
    AND = auto()
    OR = auto()
    TERM = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A part of a query, which knows its place in it.

    The text of a term stands without the quotes around it, its escapes as they are written. `key` is
    what stands before the colon of `key:"value"`, the text being the value.
    """

    kind: Kind
    query: str
    start: int
    text: str
    key: "Token | None" = None

    def fail(self, message: str, advice: str = "", *, in_anki: bool = False) -> NoReturn:
        """Refuse the whole token; `in_anki` tells that Anki has an answer."""
        span = (self.start, self.start + max(1, len(self.text)))
        raise SearchError(self.query, span, message, advice, answerable_in_anki=in_anki)

    def part(self, start: int, end: int | None = None) -> "Token":
        """Return a part of the text, with its place."""
        return Token(self.kind, self.query, self.start + start, self.text[start:end])

    def with_key(self) -> "tuple[Token | None, Token]":
        """Return what stands before the first colon that is not escaped, and what comes after it."""
        if self.key:
            return self.key, self
        colon = _first_colon(self.text)
        if colon == 0:
            self.part(0, 1).fail(
                "there is no word before the colon", r"to search for a colon itself, write \:"
            )
        return (self.part(0, colon), self.part(colon + 1)) if colon > 0 else (None, self)


def tokens(written: str) -> Iterator[Token]:
    """Yield the tokens of a query. Raises `SearchError`."""
    # Anki makes every space a plain one, also between quotes.
    query = "".join(" " if is_space(char) else char for char in written)
    at = 0
    while at < len(query):
        char = query[at]
        if char == " ":
            at += 1
        elif char in "()":
            yield Token(Kind.OPEN if char == "(" else Kind.CLOSE, query, at, char)
            at += 1
        elif char == "-" and query[at + 1 : at + 2] not in {"", ")", " "}:
            yield Token(Kind.MINUS, query, at, char)
            at += 1
            # One minus negates: another one belongs to the word.
            if query[at] != "(":
                at, token = _term(query, at)
                yield token
        else:
            at, token = _term(query, at)
            yield token


def is_space(char: str) -> bool:
    """Tell whether a character is a space of any kind."""
    return ord(char) in spaces()


def _term(query: str, at: int) -> tuple[int, Token]:
    """Return where reading goes on, and the term that begins here."""
    if query[at] == '"':
        return _quoted(query, at)
    end = _end_of_word(query, at)
    word = Token(Kind.TERM, query, at, query[at:end])
    if query[end : end + 1] == '"' and 0 < _first_colon(word.text) == len(word.text) - 1:
        end, value = _quoted(query, end)
        return end, replace(value, key=word.part(0, -1))
    kind = {"and": Kind.AND, "or": Kind.OR}.get(word.text.lower(), Kind.TERM)
    return end, replace(word, kind=kind)


def _quoted(query: str, at: int) -> tuple[int, Token]:
    end = at + 1
    while query[end : end + 1] != '"':
        if end >= len(query):
            advice = r"""add the second one, or write \" for the quote itself"""
            Token(Kind.TERM, query, at, '"').fail("the quote is not closed", advice)
        end += 2 if query[end] == "\\" else 1
    if end == at + 1:
        Token(Kind.TERM, query, at, '""').fail(
            "there is nothing between the quotes", r"write \" for a quote itself"
        )
    return end + 1, Token(Kind.TERM, query, at + 1, query[at + 1 : end])


def _end_of_word(query: str, at: int) -> int:
    while at < len(query) and query[at] not in '"() ':
        if query[at] != "\\":
            at += 1
            continue
        if query[at + 1 : at + 2] in {"", " "}:
            Token(Kind.TERM, query, at, "\\").fail(
                "there is nothing to escape after the backslash", r"write \\ for a backslash itself"
            )
        at += 2
    return at


def _first_colon(text: str) -> int:
    """Return the place of the first colon without a backslash before it, or -1."""
    at = 0
    while at < len(text):
        if text[at] == ":":
            return at
        at += 2 if text[at] == "\\" else 1
    return -1
