"""Inline patterns of Python-Markdown in a shorter time, with the same result: what can find nothing is not tried.

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
from markdown.treeprocessors import InlineProcessor as InlineTreeprocessor
from markdown.util import ETX, INLINE_PLACEHOLDER_PREFIX, INLINE_PLACEHOLDER_RE, AtomicString

_LINE_BREAK = "  \n"
# What every match of an inline pattern holds, one of these texts, by the pattern's name in the library. A pattern with
# a name that is not here is tried everywhere.
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
    "em_strong": ("*", "_"),
    "delimiter": ("~",),
}
# Where a match can begin, if not at a sign.
_BEGINNINGS = {"backtick": re.compile(r"[`\\]"), "arithmatex-inline": re.compile(r"\\+\(")}
# These look up what "[name]: link" has defined, and change nothing when nothing is defined.
_OF_REFERENCES = frozenset({"reference", "short_reference", "image_reference", "short_image_ref"})
# Single characters, for which texts are searched much faster than for one of several words.
_ANY_SIGN = re.compile(r"[`\\$\[!<&*_~]")
# The marks that stand for pieces that were found already begin with the character 2.
_SIGN_OR_MARK = re.compile(r"[`\\$\[!<&*_~\x02]")
# An element, and the tags of what it is in.
_Found = tuple[Element, list[str]]


def shorten_inline(md: Markdown) -> None:
    """Put the shortcut for inline patterns into an instance of Markdown that has all of its patterns."""
    inline = _QuickInline(md)
    inline.prepare()
    md.treeprocessors.register(inline, "inline", 20)


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


def _put(text: str, found: list[_Found], parent: Element, *, in_text: bool) -> None:
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
    """The library's own, with other loops over elements and patterns.

    As there, each pattern in turn puts marks into a text for the pieces that it finds, and what was found takes the place
    of its marks at the end. Processors look pieces up in `stashed_nodes`.
    """

    def prepare(self) -> None:
        """Note the patterns; all of them are registered by now."""
        registry = self.md.inlinePatterns
        names = {id(registry[name]): name for name in _SIGNS if name in registry}
        self._patterns = [
            _pattern(number, one, names.get(id(one), "")) for number, one in enumerate(registry)
        ]
        # With such a pattern, a text may change in which there is no sign.
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

    def _found_in_text(self, child: Element) -> list[_Found]:
        self.ancestors.append(child.tag.lower())
        text = self._marked(child.text or "")
        found: list[_Found] = []
        if INLINE_PLACEHOLDER_PREFIX in text:
            child.text = None
            found = self._put_back(text, child)
        else:
            child.text = text
        self.ancestors.pop()
        return found

    def _find_in_tail(self, child: Element, parent: Element) -> None:
        tail = self._marked(child.tail or "")
        if INLINE_PLACEHOLDER_PREFIX not in tail:
            child.tail = tail
            return
        holder, child.tail = Element("d"), None
        found = self._put_back(tail, holder, in_text=False)
        if holder.tail:
            child.tail = holder.tail
        position = list(parent).index(child) + 1
        for new, _ancestors in reversed(found):
            parent.insert(position, new)

    def _put_back(self, text: str, parent: Element, *, in_text: bool = True) -> list[_Found]:
        """Put what was found in place of its marks: into a parent's text, or behind the parent; return the elements."""
        found: list[_Found] = []
        before, start = "", 0
        for mark in INLINE_PLACEHOLDER_RE.finditer(text):
            # Crossed emphasis may have cut a mark: from there to the next whole one, the library loses what stands there.
            before += text[start : text.find(INLINE_PLACEHOLDER_PREFIX, start)]
            start = mark.end()
            node = self.stashed_nodes.get(mark[1], mark[0])
            if isinstance(node, str):
                before += node
                continue
            _put(before, found, parent, in_text=in_text)
            before = ""
            for child in [node, *node]:
                self._put_back_below(child, node)
            found.append((node, self.ancestors[:]))
        rest = text[start:]
        # As in the library, the end of a text that is not to be looked into stays one.
        if isinstance(text, AtomicString) and not before:
            rest = AtomicString(rest)
        _put(before + rest if before else rest, found, parent, in_text=in_text)
        return found

    def _put_back_below(self, child: Element, node: Element) -> None:
        """Put what was found into a child of a node that was found, or into the node itself, and behind it."""
        text, tail = child.text, child.tail
        if tail and INLINE_PLACEHOLDER_PREFIX in tail:
            child.tail = None
            found = self._put_back(tail, child, in_text=False)
            position = 0 if child is node else list(node).index(child) + 1
            for new, _ancestors in reversed(found):
                node.insert(position, new)
        if text and INLINE_PLACEHOLDER_PREFIX in text:
            child.text = None
            for new, _ancestors in reversed(self._put_back(text, child)):
                child.insert(0, new)

    def _marked(self, text: str, first: int = 0) -> str:
        """Return a text with marks for what the patterns find in it, from the one with the number `first` on."""
        if isinstance(text, AtomicString):
            return text
        signs = frozenset(_ANY_SIGN.findall(text))
        if _LINE_BREAK in text:
            signs |= {_LINE_BREAK}
        if not (signs or self._has_others):
            return text
        for pattern in self._of_use(signs):
            if pattern.number >= first and pattern.excluded.isdisjoint(self.ancestors):
                text = self._marked_by(pattern, text)
        return text

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

    def _marked_by(self, pattern: _Pattern, text: str) -> str:
        handle, start = pattern.processor.handleMatch, 0
        # Most expressions look at each character; for a sign, a text is searched ten to a hundred times as fast.
        while (start := pattern.next_beginning(text, start)) >= 0:
            for match in pattern.find(text, start):
                node, begin, end = handle(match, text)
                # Without a place, it is no match after all.
                if begin is not None and end is not None:
                    break
            else:
                return text
            if node is None:
                start = end
                continue
            if not isinstance(node, str) and not isinstance(node.text, AtomicString):
                self._mark_within(node, pattern.number)
            mark = self._mark_for(node)
            text = text[:begin] + mark + text[end:]
            start = begin + len(mark)
        return text

    def _mark_within(self, node: Element, number: int) -> None:
        """Look into a node that a pattern has found: texts go on with the next pattern, what is behind with this one."""
        for child in [node, *node]:
            if child.text:
                self.ancestors.append(child.tag.lower())
                child.text = self._marked(child.text, number + 1)
                self.ancestors.pop()
            if child.tail:
                child.tail = self._marked(child.tail, number)

    def _mark_for(self, node: Element | str) -> str:
        number = f"{len(self.stashed_nodes):04}"
        self.stashed_nodes[number] = node
        return f"{INLINE_PLACEHOLDER_PREFIX}{number}{ETX}"
