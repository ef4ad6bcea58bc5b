"""Cards as HTML that a Git host leaves as it is, in one line: what it would take out is taken out before.

Without styles, pictures and formulas, but with the structure: lists, tables, code, emphasis.
"""

import html as html_lib
from html.parser import HTMLParser

_SILENT = frozenset({"button", "script", "style", "svg", "template", "title"})
_VOID = frozenset({"area", "base", "col", "embed", "img", "input", "link", "meta", "source", "track", "wbr"})
_ALONE = frozenset({"br", "hr"})
_BLOCKS = ("address", "article", "aside", "details", "div", "figure", "footer", "header", "main", "section")
_HEADS = ("h1", "h2", "h3", "h4", "h5", "h6", "mark", "summary")
_KEPT = ("b", "blockquote", "code", "dd", "del", "dl", "dt", "em", "i", "ins", "kbd", "li", "ol", "p", "pre", "strong", "sub", "sup",
         "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul")  # fmt: skip
_NAMES = {
    **{name: name for name in _KEPT},
    **dict.fromkeys(_BLOCKS, "div"),
    **dict.fromkeys(_HEADS, "b"),
}


def github_html(html: str) -> str:
    """Return HTML with allowed elements only, none of which has an attribute, all closed, without a line break."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.text()


class _Reader(HTMLParser):
    """Writes what it reads anew; elements that are not kept are open under no name, so that their ends are found."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._out: list[str] = []
        self._open: list[tuple[str, str]] = []
        self._silent = 0
        self._after_span = False

    def text(self) -> str:
        """Return what was written, with all elements closed."""
        self._close(0)
        return "".join(self._out)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element, or put in what stands for it."""
        self._silent += tag in _SILENT
        if self._silent:
            return
        if tag == "img":
            self._out.append(f"<em>[{_escaped(dict(attrs).get('alt') or 'picture')}]</em>")
        if tag in _ALONE:
            self._out.append(f"<{tag}>")
        if tag in _ALONE | _VOID:
            return
        # Styles keep such labels apart, but not the colours of code.
        if tag == "span" and self._after_span and not self._in_code():
            self._out.append(" ")
        self._after_span = False
        name = "b" if _is_cloze(tag, attrs) else _NAMES.get(tag, "")
        self._open.append((tag, name))
        self._out.append(f"<{name}>" if name else "")

    def handle_endtag(self, tag: str) -> None:
        """Close an element, and those within it that nobody closed."""
        if self._silent:
            self._silent -= tag in _SILENT
            return
        place = next((at for at in reversed(range(len(self._open))) if self._open[at][0] == tag), None)
        if place is not None:
            self._close(place)
        self._after_span = tag == "span"

    def handle_data(self, data: str) -> None:
        """Write text; lines count in code only."""
        if not self._silent:
            self._after_span = False
            self._out.append(_escaped(data).replace("\n", "&#10;" if self._in_code() else " "))

    def _in_code(self) -> bool:
        return any(name in {"pre", "code"} for _, name in self._open)

    def _close(self, place: int) -> None:
        while len(self._open) > place:
            _, name = self._open.pop()
            self._out.append(f"</{name}>" if name else "")


def _is_cloze(tag: str, attrs: list[tuple[str, str | None]]) -> bool:
    return tag == "span" and "cloze" in (dict(attrs).get("class") or "").split()


def _escaped(text: str) -> str:
    # A word joiner, so that nobody is notified.
    return html_lib.escape(text.replace("\r", ""), quote=False).replace("@", "@\u2060").replace("$", "&#36;")
