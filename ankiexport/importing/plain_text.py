"""Plain text as Markdown that shows exactly this text."""

import html
import re

from ankiexport.html_text import html_to_text
from ankiexport.importing.costly import is_costly
from ankiexport.markdown_html import plain_html, to_html

# Signs that mean something anywhere, and those that do so at the beginning of a line.
_MARKS = re.compile(r"[\\`*_\[\]<&~|$]|(?m:^(?:[#+\->=:]|\d+(?=\.)))")
_HTML = re.compile(r"[<&\[]")
_ENTITIES = "<&~|=:$["


def markdown_of_plain(text: str) -> str:
    """Return Markdown whose HTML reads as a text does, with its lines; as little as possible is marked."""
    text = "\n".join(line.strip() for line in text.strip().split("\n"))
    if not text or (plain_html(text) and not _HTML.search(text)):
        return text
    broken = re.sub(r"(?<!\n)\n(?!\n)", "  \n", text)
    marked = re.sub(r"(?<!\n)\n(?!\n)", "  \n", _MARKS.sub(_marked, text))
    # Such words are text here, too, and would be a sound in Anki.
    candidates = (marked,) if "[sound:" in text or is_costly(text) else (broken, marked)
    return next((one for one in candidates if _reads(one) == _flat(text)), _as_html(text))


def _marked(match: re.Match[str]) -> str:
    sign = match[0]
    if sign in _ENTITIES or sign.isdigit():
        return "".join(f"&#{ord(char)};" for char in sign)
    return f"\\{sign}"


def _reads(markdown: str) -> list[str]:
    return _flat(html_to_text(to_html(markdown)))


def _flat(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _as_html(text: str) -> str:
    # An element of a block: nothing in it is Markdown.
    lines = (html.escape(line, quote=False) for line in text.split("\n"))
    return f"<div>{'<br>'.join(lines)}</div>"
