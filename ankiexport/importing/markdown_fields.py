"""HTML of a field as Markdown, but only where the way back gives the same HTML, letter for letter."""

import html as html_lib
import re

from ankiexport.markdown_html import separate_math_braces, to_inline_html

# Longer fields are pages that someone has laid out in HTML.
_LONGEST = 5_000
# Python-Markdown looks for the end of each to the end of the text.
_MOST_BRACKETS = 50
_MARKS = (
    (re.compile(r"<strong>([^<>*]+)</strong>"), r"**\1**"),
    (re.compile(r"<em>([^<>*]+)</em>"), r"*\1*"),
    (re.compile(r"<code>([^<>`]+)</code>"), r"`\1`"),
    (re.compile(r"<li>(.*?)</li>\n?"), r"- \1\n"),
    (re.compile(r"</?ul>\n?"), "\n"),
    (re.compile(r"<p>|</p>\n?"), "\n\n"),
    (re.compile(r"\n{3,}"), "\n\n"),
)
# Words that are the same in Markdown and HTML, for which no conversion need be tried.
_PLAIN = re.compile(r"[^\W\d_](?:[^\W_]|[ ,;?!'()%])*")
# Within blocks Python-Markdown reads no Markdown, and what an editor has coloured was never written by hand: such fields
# gain nothing by being called Markdown, and trying costs most of the time of an import.
_BLOCK = re.compile(
    r"</?(?:div|table|ul|ol|dl|pre|h[1-6]|blockquote|center|section|hr|style|script|span|font)\b",
    re.IGNORECASE,
)
# What Python-Markdown uses for its own purposes.
_PLACEHOLDERS = re.compile("[\x02\x03]")


def markdown_of(html: str, *, cloze: bool) -> str | None:
    """Return Markdown that becomes exactly this HTML in a note of this kind, or None."""
    if (
        len(html) > _LONGEST
        or html.count("[") > _MOST_BRACKETS
        or html != html.strip()
        or not html
        or _PLACEHOLDERS.search(html)
    ):
        return None
    if _PLAIN.fullmatch(html):
        return html
    readable = _readable(html)
    if _BLOCK.search(readable):
        return None
    for candidate in dict.fromkeys((readable, html)):
        if _as_built(candidate, cloze=cloze) == html:
            return candidate
    return None


def _readable(html: str) -> str:
    text = html
    for pattern, replacement in _MARKS:
        text = pattern.sub(replacement, text)
    return html_lib.unescape(text).strip()


def _as_built(markdown: str, *, cloze: bool) -> str:
    html = to_inline_html(markdown)
    return separate_math_braces(html) if cloze else html
