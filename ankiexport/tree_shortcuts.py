"""Trees of Python-Markdown in a shorter time, and the HTML of them, with the same result.

Each shortcut leaves out what cannot change anything, and says why it cannot. tests/test_markdown_shortcuts.py
compares with Python-Markdown as it comes.
"""

import re
from collections.abc import Callable, Collection, Iterable
from typing import Any
from xml.etree.ElementTree import HTML_EMPTY, Element

from markdown import Markdown
from markdown.postprocessors import RawHtmlPostprocessor
from markdown.serializers import (  # type: ignore[attr-defined]  # stubs have no private names
    _escape_attrib_html,
    _escape_cdata,
    to_xhtml_string,
)
from markdown.treeprocessors import PrettifyTreeprocessor, UnescapeTreeprocessor
from markdown.util import HTML_PLACEHOLDER, STX

_MARK = HTML_PLACEHOLDER % "([0-9]+)"
_PIECE = re.compile(f"<p>{_MARK}</p>|{_MARK}")


def shorten_trees(md: Markdown) -> None:
    """Put the shortcuts for trees into an instance of Markdown that has all of its extensions."""
    instance: Any = md
    instance.is_block_level = _BlockLevels(md).__getitem__
    # The extensions come before the choice among these.
    instance.output_formats = {**md.output_formats, "xhtml": _xhtml_of}
    md.treeprocessors.register(_QuickPrettify(md), "prettify", 10)
    md.treeprocessors.register(_QuickUnescape(md), "unescape", 0)
    md.postprocessors.register(_QuickRawHtml(md), "raw_html", 30)


class _BlockLevels(dict[object, bool]):
    """Whether a tag is that of a block, looked up; the library takes it apart and has a list."""

    def __init__(self, md: Markdown) -> None:
        super().__init__()
        self._look = md.is_block_level

    def __missing__(self, tag: object) -> bool:
        found = self[tag] = self._look(tag)
        return found


class _QuickPrettify(PrettifyTreeprocessor):
    """The library's own, which asks once for each element whether it is a block."""

    def _prettifyETree(self, elem: Element) -> None:  # noqa: N802
        is_block: Any = self.md.is_block_level
        if is_block(elem.tag):
            self._prettify_block(elem, is_block)
        elif not elem.tail or not elem.tail.strip():
            elem.tail = "\n"

    def _prettify_block(self, element: Element, is_block: Callable[[object], bool]) -> None:
        if len(element) and element.tag not in {"code", "pre"}:
            blocks = [child for child in element if is_block(child.tag)]
            if blocks and blocks[0] is element[0] and (not element.text or not element.text.strip()):
                element.text = "\n"
            for child in blocks:
                self._prettify_block(child, is_block)
        if not element.tail or not element.tail.strip():
            element.tail = "\n"


class _QuickUnescape(UnescapeTreeprocessor):
    """The library's own, which looks only into texts and values in which something can be escaped."""

    def run(self, root: Element) -> None:
        """Put back what was escaped."""
        for element in root.iter():
            text, tail = element.text, element.tail
            if text and STX in text and element.tag != "code":
                element.text = self.unescape(text)
            if tail and STX in tail:
                element.tail = self.unescape(tail)
            for name, value in element.items():
                if value and STX in value:
                    element.set(name, self.unescape(value))


class _QuickRawHtml(RawHtmlPostprocessor):
    """The library's own, which looks for a piece within a piece only where one can be."""

    def run(self, text: str) -> str:
        """Put in the pieces of HTML for which marks stand."""
        stash: Any = self.md.htmlStash

        def put(mark: re.Match[str]) -> str:
            number = int(mark[1] or mark[2])
            if number >= stash.html_counter:
                return mark[0]
            html = self.stash_to_string(stash.rawHtmlBlocks[number])
            if mark[1] and not self.isblocklevel(html):
                html = f"<p>{html}</p>"
            return _PIECE.sub(put, html) if STX in html else html

        return _PIECE.sub(put, text) if stash.html_counter and STX in text else text


class _UnusualError(Exception):
    """There is something in a tree that is no element with a plain name and plain values."""


def _xhtml_of(root: Element) -> str:
    """Return the HTML of a tree; the library keeps a stack of what is to be written, we go down and up."""
    pieces: list[str] = []
    try:
        _write([root], pieces.append)
    except (_UnusualError, RecursionError):
        return to_xhtml_string(root)
    return "".join(pieces)


def _write(elements: Iterable[Element], write: Callable[[str], None]) -> None:
    for element in elements:
        tag, text, tail = element.tag, element.text or "", element.tail or ""
        if type(tag) is not str:
            raise _UnusualError
        name = tag.lower()
        if text and name not in {"script", "style"}:
            text = _escaped(text)
        # Most tails are a line break, or nothing.
        if tail and tail != "\n":
            tail = _escaped(tail)
        items = element.items()
        start = f"{tag}{_attributes(items)}" if items else tag
        if name in HTML_EMPTY:
            write(f"<{start} />{tail}")
        elif len(element):
            write(f"<{start}>{text}")
            _write(element, write)
            write(f"</{tag}>{tail}")
        else:
            write(f"<{start}>{text}</{tag}>{tail}")


def _escaped(text: str) -> str:
    return str(_escape_cdata(text)) if "&" in text or "<" in text or ">" in text else text


def _attributes(items: Collection[tuple[str, str]]) -> str:
    if not all(type(name) is str and isinstance(value, str) for name, value in items):
        raise _UnusualError
    return "".join([f' {name}="{_escape_attrib_html(value)}"' for name, value in sorted(items)])
