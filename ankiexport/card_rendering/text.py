"""HTML and plain text, as Anki turns the one into the other."""

import re
from html.entities import name2codepoint

_HTML = re.compile(
    r"<!--.*?-->|<style.*?>.*?</style>|<script.*?>.*?</script>|<.*?>", re.DOTALL | re.IGNORECASE
)
_ENTITY = re.compile(r"&(?:#(?P<decimal>[0-9]+)|#x(?P<hex>[0-9A-Fa-f]+)|(?P<name>[^;#][^;]*));")
_SPELT = {'"': "&quot;", "&": "&amp;", "<": "&lt;", ">": "&gt;"}


def without_tags(html: str) -> str:
    """Return HTML without its tags, comments, styles and scripts; entities stay."""
    return _HTML.sub("", html)


def plain(html: str) -> str:
    """Return the text of HTML, its entities resolved."""
    return unescaped(without_tags(html))


def unescaped(html: str) -> str:
    """Return a text with its entities resolved and its hard spaces made plain.

    One entity that Anki does not know, or an ampersand that begins none, and it resolves nothing at all.
    """
    if "&" not in html:
        return html
    parts: list[str] = []
    at = 0
    while (found := html.find("&", at)) >= 0:
        entity = _ENTITY.match(html, found)
        char = _char(entity) if entity else None
        if entity is None or char is None:
            return html
        parts += [html[at:found], char]
        at = entity.end()
    return "".join([*parts, html[at:]]).replace("\xa0", " ")


def escaped_attribute(text: str) -> str:
    """Return a text as Anki writes it into an attribute: of Latin-1 only letters and digits of ASCII stay."""
    return "".join(map(_escaped, text))


def _escaped(char: str) -> str:
    if ord(char) > 0xFF or (char.isascii() and char.isalnum()):
        return char
    return _SPELT.get(char, f"&#x{ord(char):02X};")


def _char(entity: re.Match[str]) -> str | None:
    if entity["name"] is not None:
        code = name2codepoint.get(entity["name"])
    else:
        code = int(entity["decimal"]) if entity["decimal"] else int(entity["hex"], 16)
    if code is None or code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        return None
    return chr(code)
