"""The search of the overview: words and phrases, `tag:`, `deck:` and `note:`, each of them with `-`.

    search = {["-"] (word | '"' phrase '"' | key ":" value)}

All parts must hold. Without regard to letter case; in values `*` stands for any characters, and a tag or deck
is found with all below it, as in Anki. `static/search.js` answers the same for pages without a server.
"""

import re
from collections.abc import Callable

from ankiexport.preview.entries import Entry

Matcher = Callable[[Entry], bool]

_PART = re.compile(r'(?P<not>-)?(?:(?P<key>tag|deck|note):)?(?:"(?P<quoted>[^"]*)"?|(?P<plain>[^\s"]+))')


def matcher(query: str) -> Matcher:
    """Return a search made ready; an empty one finds everything."""
    parts = [
        (match["not"] is None, _part(match["key"], match["quoted"] or match["plain"] or ""))
        for match in _PART.finditer(query)
    ]
    return lambda entry: all(found(entry) is wanted for wanted, found in parts)


def _part(key: str | None, value: str) -> Matcher:
    if key is None:
        word = value.casefold()
        return lambda entry: word in entry.text
    words = ".*".join(re.escape(part) for part in value.split("*"))
    pattern = re.compile(words if key == "note" else f"{words}(?:::.*)?", re.IGNORECASE | re.DOTALL)
    if key == "tag":
        return lambda entry: any(pattern.fullmatch(tag) for tag in entry.tags)
    if key == "deck":
        return lambda entry: pattern.fullmatch(entry.deck) is not None
    return lambda entry: pattern.fullmatch(entry.note_type) is not None
