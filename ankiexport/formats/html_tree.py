"""HTML as a tree, for formats that write it in another language."""

import html as html_lib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "center", "dd", "details", "div", "dl", "dt", "figcaption",
    "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p",
    "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
})  # fmt: skip
_VOID = frozenset({"area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})
# What ends, without an end tag, when the same begins beside it.
_ENDED_BY_NEXT = frozenset({"dd", "dt", "li", "option", "p", "td", "th", "tr"})
# Deeper HTML is nobody's writing, and would cost a level of recursion each.
_DEEPEST = 100


@dataclass(slots=True)
class Element:
    """An element with its attributes and what is in it: texts and elements."""

    tag: str
    attributes: Mapping[str, str]
    children: list["Element | str"] = field(default_factory=list)

    def text(self) -> str:
        """Return all text in it."""
        return "".join(child if isinstance(child, str) else child.text() for child in self.children)

    def below(self) -> Iterator["Element"]:
        """Yield all elements in it, at any depth."""
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child.below()

    def has_class(self, name: str) -> bool:
        """Whether it bears a class."""
        return name in self.attributes.get("class", "").split()


Node = Element | str


def parse_html(html: str) -> Sequence[Node]:
    """Return the nodes of a piece of HTML; an end tag that ends nothing is passed over."""
    parser = _TreeParser()
    parser.feed(html)
    parser.close()
    return parser.root.children


class _TreeParser(HTMLParser):
    """Builds the tree, more forgiving than HTML's own rules and much shorter."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        if tag in _ENDED_BY_NEXT and self._open[-1].tag == tag:
            self._open.pop()
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in _VOID and len(self._open) < _DEEPEST:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        """Close an element, and what is left open in it."""
        for depth in range(len(self._open) - 1, 0, -1):
            if self._open[depth].tag == tag:
                del self._open[depth:]
                return

    def handle_data(self, data: str) -> None:
        """Add text."""
        self._open[-1].children.append(data)

    def unknown_decl(self, data: str) -> None:
        """Keep what only looks like a declaration."""
        self._open[-1].children.append(html_lib.unescape(data))
