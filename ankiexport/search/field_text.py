"""The text of a field without HTML, to the letter as Anki keeps it of the sort field."""

import re
import sqlite3
from html.entities import name2codepoint

_MEDIA = re.compile(
    r"""
    <\b(?:img|audio|video|object|source)\b
    (?:[^>]|"[^"]+?"|'[^']+?')+?
    \b(?:src|data)\b=
    (?:"([^"]+?)"[^>]*>|'([^']+?)'[^>]*>|([^>]+?)(?:\ [^>]*)?>)
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_TAGS = re.compile(
    r"<!--.*?-->|<style.*?>.*?</style>|<script.*?>.*?</script>|<.*?>", re.IGNORECASE | re.DOTALL
)
_ENTITY = re.compile(r"&(?:#x([0-9A-Fa-f]+)|#([0-9]+)|([A-Za-z0-9]+));")
_NUMBER = re.compile(r"[ \t\n\v\f\r]*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[ \t\n\v\f\r]*", re.ASCII)

_CLOZE = re.compile(r"\{\{c[\d,]+::(.*?)(?:::.*?)?\}\}", re.DOTALL)


def without_html(field: str) -> str:
    """Return a field without its HTML, media as the names of their files."""
    named = _MEDIA.sub(lambda found: f" {found[1] or found[2] or found[3]} ", field)
    return _decoded(_TAGS.sub("", named))


def without_clozes(text: str) -> str:
    """Return a text with what its clozes hide in their places, as `sc:` compares it."""
    return _CLOZE.sub(r"\1", text)


def sort_field_text(field: str) -> str:
    """Return what Anki's database makes of a sort field: without HTML, and a number in its plainest form."""
    text = without_html(field)
    if not _NUMBER.fullmatch(text):
        return text
    # The column is declared as a number, so that SQLite takes text for one where it can.
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("CREATE TABLE notes (sfld INTEGER)")
        connection.execute("INSERT INTO notes VALUES (?)", (text,))
        return str(connection.execute("SELECT CAST(sfld AS TEXT) FROM notes").fetchone()[0])
    finally:
        connection.close()


def _decoded(text: str) -> str:
    if "&" not in text:
        return text
    # One that Anki does not know, or an ampersand that is only that, and it decodes none at all.
    if _ENTITY.sub("", text).count("&"):
        return text
    try:
        decoded = _ENTITY.sub(_character, text)
    except (LookupError, ValueError, OverflowError):
        return text
    return decoded.replace("\xa0", " ")


def _character(entity: re.Match[str]) -> str:
    hexadecimal, decimal, name = entity.groups()
    if name:
        return chr(name2codepoint[name])
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    if 0xD800 <= code <= 0xDFFF:
        raise ValueError(entity[0])
    return chr(code)
