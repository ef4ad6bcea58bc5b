"""YAML as nodes that know their place.

Values stay the text that the author wrote: YAML's own guesses turn `010` into 8 and `no`
into False. Nodes are built from libyaml's events, without recursion, so that neither depth
nor aliases can cost more than the file's own size.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import yaml
from yaml import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from ankiexport.diagnostics import Diagnostic, Position
from ankiexport.question import Place, Text
from ankiexport.yaml_syntax import character_diagnostic, syntax_diagnostic

MAX_DEPTH = 24

_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


# PyYAML's stubs do not tell what events and marks have, which are other classes with and without libyaml.
_Event = Any
_Mark = Any


class _Source:
    """A text with its path: where the marks of a parser lie in it."""

    def __init__(self, text: str, path: str, line_offset: int) -> None:
        self._text = text
        self._path = path
        self._offset = line_offset

    @cached_property
    def _lines(self) -> list[str]:
        return self._text.split("\n")

    def position(self, mark: _Mark) -> Position:
        """Return where a node begins."""
        return Position(self._path, mark.line + 1 + self._offset, mark.column + 1)

    def place(self, mark: _Mark, style: str) -> Place:
        """Return where the text of a scalar begins."""
        if style in {"|", ">"}:
            indent = self._indent(mark.line + 1)
            start = Position(self._path, mark.line + 2 + self._offset, indent + 1)
            return Place(start, follows=style == "|", indent=indent)
        return Place(
            Position(self._path, mark.line + 1 + self._offset, mark.column + 1 + (style in {'"', "'"}))
        )

    def _indent(self, line: int) -> int:
        for content in self._lines[line:]:
            if content.strip():
                return len(content) - len(content.lstrip(" "))
        return 0


class _Known:
    """The source of nodes that were not parsed: they bear their place itself."""

    def position(self, where: Position) -> Position:
        """Return where a node begins."""
        return where

    def place(self, where: Place, _style: str) -> Place:
        """Return where the text of a scalar begins."""
        return where


_KNOWN = _Known()


# Where a node lies is worked out when somebody asks: of most keys and lists nobody does. Until then it bears the mark
# of its parser. Nodes are not frozen, because that would double the time to make one.
@dataclass(slots=True, eq=False)
class Scalar:
    """A single value as written, quotes and block indentation removed; `style` is YAML's sign for how."""

    value: str
    where: Place | _Mark
    style: str | None = "|"
    source: _Source | _Known = _KNOWN

    @property
    def text(self) -> Text:
        """The value with its place."""
        return Text(self.value, self.source.place(self.where, self.style or ""))

    @property
    def position(self) -> Position:
        """Where the value begins."""
        return self.text.position

    @property
    def is_null(self) -> bool:
        """Whether nothing was written: YAML's null."""
        return not self.style and self.value in {"", "~", "null", "Null", "NULL"}


@dataclass(slots=True, eq=False)
class Sequence:
    """A list of nodes."""

    items: list["Node"]
    where: Position | _Mark
    source: _Source | _Known = _KNOWN

    @property
    def position(self) -> Position:
        """Where the list begins."""
        return self.source.position(self.where)


@dataclass(slots=True, eq=False)
class Mapping:
    """Keys, each with its place, and their nodes; keys are unique."""

    entries: dict[str, tuple[Scalar, "Node"]]
    where: Position | _Mark
    source: _Source | _Known = _KNOWN

    @property
    def position(self) -> Position:
        """Where the mapping begins."""
        return self.source.position(self.where)


Node = Scalar | Sequence | Mapping


def parse_yaml(text: str, path: str, *, first_line: int = 1) -> tuple[Node | None, list[Diagnostic]]:
    """Return the one document of a YAML text as a node; None with no diagnostic when it is empty.

    `first_line` is the line of the file on which the text begins (front matter).
    """
    builder = _Builder(_Source(text, path, first_line - 1))
    try:
        builder.take(iter(_Loader(text).get_event, None))
    except yaml.MarkedYAMLError as error:
        builder.diagnostics.append(syntax_diagnostic(text, path, first_line - 1, error))
        return None, builder.diagnostics
    except yaml.reader.ReaderError as error:
        builder.diagnostics.append(character_diagnostic(text, path, first_line - 1, error))
        return None, builder.diagnostics
    return (builder.roots[0] if builder.roots else None), builder.diagnostics


class _Builder:
    """Turns events into nodes, keeping a stack of the collections that are still open.

    What is in a mapping is gathered like what is in a list, and put together when it ends.
    """

    def __init__(self, source: _Source) -> None:
        self.diagnostics: list[Diagnostic] = []
        self._source = source
        self.roots: list[Node] = []
        # Each open collection with the list that it is in.
        self._stack: list[tuple[Sequence | Mapping, list[Node]]] = []
        self._anchors: dict[str, Node] = {}
        self._documents = 0

    def take(self, events: Iterable[_Event]) -> None:  # noqa: C901 - this loop runs for every value of a bank
        """Add events, until one stops the reading."""
        source, normalize, stack = self._source, unicodedata.normalize, self._stack
        inside = self.roots
        try:
            for event in events:
                kind = type(event)
                if kind is ScalarEvent:
                    value = event.value
                    if not value.isascii():
                        value = normalize("NFC", value)
                    node = Scalar(value, event.start_mark, event.style, source)
                    inside.append(node)
                    if event.anchor is not None:
                        self._anchors[event.anchor] = node
                elif kind is SequenceEndEvent or kind is MappingEndEvent:
                    inside = self._close(inside)
                elif kind is SequenceStartEvent or kind is MappingStartEvent:
                    if len(stack) >= MAX_DEPTH:
                        self._too_deep(event)
                        break
                    inside = self._open(event, inside)
                elif kind is AliasEvent:
                    self._alias(event, inside)
                elif kind is DocumentStartEvent and self._is_second(event):
                    break
        finally:
            # What is wrong in what never ended is reported, too.
            while stack:
                inside = self._close(inside)

    def _open(self, event: _Event, inside: list["Node"]) -> list["Node"]:
        within: list[Node] = []
        node: Sequence | Mapping
        if type(event) is SequenceStartEvent:
            node = Sequence(within, event.start_mark, self._source)
        else:
            node = Mapping({}, event.start_mark, self._source)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        self._add(node, event, inside)
        self._stack.append((node, inside))
        return within

    def _alias(self, event: _Event, inside: list["Node"]) -> None:
        node = self._anchors.get(event.anchor or "") or Sequence([], event.start_mark, self._source)
        self._add(node, event, inside)

    def _add(self, node: "Node", event: _Event, inside: list["Node"]) -> None:
        is_key = len(inside) % 2 == 0 and self._stack and type(self._stack[-1][0]) is Mapping
        if is_key and type(node) is not Scalar:
            advice = 'quote a text that begins with "{" or "["'
            self._report(event, "wrong-type", "a key must be a plain word", advice)
        inside.append(node)

    def _close(self, within: list["Node"]) -> list["Node"]:
        node, inside = self._stack.pop()
        if type(node) is Mapping:
            entries, nodes = node.entries, iter(within)
            for key, value in zip(nodes, nodes, strict=False):
                if type(key) is not Scalar:
                    continue
                if key.value in entries:
                    self._twice(key, entries[key.value][0])
                else:
                    entries[key.value] = (key, value)
        return inside

    def _twice(self, key: Scalar, first: Scalar) -> None:
        message = f'the key "{key.value}" is there twice'
        found = Diagnostic(key.position, "duplicate-key", message, "keep one of them", (first.position,))
        self.diagnostics.append(found)

    def _is_second(self, event: _Event) -> bool:
        self._documents += 1
        if self._documents > 1:
            self._report(event, "yaml-documents", "a second YAML document begins here", "use one file each")
        return self._documents > 1

    def _too_deep(self, event: _Event) -> None:
        message = f"the YAML is nested more than {MAX_DEPTH} levels deep"
        self._report(event, "yaml-depth", message, "a bank never needs that; flatten it")
        self.roots.clear()

    def _report(self, event: _Event, code: str, message: str, advice: str) -> None:
        self.diagnostics.append(Diagnostic(self._source.position(event.start_mark), code, message, advice))


def strings(node: Node) -> Iterator[Scalar]:
    """Yield the scalars of a list, or the one scalar itself."""
    if isinstance(node, Scalar):
        yield node
    elif isinstance(node, Sequence):
        yield from (item for item in node.items if isinstance(item, Scalar))
