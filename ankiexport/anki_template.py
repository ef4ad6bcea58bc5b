"""Anki's template language, read into nodes as Anki itself reads it.

    {{Field}}  {{filter:filter:Field}}          a replacement
    {{#Field}} ... {{/Field}}                   shown when the field has content
    {{^Field}} ... {{/Field}}                   shown when it has none
    <!-- ... -->                                a comment: nothing inside is read
    {{=<% %>=}}                                 at the very beginning: <%Field%> instead of {{Field}}

Template tags have corners that no manual names. A tag ends at the first `}}`, whatever stands before it; the
`{`s right after its opening are dropped; so are blanks around its content, but not after a filter's colon. A
tag or comment that is never closed is plain text. All of it was found by trying it on Anki 26.9.3.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Self

# All of Unicode's; `str.strip` would also take U+001C to U+001F, which Anki keeps.
BLANKS = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)

_OTHER_DELIMITERS = "{{=<% %>=}}"


class TemplateProblem(NamedTuple):
    """One problem in a card template; line and column count from 1."""

    message: str
    advice: str
    line: int
    column: int
    code: str

    @classmethod
    def at(cls, text: str, offset: int, code: str, message: str, advice: str) -> Self:
        """Return a problem at an offset of a template's text."""
        line_start = text.rfind("\n", 0, offset) + 1
        return cls(message, advice, text.count("\n", 0, offset) + 1, offset - line_start + 1, code)


@dataclass(frozen=True, slots=True)
class Replacement:
    """A `{{filter:Field}}`: its filters as written from left to right, where it begins and where it ends."""

    name: str
    filters: tuple[str, ...]
    offset: int
    end: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Section:
    """A `{{#Field}}`, or inverted `{{^Field}}`, with what stands in it, and where it begins and ends.

    `inner` are the offsets between which its content stands.
    """

    name: str
    inverted: bool
    children: tuple["Node", ...]
    offset: int
    end: int = field(default=0, compare=False)
    inner: tuple[int, int] = field(default=(0, 0), compare=False)


class Mismatch(NamedTuple):
    """The first place where sections do not pair: the tag that ends one, or the one that is open, or both."""

    ended: str | None
    opened: str | None


Node = Replacement | Section


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed template. Text and comments are what stands between its nodes, from the offset `start` on.

    With `problems`, sections that do not pair, Anki makes no card at all from the template, and `nodes` are
    the best guess; `mismatch` is where Anki stops. `unclosed` is the offset of a tag without an end, which
    Anki takes for text.
    """

    text: str
    nodes: tuple[Node, ...]
    problems: tuple[TemplateProblem, ...] = ()
    unclosed: int | None = None
    start: int = field(default=0, compare=False)
    mismatch: Mismatch | None = field(default=None, compare=False)

    def walk(self) -> Iterator[Node]:
        """Yield every node, in the order of the text."""
        pending = list(reversed(self.nodes))
        while pending:
            node = pending.pop()
            yield node
            if isinstance(node, Section):
                pending.extend(reversed(node.children))

    def replacements(self) -> Iterator[Replacement]:
        """Yield the replacements alone, in the order of the text."""
        return (node for node in self.walk() if isinstance(node, Replacement))

    @property
    def cloze_fields(self) -> tuple[str, ...]:
        """The names that stand under a cloze filter, in the order of the text."""
        return tuple(dict.fromkeys(node.name for node in self.replacements() if "cloze" in node.filters))


def parse_template(text: str) -> Template:
    """Return the template's replacements and sections, as Anki reads them."""
    parser = _Parser(text)
    for offset, end, tag in _tags(text):
        parser.take(offset, end, tag)
    return parser.finish()


@dataclass(slots=True)
class _Open:
    """A section whose end has not come yet; the outermost one is the template itself."""

    name: str
    inverted: bool
    offset: int
    content: int
    children: list[Node]

    def __str__(self) -> str:
        return f"{{{{{'^' if self.inverted else '#'}{self.name}}}}}"


class _Parser:
    """Pairs the tags of one template, keeping a stack of the sections that are still open."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._stack = [_Open("", inverted=False, offset=0, content=0, children=[])]
        self._problems: list[TemplateProblem] = []
        self._unclosed: int | None = None
        self._mismatch: Mismatch | None = None

    def take(self, offset: int, end: int, tag: str | None) -> None:
        """Add one tag; None is a tag without an end."""
        if tag is None:
            self._unclosed = offset
        elif len(tag) > 1 and tag[0] in "#^":
            self._stack.append(_Open(tag[1:].strip(BLANKS), tag[0] == "^", offset, end, []))
        elif len(tag) > 1 and tag[0] == "/":
            self._end(offset, end, tag[1:].strip(BLANKS))
        else:
            *filters, name = tag.split(":")
            self._stack[-1].children.append(Replacement(name, tuple(filters), offset, end))

    def finish(self) -> Template:
        """Return the template, with a problem for each section that is still open."""
        length = len(self._text)
        if len(self._stack) > 1:
            self._note_mismatch(None)
        while len(self._stack) > 1:
            self._report_open()
            self._close(length, length)
        return Template(
            self._text, tuple(self._stack[0].children), tuple(self._problems), self._unclosed,
            start=_delimiters(self._text)[2], mismatch=self._mismatch,
        )  # fmt: skip

    def _end(self, offset: int, end: int, name: str) -> None:
        innermost = self._stack[-1]
        if len(self._stack) == 1 or innermost.name != name:
            self._note_mismatch(name)
        if any(section.name == name for section in self._stack[1:]):
            while self._stack[-1].name != name:
                self._report_open()
                self._close(offset, offset)
            self._close(offset, end)
        elif len(self._stack) > 1:
            message = f"{{{{/{name}}}}} stands where the section {innermost} should end"
            self._report(offset, message, f"end it with {{{{/{innermost.name}}}}}")
            self._close(offset, end)
        else:
            message = f"{{{{/{name}}}}} ends a section that was never opened"
            self._report(offset, message, f"open it with {{{{#{name}}}}}, or remove it")

    def _close(self, content_end: int, end: int) -> None:
        section = self._stack.pop()
        inner = (section.content, content_end)
        children = tuple(section.children)
        node = Section(section.name, section.inverted, children, section.offset, end, inner)
        self._stack[-1].children.append(node)

    def _note_mismatch(self, ended: str | None) -> None:
        if self._mismatch is None:
            self._mismatch = Mismatch(ended, self._stack[-1].name if len(self._stack) > 1 else None)

    def _report_open(self) -> None:
        section = self._stack[-1]
        advice = f"end it with {{{{/{section.name}}}}}"
        self._report(section.offset, f"the section {section} is never closed", advice)

    def _report(self, offset: int, message: str, advice: str) -> None:
        self._problems.append(TemplateProblem.at(self._text, offset, "template-syntax", message, advice))


def _delimiters(text: str) -> tuple[str, str, int]:
    """Return what opens and closes a tag, and where the template begins."""
    unindented = text.lstrip(BLANKS)
    if unindented.startswith(_OTHER_DELIMITERS):
        return "<%", "%>", len(text) - len(unindented) + len(_OTHER_DELIMITERS)
    return "{{", "}}", 0


def _tags(text: str) -> Iterator[tuple[int, int, str | None]]:
    """Yield each tag's offset, end and trimmed content; None for the first tag that has no end."""
    opening, closing, at = _delimiters(text)
    # Asked once: a search from each opening would take quadratic time in a template of openings.
    last_closing, last_comment_end = text.rfind(closing), text.rfind("-->")
    begins = re.compile(f"<!--|{re.escape(opening)}")
    while found := begins.search(text, at):
        at = found.end()
        if found[0] == "<!--":
            if last_comment_end >= at:
                at = text.index("-->", at) + len("-->")
        elif last_closing < at:
            yield found.start(), len(text), None
            return
        else:
            end = text.index(closing, at)
            tag = text[at:end].lstrip("{").strip(BLANKS)
            at = end + len(closing)
            yield found.start(), at, tag
