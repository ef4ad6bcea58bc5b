"""Searches to be written: for a tag, for a deck, and with the tags that old names stand for."""

import re
from collections.abc import Mapping

from ankiexport.search.glob import Glob, Wild, glob_of
from ankiexport.search.tokens import Kind, Token, tokens

_SPECIAL = re.compile(r'([\\"*_])')
_PREFIX = re.compile(r"^(re|nc):")
_WORDS = {"none", "current", "filtered"}
_NEEDS_QUOTES = re.compile(r"[\s()]")

# A tag itself, or all that is below it.
_ENDS: dict[tuple[str | Wild, ...], str] = {(): "", (":", ":", Wild.MANY): "::*"}


def search_for(key: str, value: str) -> str:
    """Return the search for a tag, a deck or another name, in which nothing is a wildcard."""
    text = f"{key}:{_escaped(value)}"
    return f'"{text}"' if _NEEDS_QUOTES.search(value) else text


def both(first: str, second: str) -> str:
    """Return the search for what two searches find."""
    parts = [part.strip() for part in (first, second) if part.strip()]
    # Brackets only where there is something to hold together.
    return " ".join(f"({part})" if len(parts) > 1 and _is_compound(part) else part for part in parts)


def with_current_tags(query: str, aliases: Mapping[str, str]) -> str:
    """Return a search in which tags stand for their aliases; `aliases` gives the tag of each.

    Raises `SearchError`.
    """
    known = {alias.casefold(): tag for alias, tag in aliases.items()}
    parts = []
    at = 0
    for token in tokens(query):
        value = _tag_value(token)
        found = _current(glob_of(value), known) if value else None
        if value and found:
            parts += [query[at : value.start], found]
            at = value.start + len(value.text)
    return "".join([*parts, query[at:]])


def _escaped(text: str) -> str:
    # Names compare without letter case, words with a meaning of their own do not.
    named = text.capitalize() if text in _WORDS else text
    return _PREFIX.sub(r"\1\\:", _SPECIAL.sub(r"\\\1", named))


def _is_compound(query: str) -> bool:
    return any(token.kind is Kind.OR for token in tokens(query))


def _tag_value(token: Token) -> Token | None:
    if token.kind is not Kind.TERM:
        return None
    key, value = token.with_key()
    is_plain = not value.text.startswith(("re:", "nc:"))
    return value if key and key.text.lower() == "tag" and is_plain else None


def _current(glob: Glob, known: Mapping[str, str]) -> str | None:
    for end, written in _ENDS.items():
        size = len(glob.pieces) - len(end)
        name = Glob(glob.pieces[:size]).literal if glob.pieces[size:] == end else None
        tag = known.get(name.casefold()) if name else None
        if tag:
            # Whether it stands in quotes or not: a backslash before a bracket does no harm.
            return re.sub(r"([()])", r"\\\1", _escaped(tag)) + written
    return None
