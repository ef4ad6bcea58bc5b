"""YAML as nodes with their places, each worked out at once: plain to read, and what the fast way is compared with."""

import unicodedata
from dataclasses import dataclass

import yaml

from ankiexport.diagnostics import Diagnostic, Position
from ankiexport.question import Place, Text
from ankiexport.yaml_source import MAX_DEPTH
from ankiexport.yaml_syntax import character_diagnostic, syntax_diagnostic


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value; `plain` tells that it stands without quotes and not as a block."""

    text: Text
    plain: bool = False

    @property
    def value(self) -> str:
        """The text as written, quotes and block indentation removed."""
        return self.text.value

    @property
    def position(self) -> Position:
        """Where the value begins."""
        return self.text.position

    @property
    def is_null(self) -> bool:
        """Whether nothing was written: YAML's null."""
        return self.plain and self.value in {"", "~", "null", "Null", "NULL"}


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list of nodes."""

    items: list["Node"]
    position: Position


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys, each with its place, and their nodes; keys are unique."""

    entries: dict[str, tuple[Scalar, "Node"]]
    position: Position


Node = Scalar | Sequence | Mapping


def parse_yaml(text: str, path: str, *, first_line: int = 1) -> tuple[Node | None, list[Diagnostic]]:
    """Return the one document of a YAML text as a node; None with no diagnostic when it is empty.

    `first_line` is the line of the file on which the text begins (front matter).
    """
    builder = _Builder(text, path, first_line - 1)
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            if not builder.take(event):
                break
    except yaml.MarkedYAMLError as error:
        builder.diagnostics.append(syntax_diagnostic(text, path, first_line - 1, error))
        return None, builder.diagnostics
    except yaml.reader.ReaderError as error:
        builder.diagnostics.append(character_diagnostic(text, path, first_line - 1, error))
        return None, builder.diagnostics
    return builder.root, builder.diagnostics


class _Builder:
    """Turns events into nodes, keeping a stack of the collections that are still open."""

    def __init__(self, text: str, path: str, line_offset: int) -> None:
        self.root: Node | None = None
        self.diagnostics: list[Diagnostic] = []
        self._lines = text.split("\n")
        self._path = path
        self._offset = line_offset
        self._stack: list[tuple[Sequence | Mapping, list[Scalar]]] = []
        self._anchors: dict[str, Node] = {}
        self._documents = 0

    def take(self, event: yaml.Event) -> bool:
        """Add one event; return False when reading should stop."""
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._report(
                    event, "yaml-documents", "a second YAML document begins here", "use one file each"
                )
                return False
        elif isinstance(event, yaml.ScalarEvent):
            self._add(event, self._scalar(event))
        elif isinstance(event, yaml.AliasEvent):
            self._add(event, self._anchors.get(event.anchor or "", Sequence([], self._position(event))))
        elif isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
            return self._open(event)
        elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            self._stack.pop()
        return True

    def _open(self, event: yaml.Event) -> bool:
        if len(self._stack) >= MAX_DEPTH:
            message = f"the YAML is nested more than {MAX_DEPTH} levels deep"
            self._report(event, "yaml-depth", message, "a bank never needs that; flatten it")
            self.root = None
            return False
        where = self._position(event)
        is_sequence = isinstance(event, yaml.SequenceStartEvent)
        node: Sequence | Mapping = Sequence([], where) if is_sequence else Mapping({}, where)
        self._add(event, node)
        self._stack.append((node, []))
        return True

    def _add(self, event: yaml.Event, node: Node) -> None:
        anchor = getattr(event, "anchor", None)
        if anchor is not None and not isinstance(event, yaml.AliasEvent):
            self._anchors[anchor] = node
        if not self._stack:
            self.root = node
            return
        parent, pending = self._stack[-1]
        if isinstance(parent, Sequence):
            parent.items.append(node)
        elif not pending:
            pending.append(self._key(event, node))
        else:
            self._set(parent, pending.pop(), node)

    def _key(self, event: yaml.Event, node: Node) -> Scalar:
        if isinstance(node, Scalar):
            return node
        self._report(
            event, "wrong-type", "a key must be a plain word", 'quote a text that begins with "{" or "["'
        )
        return Scalar(Text(f"\0{id(node)}", Place(node.position)))

    def _set(self, parent: Mapping, key: Scalar, node: Node) -> None:
        first = parent.entries.get(key.value)
        if first is not None:
            self.diagnostics.append(
                Diagnostic(
                    key.position,
                    "duplicate-key",
                    f'the key "{key.value}" is there twice',
                    "keep one of them",
                    (first[0].position,),
                )
            )
            return
        if not key.value.startswith("\0"):
            parent.entries[key.value] = (key, node)

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        style = event.style or ""
        value = unicodedata.normalize("NFC", event.value)
        line, column = _start_of(event)
        if style in {"|", ">"}:
            indent = self._indent(line + 1)
            start = Position(self._path, line + 2 + self._offset, indent + 1)
            return Scalar(Text(value, Place(start, follows=style == "|", indent=indent)))
        quoted = 1 if style in {'"', "'"} else 0
        start = Position(self._path, line + 1 + self._offset, column + 1 + quoted)
        return Scalar(Text(value, Place(start)), plain=not style)

    def _indent(self, line: int) -> int:
        for content in self._lines[line:]:
            if content.strip():
                return len(content) - len(content.lstrip(" "))
        return 0

    def _position(self, event: yaml.Event) -> Position:
        line, column = _start_of(event)
        return Position(self._path, line + 1 + self._offset, column + 1)

    def _report(self, event: yaml.Event, code: str, message: str, advice: str) -> None:
        self.diagnostics.append(Diagnostic(self._position(event), code, message, advice))


def _start_of(event: yaml.Event) -> tuple[int, int]:
    """Return line and column, from 0, at which an event begins; a parser's events always know."""
    return (event.start_mark.line, event.start_mark.column) if event.start_mark else (0, 0)
