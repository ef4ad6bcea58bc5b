"""HTML of cards as Markdown, for programs whose cards are Markdown.

CommonMark with tables and dollars for formulas is what these programs share. Each has syntax of its own beside it, so
each has a writer of its own, which says what else must not stand in a text.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

from ankiexport.formats.html_tree import BLOCKS, Element, Node, parse_html
from ankiexport.formats.markdown_text import (
    CLOSE,
    OPEN,
    Block,
    Kind,
    Piece,
    UnwritableError,
    alternative_text,
    attribute,
    entities,
    escaped,
    escaped_at_start,
    flat_code,
    joined,
    marked,
    quoted,
    without_marks,
)

_MARKS = {"b": "**", "strong": "**", "em": "*", "i": "*"}
# What is written as one piece; most of it as the HTML that it is.
_SINGLE = frozenset(
    {
        "br",
        "img",
        "code",
        "tt",
        "abbr",
        "del",
        "ins",
        "kbd",
        "mark",
        "q",
        "s",
        "samp",
        "small",
        "sub",
        "sup",
        "u",
        "var",
    }
)
_SILENT = frozenset({"script", "style", "template", "input", "button", "link", "meta"})
# Headings of a card are none of the file that it stands in.
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "dt"})
_NOT_TEXT = frozenset({"audio", "canvas", "embed", "iframe", "math", "object", "svg", "video"})
_SOUND = re.compile(r"\[sound:([^\]]+)\]")
_FORMULA = re.compile(r"\\\((.+?)\\\)|\\\[(.+?)\\\]", re.DOTALL)
_SPACE = re.compile(r"[ \t\r\n\f]+")


class MarkdownWriter:
    """Writes HTML as plain CommonMark; a format overrides what it reads in another way.

    `media` are the names of files that are there, `languages` those of code.
    """

    def __init__(
        self, media: frozenset[str] = frozenset(), languages: Mapping[str, str] | None = None
    ) -> None:
        """Take what HTML does not tell."""
        self.media = media
        self._languages = languages or {}
        self._in_table = False
        # How many lists and quotations are around what is written.
        self.depth = 0

    def blocks(self, html: str) -> list[Block]:
        """Return HTML as blocks; raises `UnwritableError`."""
        return self._blocks(parse_html(html))

    # What a format may override.

    def text(self, text: str) -> str:
        """Return text as it is read as text."""
        return escaped(text)

    def is_plain_code(self, code: str) -> bool:
        """Whether code can stand between backticks."""
        return "`" not in code and not (self._in_table and "|" in code)

    def tex(self, tex: str) -> str:
        """Return the TeX of a formula as it can stand between dollars."""
        if re.search(r"(?<!\\)\$", tex):
            reason = "a formula holds a dollar sign"
            raise UnwritableError(reason)
        if self._in_table:
            tex = tex.replace(r"\|", r"\Vert ").replace("|", r"\vert ")
        return _SPACE.sub(" ", tex).strip()

    def code_block(self, code: str, language: str) -> Block:
        """Return a block of code."""
        fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", code)), 3)
        return Block(Kind.CODE, f"{fence}{language}\n{code}\n{fence}")

    def details(self, summary: str, body: Sequence[Block]) -> Block:
        """Return what opens at a click."""
        inside = joined(body)
        return Block(
            Kind.OTHER, f"<details>\n<summary>{entities(summary)}</summary>\n\n{inside}\n\n</details>"
        )

    def picture(self, source: str, alternative: str) -> str:
        """Return a picture or a sound."""
        address = f"media/{quote(source)}" if source in self.media else source.replace(" ", "%20")
        return f"![{alternative_text(alternative)}]({address})"

    # Blocks

    def _blocks(self, nodes: Sequence[Node]) -> list[Block]:
        found: list[Block] = []
        line: list[Node] = []
        for node in nodes:
            if isinstance(node, Element) and _is_block(node):
                found += self._paragraph(line)
                found += self._block(node)
                line = []
            else:
                line.append(node)
        return found + self._paragraph(line)

    def _paragraph(self, nodes: Sequence[Node]) -> list[Block]:
        text = re.sub(r"^(?:<br>)+|(?:<br>)+$", "", self._line(nodes).strip()).strip()
        if OPEN in text and not re.fullmatch(
            f"[^{OPEN}{CLOSE}]*(?:{OPEN}[^{OPEN}{CLOSE}]+{CLOSE}[^{OPEN}{CLOSE}]*)*", text
        ):
            reason = "a cloze goes over several blocks"
            raise UnwritableError(reason)
        return [Block(Kind.TEXT, self.at_start(text))] if text else []

    def at_start(self, text: str) -> str:
        """Return a paragraph that is read as one, whatever it begins with."""
        return escaped_at_start(text)

    def _inside(self, nodes: Sequence[Node]) -> list[Block]:
        self.depth += 1
        try:
            return self._blocks(nodes)
        finally:
            self.depth -= 1

    def _block(self, node: Element) -> list[Block]:
        if node.tag in {"ul", "ol"}:
            return [Block(Kind.LIST, self._list(node))]
        if node.tag == "table":
            return [Block(Kind.OTHER, self._table(node))]
        if node.tag == "hr":
            return [Block(Kind.OTHER, "***")]
        if node.tag in {"pre", "details", "blockquote", "dd"}:
            return self._container(node)
        if node.tag in _HEADINGS:
            return self._paragraph([Element("b", {}, list(node.children))])
        return self._blocks(node.children)

    def _container(self, node: Element) -> list[Block]:
        if node.tag == "pre":
            code = without_marks(node.text().replace("\r\n", "\n").replace("\r", "\n")).strip("\n")
            return [self.code_block(code, self._languages.get(flat_code(code), ""))] if code.strip() else []
        if node.tag == "details":
            summary = next((child for child in node.below() if child.tag == "summary"), None)
            rest = [child for child in node.children if child is not summary]
            said = _SPACE.sub(" ", summary.text()).strip() if summary else "..."
            return [self.details(without_marks(said), self._inside(rest))]
        inside = joined(self._inside(node.children))
        return [Block(Kind.OTHER, quoted(inside))] if inside else []

    def _list(self, node: Element) -> str:
        items = [child for child in node.children if isinstance(child, Element) and child.tag == "li"]
        start = node.attributes.get("start", "")
        number = int(start) if start.isdigit() else 1
        lines: list[str] = []
        for offset, item in enumerate(items):
            mark = f"{number + offset}. " if node.tag == "ol" else "- "
            indented = joined(self._inside(item.children)).replace("\n", "\n" + " " * len(mark))
            lines.append((mark + indented).rstrip())
        return re.sub(r"^ +$", "", "\n".join(lines), flags=re.MULTILINE)

    def _table(self, node: Element) -> str:
        rows = [
            [cell for cell in row.children if isinstance(cell, Element) and cell.tag in {"td", "th"}]
            for row in node.below()
            if row.tag == "tr"
        ]
        cells = [cell for row in rows for cell in row]
        if any("colspan" in cell.attributes or "rowspan" in cell.attributes for cell in cells):
            reason = "a table has joined cells"
            raise UnwritableError(reason)
        if len({len(row) for row in rows}) != 1 or not cells:
            reason = "the rows of a table are not of the same length"
            raise UnwritableError(reason)
        lines = [f"| {' | '.join(self._cell(cell) for cell in row)} |" for row in rows]
        lines.insert(1, f"|{'|'.join(_aligned(cell) for cell in rows[0])}|")
        return "\n".join(lines)

    def _cell(self, cell: Element) -> str:
        if any(child.tag in {"pre", "ul", "ol", "table", "details"} for child in cell.below()):
            reason = "a cell of a table holds more than text"
            raise UnwritableError(reason)
        outside, self._in_table = self._in_table, True
        try:
            text = "<br>".join(block.text for block in self._blocks(cell.children))
        finally:
            self._in_table = outside
        return text.replace("|", "\\|")

    # Lines

    def _line(self, nodes: Sequence[Node]) -> str:
        pieces = [piece for piece in self._pieces(nodes) if piece.text]
        parts: list[str] = []
        for number, piece in enumerate(pieces):
            before = pieces[number - 1] if number else Piece("")
            after = pieces[number + 1] if number + 1 < len(pieces) else Piece("")
            if piece.text.startswith("$") and before.text.endswith("\\$"):
                # A dollar that is one must not touch those of a formula.
                parts[-1] = f"{parts[-1][:-2]}&#36;"
            parts.append(marked(before, piece, after))
            if re.search(r"[^\\]\$$", piece.text) and (
                after.text[:1].isdigit() or after.text.startswith("$")
            ):
                # A dollar before a digit ends no formula, nor does one of two.
                parts.append("<wbr>")
        return re.sub(" {2,}", " ", "".join(parts))

    def _pieces(self, nodes: Sequence[Node]) -> Iterator[Piece]:
        for node in nodes:
            if isinstance(node, str):
                yield from self._words(node)
            elif node.tag in _MARKS:
                inside = self._line(node.children)
                yield Piece(" " if inside[:1] == " " else "")
                yield Piece(inside.strip(), _MARKS[node.tag])
                yield Piece(" " if inside[-1:] == " " else "")
            elif node.tag in _SINGLE or (node.tag == "a" and node.attributes.get("href")):
                yield Piece(self._single(node))
            elif node.tag in _NOT_TEXT:
                reason = f"<{node.tag}> is neither text nor a picture"
                raise UnwritableError(reason)
            elif node.tag not in _SILENT:
                yield from self._pieces(node.children)

    def _single(self, node: Element) -> str:
        if node.tag == "br":
            return "<br>"
        if node.tag == "img":
            alternative = _SPACE.sub(" ", node.attributes.get("alt", ""))
            return self.picture(node.attributes.get("src", ""), alternative)
        if node.tag in {"code", "tt"}:
            return self._code(without_marks(node.text()))
        if node.tag == "a":
            address = attribute(without_marks(node.attributes["href"]))
            return f'<a href="{address}">{self._line(node.children)}</a>'
        return f"<{node.tag}>{self._line(node.children)}</{node.tag}>"

    def _words(self, text: str) -> Iterator[Piece]:
        for number, part in enumerate(_SOUND.split(text)):
            if number % 2:
                yield Piece(self.picture(part, ""))
                continue
            end = 0
            for match in _FORMULA.finditer(part):
                yield Piece(self.text(_SPACE.sub(" ", part[end : match.start()])))
                dollars = "$" if match[1] else "$$"
                tex = self.tex(without_marks(match[1] or match[2]))
                if tex.endswith("\\"):
                    reason = (
                        "a formula ends with a backslash, which would keep its dollar sign from closing it"
                    )
                    raise UnwritableError(reason)
                yield Piece(dollars + tex + dollars)
                end = match.end()
            yield Piece(self.text(_SPACE.sub(" ", part[end:])))

    def _code(self, code: str) -> str:
        code = _SPACE.sub(" ", code)
        if not code.strip():
            return code
        plain = code == code.strip() and self.is_plain_code(code)
        return f"`{code}`" if plain else f"<code>{entities(code)}</code>"


def _is_block(node: Element) -> bool:
    return node.tag in BLOCKS or any(child.tag in BLOCKS for child in node.below())


def _aligned(cell: Element) -> str:
    match = re.search(r"text-align:\s*(left|right|center)", cell.attributes.get("style", ""))
    return {"left": ":---", "right": "---:", "center": ":---:"}.get(match[1] if match else "", "---")
