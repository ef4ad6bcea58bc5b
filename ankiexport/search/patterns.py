"""Regular expressions in a search, with the place of what is wrong in them."""

import unicodedata
from collections.abc import Callable, Sequence

from ankiexport.search.char_classes import word_chars
from ankiexport.search.folding import name_key
from ankiexport.search.glob import Glob, Wild
from ankiexport.search.regex_reader import RegexError
from ankiexport.search.regex_tree import Pattern
from ankiexport.search.rust_regex import compile_regex
from ankiexport.search.tokens import Token

PREFIX = "re:"


def raw_pattern(token: Token) -> Pattern:
    r"""Return the regular expression that a token is: raw text, in which only `\"` stands for a quote.

    Raises `SearchError`.
    """
    text = unicodedata.normalize("NFC", token.text.replace('\\"', '"'))
    try:
        return compile_regex(text)
    except RegexError as error:
        # Each quote before the place has lost its backslash.
        at = error.at
        place = at + text.count('"', 0, at)
        shown = token.part(place, place + 1) if place < len(token.text) else token
        shown.fail(f"in the expression, {error.message}", error.advice, in_anki=error.understood_by_anki)


def pattern_of(regex: str) -> Pattern:
    """Return a regular expression that was composed here, and so is a right one."""
    return compile_regex(regex)


def name_test(glob: Glob) -> Callable[[str], bool]:
    """Return a test of the names of note types, card templates and fields."""
    if glob.literal is None:
        return pattern_of(f"^{glob.regex()}$").matches
    wanted = name_key(glob.literal)
    return lambda name: name_key(name) == wanted


def whole_words(pieces: Sequence[str | Wild]) -> str:
    r"""Return the regular expression for a text of whole words.

    Somewhere before a letter and in its line a word begins in any case: `*letter` is `letter`. Python would
    look for that word at each place of a text.
    """
    start, end = 0, len(pieces)
    while start < end and pieces[start] is Wild.MANY:
        start += 1
    while end > start and pieces[end - 1] is Wild.MANY:
        end -= 1
    if start == end:
        return rf"\b{Glob(tuple(pieces)).regex()}\b"
    opened, closed = r"\b", r"\b"
    if _is_letter(pieces[start]):
        opened = "" if start else opened
    else:
        start = 0
    if _is_letter(pieces[end - 1]):
        closed = "" if end < len(pieces) else closed
    else:
        end = len(pieces)
    return f"{opened}{Glob(tuple(pieces[start:end])).regex()}{closed}"


def _is_letter(piece: str | Wild) -> bool:
    return isinstance(piece, str) and ord(piece) in word_chars()
