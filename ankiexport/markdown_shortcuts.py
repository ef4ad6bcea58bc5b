"""Python-Markdown in a shorter time, with the same result: what cannot change anything is not tried.

Nothing here knows Markdown's rules beyond this: a pattern finds nothing in a text that lacks a character which
all of its matches have. tests/test_markdown_shortcuts.py compares with Python-Markdown as it comes.
"""

import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import InlineProcessor as InlineTreeprocessor
from markdown.util import ETX, INLINE_PLACEHOLDER_PREFIX, INLINE_PLACEHOLDER_RE, AtomicString

from ankiexport.block_shortcuts import shorten_blocks
from ankiexport.emphasis_shortcuts import shorten_emphasis
from ankiexport.tree_shortcuts import shorten_trees

_LINE_BREAK = "  \n"
# What every match of an inline pattern holds, one of these texts, by the pattern's name in the library.
_SIGNS: dict[str, tuple[str, ...]] = {
    "backtick": ("`",),
    "ankiexport-dollars": ("$",),
    "arithmatex-inline": ("\\",),
    "escape": ("\\",),
    **dict.fromkeys(("reference", "link", "short_reference"), ("[",)),
    **dict.fromkeys(("image_link", "image_reference", "short_image_ref"), ("!",)),
    **dict.fromkeys(("autolink", "automail", "html"), ("<",)),
    "linebreak": (_LINE_BREAK,),
    "entity": ("&",),
    **dict.fromkeys(("not_strong", "em_strong", "em_strong2"), ("*", "_")),
    **dict.fromkeys(("delimiter", "sub_del"), ("~",)),
}
# Where a match can begin, if not at a sign.
_BEGINNINGS = {"backtick": re.compile(r"[`\\]"), "arithmatex-inline": re.compile(r"\\+\(")}
# These look up what "[name]: link" has defined, and change nothing when nothing is defined.
_OF_REFERENCES = frozenset({"reference", "short_reference", "image_reference", "short_image_ref"})
# Single characters, for which texts are searched much faster than for one of several words.
_ANY_SIGN = re.compile(r"[`\\$\[!<&*_~]")
# What pieces that were found already are marked with begins with the character 2.
_SIGN_OR_MARK = re.compile(r"[`\\$\[!<&*_~\x02]")
_FENCES = ("```", "~~~")
_HTML = ("<", "&")


class ShortcutsExtension(Extension):
    """Puts the shortcuts into an instance of Markdown; to be the last of its extensions."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Replace what takes longest; called by Python-Markdown."""
        shorten_emphasis(md.inlinePatterns["em_strong"])
        inline = _QuickInline(md)
        inline.prepare()
        md.treeprocessors.register(inline, "inline", 20)
        shorten_blocks(md)
        shorten_trees(md)
        _skip_without(md.preprocessors["fenced_code_block"], _FENCES)
        _skip_without(md.preprocessors["html_block"], _HTML)


def _skip_without(preprocessor: Any, signs: tuple[str, ...]) -> None:  # noqa: ANN401
    """Let a preprocessor leave lines alone in which nothing is that it looks for."""
    run = preprocessor.run

    def quick(lines: list[str]) -> list[str]:
        text = "\n".join(lines)
        found: list[str] = run(lines) if any(sign in text for sign in signs) else lines
        return found

    # Not in its place: the extension looks its own preprocessor up.
    preprocessor.run = quick


@dataclass(frozen=True, slots=True)
class _Pattern:
    number: int
    processor: Any
    find: Callable[[str, int], Iterator[re.Match[str]]]
    signs: tuple[str, ...]
    next_beginning: Callable[[str, int], int]
    excluded: frozenset[str]
    is_of_references: bool


def _pattern(number: int, processor: Any, name: str) -> _Pattern:  # noqa: ANN401
    signs = _SIGNS.get(name, ())
    return _Pattern(
        number,
        processor,
        processor.getCompiledRegExp().finditer,
        signs,
        _next_of(signs, _BEGINNINGS.get(name)),
        frozenset(tag.lower() for tag in processor.ANCESTOR_EXCLUDES),
        name in _OF_REFERENCES,
    )


def _next_of(signs: tuple[str, ...], beginning: re.Pattern[str] | None) -> Callable[[str, int], int]:
    """Return what tells where in a text, from a place on, a match can begin; -1 for nowhere."""
    if not signs:
        return lambda _text, start: start
    if len(signs) == 1 and beginning is None:
        return lambda text, start: text.find(signs[0], start)
    search = (beginning or re.compile("|".join(map(re.escape, signs)))).search

    def next_of(text: str, start: int) -> int:
        found = search(text, start)
        return found.start() if found else -1

    return next_of


def _put(text: str, found: list[tuple[Element, list[str]]], parent: Element, *, in_text: bool) -> None:
    """Put text behind the last element that was found, or else into the parent's text or tail."""
    if not text:
        return
    if found:
        last = found[-1][0]
        last.tail = last.tail + text if last.tail else text
    elif in_text:
        parent.text = parent.text + text if parent.text else text
    else:
        parent.tail = parent.tail + text if parent.tail else text


class _QuickInline(InlineTreeprocessor):
    """The library's own, with other loops over elements and patterns; the names are those that it has inside."""

    def prepare(self) -> None:
        """Note the patterns; all of them are registered by now."""
        registry = self.md.inlinePatterns
        names = {id(registry[name]): name for name in [*_SIGNS] if name in registry}
        self._patterns = [
            _pattern(number, one, names.get(id(one), "")) for number, one in enumerate(registry)
        ]
        self._has_others = not all(one.signs for one in self._patterns)
        self._kept: dict[tuple[frozenset[str], bool], list[_Pattern]] = {}

    def run(self, tree: Element, ancestors: list[str] | None = None) -> Element:
        """Apply the patterns to a tree, as the library does, but leave texts alone in which there is no sign."""
        self.stashed_nodes: dict[str, Element | str] = {}
        # Who is whose parent, the library notes only for trees within trees, which there are not here.
        stack = deque([(tree, [*(ancestors or ()), tree.tag.lower()])])
        while stack:
            element, self.ancestors = stack.popleft()
            if element is not tree:
                self.ancestors.append(element.tag.lower())
            found = []
            for child in element:
                if child.text and self._may_change(child.text) and not isinstance(child.text, AtomicString):
                    children = self._found_in_text(child)
                    stack += children
                    found.append((child, children))
                if child.tail and self._may_change(child.tail):
                    self._find_in_tail(child, element)
                if len(child):
                    stack.append((child, self.ancestors[:]))
            for child, children in found:
                for position, (new, _ancestors) in enumerate(children):
                    child.insert(position, new)
        return tree

    def _may_change(self, text: str) -> bool:
        return _SIGN_OR_MARK.search(text) is not None or _LINE_BREAK in text or self._has_others

    def _found_in_text(self, child: Element) -> list[tuple[Element, list[str]]]:
        self.ancestors.append(child.tag.lower())
        text = self._InlineProcessor__handleInline(child.text or "")
        found: list[tuple[Element, list[str]]] = []
        if INLINE_PLACEHOLDER_PREFIX in text:
            child.text = None
            found = self._InlineProcessor__processPlaceholders(text, child)
        else:
            child.text = text
        self.ancestors.pop()
        return found

    def _find_in_tail(self, child: Element, parent: Element) -> None:
        tail = self._InlineProcessor__handleInline(child.tail or "")
        if INLINE_PLACEHOLDER_PREFIX not in tail:
            child.tail = tail
            return
        holder, child.tail = Element("d"), None
        found = self._InlineProcessor__processPlaceholders(tail, holder, False)  # noqa: FBT003
        if holder.tail:
            child.tail = holder.tail
        position = list(parent).index(child) + 1
        for new, _ancestors in reversed(found):
            parent.insert(position, new)

    def _InlineProcessor__stashNode(self, node: Element | str, _kind: str = "") -> str:  # noqa: N802
        number = f"{len(self.stashed_nodes):04}"
        self.stashed_nodes[number] = node
        return f"{INLINE_PLACEHOLDER_PREFIX}{number}{ETX}"

    def _InlineProcessor__processPlaceholders(  # noqa: N802
        self,
        data: str,
        parent: Element,
        isText: bool = True,  # noqa: FBT001, FBT002, N803
    ) -> list[tuple[Element, list[str]]]:
        """Put what was found in place of its marks: into a parent's text, or behind the parent; return the elements."""
        found: list[tuple[Element, list[str]]] = []
        before, start = "", 0
        for mark in INLINE_PLACEHOLDER_RE.finditer(data):
            # Crossed emphasis may have cut a mark: from there to the next whole one, the library loses what stands there.
            before += data[start : data.find(INLINE_PLACEHOLDER_PREFIX, start)]
            start = mark.end()
            node = self.stashed_nodes.get(mark[1], mark[0])
            if isinstance(node, str):
                before += node
                continue
            _put(before, found, parent, in_text=isText)
            before = ""
            for child in [node, *node]:
                self._find_below(child, node)
            found.append((node, self.ancestors[:]))
        rest = data[start:]
        # As in the library, the end of a text that is not to be looked into stays one.
        if isinstance(data, AtomicString) and not before:
            rest = AtomicString(rest)
        _put(before + rest if before else rest, found, parent, in_text=isText)
        return found

    def _find_below(self, child: Element, node: Element) -> None:
        """Put what was found into a child of a node that was found, or into the node itself, and behind it."""
        text, tail = child.text, child.tail
        if tail and INLINE_PLACEHOLDER_PREFIX in tail:
            child.tail = None
            found = self._InlineProcessor__processPlaceholders(tail, child, False)  # noqa: FBT003
            position = 0 if child is node else list(node).index(child) + 1
            for new, _ancestors in reversed(found):
                node.insert(position, new)
        if text and INLINE_PLACEHOLDER_PREFIX in text:
            child.text = None
            for new, _ancestors in reversed(self._InlineProcessor__processPlaceholders(text, child)):
                child.insert(0, new)

    def _InlineProcessor__handleInline(self, data: str, patternIndex: int = 0) -> str:  # noqa: N802, N803
        if isinstance(data, AtomicString):
            return data
        signs = frozenset(_ANY_SIGN.findall(data))
        if _LINE_BREAK in data:
            signs |= {_LINE_BREAK}
        if not (signs or self._has_others):
            return data
        for pattern in self._of_use(signs):
            if pattern.number >= patternIndex and pattern.excluded.isdisjoint(self.ancestors):
                data = self._applied(pattern, data)
        return data

    def _of_use(self, signs: frozenset[str]) -> list[_Pattern]:
        """Return the patterns that can find something in a text with these signs; signs only become fewer."""
        key = (signs, bool(self.md.references))
        if key not in self._kept:
            self._kept[key] = [
                one
                for one in self._patterns
                if (not one.signs or not signs.isdisjoint(one.signs)) and (key[1] or not one.is_of_references)
            ]
        return self._kept[key]

    def _applied(self, pattern: _Pattern, data: str) -> str:
        handle, number, start = pattern.processor.handleMatch, pattern.number, 0
        # Most expressions look at each character; for a sign, a text is searched ten to a hundred times as fast.
        while (start := pattern.next_beginning(data, start)) >= 0:
            for match in pattern.find(data, start):
                node, begin, end = handle(match, data)
                if begin is not None and end is not None:
                    break
            else:
                return data
            if node is None:
                start = end
                continue
            if not isinstance(node, str) and not isinstance(node.text, AtomicString):
                for child in [node, *node]:
                    if child.text:
                        self.ancestors.append(child.tag.lower())
                        child.text = self._InlineProcessor__handleInline(child.text, number + 1)
                        self.ancestors.pop()
                    if child.tail:
                        child.tail = self._InlineProcessor__handleInline(child.tail, number)
            placeholder = self._InlineProcessor__stashNode(node)
            data = data[:begin] + placeholder + data[end:]
            start = begin + len(placeholder)
        return data
