"""HTML of cards as it is printed: formulas as SVG, files of media inside, and nothing that reaches out of its place."""

import base64
import html as html_lib
import mimetypes
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from ankiexport.formats.html_tree import Element, Node, parse_html
from ankiexport.formats.markdown_text import CLOSE, OPEN
from ankiexport.formats.pdf.formulas import FormulaError, typeset
from ankiexport.notes import MediaFile

_FORMULA = re.compile(r"\\\((.+?)\\\)|\\\[(.+?)\\\]", re.DOTALL)
_SOUND = re.compile(r"\[sound:([^\]]+)\]")
_GONE = frozenset({"script", "style", "template", "link", "meta", "title", "head", "base"})
_KEPT_ATTRIBUTES = frozenset({"class", "colspan", "dir", "lang", "rowspan", "start", "type"})
_VOID = frozenset({"br", "hr", "wbr", "col"})
_ALIGNED = re.compile(r"text-align:\s*(?:left|right|center)")
_TYPES = {".svg": "image/svg+xml", ".webp": "image/webp", ".avif": "image/avif"}
# The letters of formulas are as high as those of the text around them.
_MATH_SCALE = 1.12
# Letters of code are wide; those of long lines become smaller, down to this part of their size.
_CODE, _LEAST_CODE = 0.84, 0.7
_UNIT = re.compile(r"\d+(?:\.\d+)?")


@dataclass(slots=True)
class Printer:
    """Makes printable HTML of one note, and remembers which formulas it had to leave as TeX, with the reasons.

    `columns` is how much of a line of code there is room for; longer lines are set smaller, as far as they can be read.
    """

    media: dict[str, Path]
    columns: int = 100
    failed: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, media: Iterable[MediaFile], columns: int = 100) -> "Printer":
        """Return the printer for a note with these files."""
        return cls({file.name: file.path for file in media}, columns)

    def printed(self, html: str) -> str:
        """Return HTML as it is printed; what clozes hide, between marks, becomes bold."""
        said = self._nodes(parse_html(html), is_code=False)
        return said.replace(OPEN, '<b class="cloze">').replace(CLOSE, "</b>")

    def _nodes(self, nodes: Sequence[Node], *, is_code: bool) -> str:
        return "".join(
            self._text(node, is_code=is_code)
            if isinstance(node, str)
            else self._element(node, is_code=is_code)
            for node in nodes
        )

    def _text(self, text: str, *, is_code: bool) -> str:
        if is_code:
            return html_lib.escape(text)
        parts: list[str] = []
        end = 0
        for match in _FORMULA.finditer(text):
            parts += [
                self._words(text[end : match.start()]),
                self._formula(match[1] or match[2], bool(match[2])),
            ]
            end = match.end()
        return "".join([*parts, self._words(text[end:])])

    def _words(self, text: str) -> str:
        return _SOUND.sub(r'<span class="sound">\1</span>', html_lib.escape(text))

    def _formula(self, tex: str, displayed: bool) -> str:  # noqa: FBT001 - which of two kinds it is
        tex = tex.replace(OPEN, "").replace(CLOSE, "")
        try:
            made = typeset(tex, displayed=displayed)
        except FormulaError as error:
            self.failed[tex.strip()] = str(error)
            return f'<code class="tex">{html_lib.escape(tex)}</code>'
        source = _data_uri("image/svg+xml", made.svg.encode())
        width, depth = made.width * _MATH_SCALE, made.depth * _MATH_SCALE
        style = f"width:{width:.4f}em;vertical-align:{-depth:.4f}em"
        picture = f'<img class="formula" alt="{html_lib.escape(tex)}" src="{source}" style="{style}">'
        return f'<span class="displayed">{picture}</span>' if displayed else picture

    def _element(self, node: Element, *, is_code: bool) -> str:
        # Behind an empty element WeasyPrint does not break a word.
        if node.tag in _GONE or (node.tag == "span" and not node.children):
            return ""
        if node.tag == "img":
            return self._picture(node)
        # In a PDF nothing opens at a click.
        tag = {"details": "div", "summary": "p"}.get(node.tag, node.tag)
        attributes = _attributes(node)
        if tag == "pre":
            longest = max(map(len, node.text().splitlines()), default=0)
            scale = max(_LEAST_CODE, min(1.0, self.columns / max(longest, 1)))
            attributes += f' style="font-size:{_CODE * scale:.3f}em"'
        if tag in _VOID:
            return f"<{tag}{attributes}>"
        inside = self._nodes(node.children, is_code=is_code or node.tag in {"code", "pre", "tt"})
        return f"<{tag}{attributes}>{inside}</{tag}>"

    def _picture(self, node: Element) -> str:
        alternative = html_lib.escape(node.attributes.get("alt", ""))
        source = node.attributes.get("src", "")
        path = self.media.get(source)
        if path is None and not source.startswith("data:image/"):
            return f'<span class="absent">[{alternative or html_lib.escape(source)}]</span>'
        address = _file_uri(path) if path else html_lib.escape(source)
        sizes = [
            f"{name}:{value}px"
            for name in ("width", "height")
            if _UNIT.fullmatch(value := node.attributes.get(name, ""))
        ]
        style = f' style="{";".join(sizes)}"' if sizes else ""
        return f'<img class="picture" alt="{alternative}" src="{address}"{style}>'


@cache
def _file_uri(path: Path) -> str:
    kind = _TYPES.get(path.suffix.lower()) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return _data_uri(kind, path.read_bytes())


def _data_uri(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def _attributes(node: Element) -> str:
    kept = {name: value for name, value in node.attributes.items() if name in _KEPT_ATTRIBUTES}
    if node.tag in {"details", "summary"}:
        kept["class"] = node.tag
    aligned = _ALIGNED.search(node.attributes.get("style", ""))
    if aligned:
        kept["style"] = aligned[0]
    if node.tag == "a" and re.match(r"(?:https?|mailto):", node.attributes.get("href", "")):
        kept["href"] = node.attributes["href"]
    return "".join(f' {name}="{html_lib.escape(value)}"' for name, value in kept.items())
