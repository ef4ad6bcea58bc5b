"""What Anki itself reads: its template language as nodes, and the clozes of a text.

    {{Field}}  {{filter:filter:Field}}          a replacement
    {{#Field}} ... {{/Field}}                   shown when the field has content
    {{^Field}} ... {{/Field}}                   shown when it has none
    <!-- ... -->                                a comment: nothing inside is read
    {{=<% %>=}}                                 at the very beginning: <%Field%> instead of {{Field}}
    {{c1::text::hint}}  {{c1,2::text}}          clozes, in fields

Template tags have corners that no manual names. A tag ends at the first `}}`, whatever stands before it; the
`{`s right after its opening are dropped; so are blanks around its content, but not after a filter's colon. A
tag or comment that is never closed is plain text. All of it was found by trying it on Anki 26.9.3.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

MAX_CLOZE_DEPTH = 10

# `str.strip` would also take U+001C to U+001F, which Anki keeps.
BLANKS = "".join(char for char in map(chr, range(0x3001)) if char.isspace() and not "\x1c" <= char <= "\x1f")

_OTHER_DELIMITERS = "{{=<% %>=}}"
_CLOZE_TOKEN = re.compile(r"\{\{c(?P<numbers>[0-9,]+)::|\}\}")
_CLOZE_NUMBER = re.compile(r"0*([0-9]{1,5})")
_LAST_CLOZE_NUMBER = 65_535


@dataclass(frozen=True, slots=True)
class TemplateProblem:
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
    """A `{{filter:Field}}`: its filters as written from left to right, and where it begins."""

    name: str
    filters: tuple[str, ...]
    offset: int


@dataclass(frozen=True, slots=True)
class Section:
    """A `{{#Field}}`, or inverted `{{^Field}}`, with what stands in it, and where it begins."""

    name: str
    inverted: bool
    children: tuple["Node", ...]
    offset: int


Node = Replacement | Section


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed template. Text and comments are left out: nothing in them decides on a card.

    With `problems`, sections that do not pair, Anki makes no card at all from the template, and `nodes` are
    the best guess. `unclosed` is the offset of a tag without an end, which Anki takes for text.
    """

    text: str
    nodes: tuple[Node, ...]
    problems: tuple[TemplateProblem, ...] = ()
    unclosed: int | None = None

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


@dataclass(slots=True)
class Cloze:
    """A cloze: the numbers that Anki can read in it, and where it, its content and its end begin.

    `end` is None when it is never closed, and then Anki sees none of the clozes inside it either; `too_deep`
    when it stands in so many others that Anki takes its opening for text.
    """

    numbers: tuple[int, ...]
    start: int
    content: int
    end: int | None = None
    too_deep: bool = False


def parse_template(text: str) -> Template:
    """Return the template's replacements and sections, as Anki reads them."""
    parser = _Parser(text)
    for offset, tag in _tags(text):
        parser.take(offset, tag)
    return parser.finish()


def find_clozes(text: str) -> list[Cloze]:
    """Return the clozes of a text, closed or not, in the order of their openings."""
    found: list[Cloze] = []
    stack: list[Cloze] = []
    for token in _CLOZE_TOKEN.finditer(text):
        if token["numbers"] is None:
            if stack:
                stack.pop().end = token.start()
            continue
        numbers = tuple(_numbers(token["numbers"]))
        if numbers:
            too_deep = len(stack) >= MAX_CLOZE_DEPTH
            found.append(Cloze(numbers, token.start(), token.end(), too_deep=too_deep))
            if not too_deep:
                stack.append(found[-1])
    return found


@dataclass(slots=True)
class _Open:
    """A section whose end has not come yet; the outermost one is the template itself."""

    name: str
    inverted: bool
    offset: int
    children: list[Node]

    def __str__(self) -> str:
        return f"{{{{{'^' if self.inverted else '#'}{self.name}}}}}"


class _Parser:
    """Pairs the tags of one template, keeping a stack of the sections that are still open."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._stack = [_Open("", inverted=False, offset=0, children=[])]
        self._problems: list[TemplateProblem] = []
        self._unclosed: int | None = None

    def take(self, offset: int, tag: str | None) -> None:
        """Add one tag; None is a tag without an end."""
        if tag is None:
            self._unclosed = offset
        elif len(tag) > 1 and tag[0] in "#^":
            self._stack.append(_Open(tag[1:].strip(BLANKS), tag[0] == "^", offset, []))
        elif len(tag) > 1 and tag[0] == "/":
            self._end(offset, tag[1:].strip(BLANKS))
        else:
            *filters, name = tag.split(":")
            self._stack[-1].children.append(Replacement(name, tuple(filters), offset))

    def finish(self) -> Template:
        """Return the template, with a problem for each section that is still open."""
        while len(self._stack) > 1:
            self._report_open()
            self._close()
        return Template(self._text, tuple(self._stack[0].children), tuple(self._problems), self._unclosed)

    def _end(self, offset: int, name: str) -> None:
        innermost = self._stack[-1]
        if any(section.name == name for section in self._stack[1:]):
            while self._stack[-1].name != name:
                self._report_open()
                self._close()
            self._close()
        elif len(self._stack) > 1:
            message = f"{{{{/{name}}}}} stands where the section {innermost} should end"
            self._report(offset, message, f"end it with {{{{/{innermost.name}}}}}")
            self._close()
        else:
            message = f"{{{{/{name}}}}} ends a section that was never opened"
            self._report(offset, message, f"open it with {{{{#{name}}}}}, or remove it")

    def _close(self) -> None:
        section = self._stack.pop()
        node = Section(section.name, section.inverted, tuple(section.children), section.offset)
        self._stack[-1].children.append(node)

    def _report_open(self) -> None:
        section = self._stack[-1]
        advice = f"end it with {{{{/{section.name}}}}}"
        self._report(section.offset, f"the section {section} is never closed", advice)

    def _report(self, offset: int, message: str, advice: str) -> None:
        self._problems.append(TemplateProblem.at(self._text, offset, "template-syntax", message, advice))


def _tags(text: str) -> Iterator[tuple[int, str | None]]:
    """Yield each tag's offset and trimmed content; None for the first tag that has no end."""
    opening, closing, at = "{{", "}}", 0
    unindented = text.lstrip(BLANKS)
    if unindented.startswith(_OTHER_DELIMITERS):
        opening, closing, at = "<%", "%>", len(text) - len(unindented) + len(_OTHER_DELIMITERS)
    # Asked once: a search from each opening would take quadratic time in a template of openings.
    last_closing, last_comment_end = text.rfind(closing), text.rfind("-->")
    begins = re.compile(f"<!--|{re.escape(opening)}")
    while found := begins.search(text, at):
        at = found.end()
        if found[0] == "<!--":
            if last_comment_end >= at:
                at = text.index("-->", at) + len("-->")
        elif last_closing < at:
            yield found.start(), None
            return
        else:
            end = text.index(closing, at)
            yield found.start(), text[at:end].lstrip("{").strip(BLANKS)
            at = end + len(closing)


def _numbers(listed: str) -> Iterator[int]:
    for part in listed.split(","):
        match = _CLOZE_NUMBER.fullmatch(part)
        if match is not None and int(match[1]) <= _LAST_CLOZE_NUMBER:
            yield int(match[1])
