"""YAML as a tree of spans: where each value begins and ends in the text, and in which style it stands.

`yaml_source` tells what an author said; this tells which characters say it, so that a repair
can change those and no others.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import yaml

_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_COMMENT = re.compile(r"(?<!\S)#[^\n]*")


@dataclass(slots=True)
class Span:
    """A node of the text from `start` up to `end`; the children of a mapping are key, value, key, value.

    A block collection ends with its last child and a block scalar with its last line of content,
    so that comments and blank lines which follow are never part of a span.
    """

    kind: Literal["scalar", "alias", "sequence", "mapping"]
    start: int
    end: int
    value: str = ""
    style: str = ""
    flow: bool = False
    body: int = 0
    keeps: bool = False
    children: list["Span"] = field(default_factory=list)

    @property
    def is_block_scalar(self) -> bool:
        """Whether this is a text after `|` or `>`; its content begins at `body`."""
        return self.style in {"|", ">"}

    def entries(self) -> list[tuple["Span", "Span"]]:
        """Return the keys and values of a mapping; of anything else, none."""
        if self.kind != "mapping":
            return []
        return list(zip(self.children[::2], self.children[1::2], strict=True))

    def get(self, key: str) -> "Span | None":
        """Return the value of a mapping's key, if it is there."""
        return next((value for name, value in self.entries() if name.value == key), None)

    def items(self) -> list["Span"]:
        """Return the items of a sequence; of anything else, none."""
        return self.children if self.kind == "sequence" else []

    def mappings(self, key: str) -> list["Span"]:
        """Return the mappings in the list below a key, and the aliases that stand for one."""
        found = self.get(key)
        return [item for item in found.items() if item.kind in {"mapping", "alias"}] if found else []

    def leaves(self) -> Iterator["Span"]:
        """Yield the scalars and aliases below this node in the order of the text."""
        if self.kind in {"scalar", "alias"}:
            yield self
        for child in self.children:
            yield from child.leaves()


def parse_spans(text: str) -> Span | None:
    """Return the spans of a YAML text that `yaml_source.parse_yaml` has read without complaint."""
    root: Span | None = None
    stack: list[Span] = []
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionEndEvent):
            _close(stack.pop(), _offset(event.end_mark))
        elif isinstance(event, yaml.NodeEvent):
            span = _span(text, event)
            if stack:
                stack[-1].children.append(span)
            else:
                root = span
            if isinstance(event, yaml.CollectionStartEvent):
                stack.append(span)
    return root


def gaps(text: str, tree: Span) -> Iterator[tuple[int, int]]:
    """Yield the ranges of the text that belong to no value: indicators, space and comments."""
    position = 0
    for leaf in tree.leaves():
        yield position, leaf.start
        if leaf.is_block_scalar:
            yield leaf.start, leaf.body
        position = leaf.end
    yield position, len(text)


def comments(text: str, tree: Span) -> Iterator[str]:
    """Yield the comments of the text, without the space after them."""
    for start, end in gaps(text, tree):
        yield from (found[0].rstrip() for found in _COMMENT.finditer(text, start, end))


def tabs(text: str, tree: Span) -> Iterator[int]:
    """Yield the offsets of the tabs that stand neither in a value nor in a comment."""
    for start, end in gaps(text, tree):
        hidden = [found.span() for found in _COMMENT.finditer(text, start, end)]
        for found in re.compile(r"\t").finditer(text, start, end):
            if not any(first <= found.start() < last for first, last in hidden):
                yield found.start()


def _span(text: str, event: yaml.NodeEvent) -> Span:
    start, end = _offset(event.start_mark), _offset(event.end_mark)
    if isinstance(event, yaml.AliasEvent):
        return Span("alias", start, end, value=event.anchor or "")
    if isinstance(event, yaml.ScalarEvent):
        value = unicodedata.normalize("NFC", event.value or "")
        span = Span("scalar", start, end, value=value, style=event.style or "")
        if span.is_block_scalar:
            _measure_block(text, span)
        return span
    flow = bool(getattr(event, "flow_style", False))
    return Span(
        "sequence" if isinstance(event, yaml.SequenceStartEvent) else "mapping", start, end, flow=flow
    )


def _offset(mark: object) -> int:
    """Return the offset of a libyaml mark; the stubs of PyYAML know several kinds of them, and None."""
    index: int = getattr(mark, "index", 0)
    return index


def _close(span: Span, end: int) -> None:
    if span.flow:
        span.end = end
    elif span.children:
        span.end = span.children[-1].end


def _measure_block(text: str, span: Span) -> None:
    """Find where a block scalar's content begins and ends; libyaml's end lies behind the blank lines."""
    raw = text[span.start : span.end]
    header, _, content = raw.partition("\n")
    span.body = min(span.start + len(header) + 1, span.end)
    span.keeps = "+" in header.partition("#")[0]
    lines = content.split("\n")
    if lines[-1] == "":
        lines.pop()
    indent = next((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), 0)
    # Blanks beyond the indentation are content, even where nothing else stands in the line.
    while not span.keeps and lines and not lines[-1].strip() and len(lines[-1]) <= indent:
        lines.pop()
    span.end = span.body + len("\n".join(lines)) if lines else span.start + len(header)
