"""HTML as a person reads it: text in lines, for terminals, comparisons and notices."""

import re
from html.parser import HTMLParser

_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "figure",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "thead",
        "tfoot",
        "tr",
        "ul",
    ]
)
_SILENT = frozenset({"script", "style", "template"})
_CLOZE = re.compile(
    r"\{\{c[\d,]+::((?:(?!\{\{c[\d,]+::).)*?)(?:::((?:(?!\{\{c[\d,]+::).)*?))?\}\}", re.DOTALL
)


def html_to_text(html: str) -> str:
    """Return the text of HTML, a line for each block; an image is its alternative text in brackets.

    Code keeps its lines and spaces. Anki's clozes stay as they are written.
    """
    parser = _TextParser()
    parser.feed(html)
    parser.close()
    return parser.text()


def without_clozes(text: str) -> str:
    """Return a text in which each of Anki's clozes is replaced by what it hides."""
    previous = None
    while previous != text:
        previous, text = text, _CLOZE.sub(r"\1", text)
    return text


class _TextParser(HTMLParser):
    """Gathers lines; runs of white space outside of `pre` are one space."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = [""]
        self._silent = 0
        self._pre = 0

    def text(self) -> str:
        """Return the lines that say something."""
        return "\n".join(line for line in (line.rstrip() for line in self._lines) if line)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line where a block begins, and put in what stands for an element."""
        if tag in _SILENT:
            self._silent += 1
        if tag in _BLOCKS or tag == "br":
            self._break()
        if tag == "pre":
            self._pre += 1
        elif tag == "li":
            self._lines[-1] = "- "
        elif tag in {"td", "th"} and self._lines[-1].strip():
            self._lines[-1] = f"{self._lines[-1].rstrip()} | "
        elif tag == "img":
            alternative = dict(attrs).get("alt") or dict(attrs).get("src") or ""
            self._lines[-1] += f"[{alternative}]" if alternative else ""

    def handle_endtag(self, tag: str) -> None:
        """End the line of a block."""
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        if tag == "pre":
            self._pre = max(0, self._pre - 1)
        if tag in _BLOCKS:
            self._break()

    def handle_data(self, data: str) -> None:
        """Add text to the line."""
        if self._silent:
            return
        if self._pre:
            first, *others = data.split("\n")
            self._lines[-1] += first
            self._lines += others
            return
        text = re.sub(r"[ \t\r\n\f]+", " ", data)
        line = self._lines[-1]
        self._lines[-1] = line + (text.lstrip(" ") if not line or line.endswith(" ") else text)

    def _break(self) -> None:
        # An item keeps its mark when its text comes in a paragraph.
        if self._lines[-1] not in {"", "- "}:
            self._lines.append("")
