"""Source files as text, and YAML as nodes that know their place.

Values stay the text that the author wrote: YAML's own guesses turn `010` into 8 and `no`
into False. Nodes are built from libyaml's events, without recursion, so that neither depth
nor aliases can cost more than the file's own size.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from ankiexport.diagnostics import Diagnostic, Position
from ankiexport.question import Place, Text

MAX_BYTES = 8_000_000
MAX_DEPTH = 24

_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


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


def read_text(path: Path, max_bytes: int = MAX_BYTES) -> tuple[str | None, list[Diagnostic]]:
    r"""Return a source file's text, with `\n` as the only line break, or None and the reason."""
    data, out = read_source(path, max_bytes)
    return (None, out) if data is None else text_of(data, path)


def read_source(path: Path, max_bytes: int = MAX_BYTES) -> tuple[bytes | None, list[Diagnostic]]:
    """Return a source file's bytes, or None and the reason."""
    where = Position(path.as_posix())
    try:
        size = path.stat().st_size
        if size > max_bytes:
            message = f"the file has {size:,} bytes; the limit is {max_bytes:,}"
            return None, [
                Diagnostic(where, "file-too-large", message, "split it into several question files")
            ]
        return path.read_bytes(), []
    except OSError as error:
        message = f"the file cannot be read: {error.strerror or error}"
        return None, [Diagnostic(where, "file-unreadable", message, "check its permissions")]


def text_of(data: bytes, path: Path) -> tuple[str | None, list[Diagnostic]]:
    r"""Return the text of a source file's bytes, with `\n` as the only line break, or None and the reason."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return None, [_encoding_diagnostic(path.as_posix(), data, error)]
    return text.replace("\r\n", "\n").replace("\r", "\n"), []


def parse_yaml(text: str, path: str, *, first_line: int = 1) -> tuple[Node | None, list[Diagnostic]]:
    """Return the one document of a YAML text as a node; None with no diagnostic when it is empty.

    `first_line` is the line of the file on which the text begins (front matter).
    """
    builder = _Builder(text, path, first_line - 1)
    try:
        for event in yaml.parse(text, Loader=_Loader):
            if not builder.take(event):
                break
    except yaml.MarkedYAMLError as error:
        builder.diagnostics.append(_syntax_diagnostic(text, path, first_line - 1, error))
        return None, builder.diagnostics
    except yaml.reader.ReaderError as error:
        builder.diagnostics.append(_character_diagnostic(text, path, first_line - 1, error))
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


def strings(node: Node) -> Iterator[Scalar]:
    """Yield the scalars of a list, or the one scalar itself."""
    if isinstance(node, Scalar):
        yield node
    elif isinstance(node, Sequence):
        yield from (item for item in node.items if isinstance(item, Scalar))


def _encoding_diagnostic(path: str, data: bytes, error: UnicodeDecodeError) -> Diagnostic:
    before = data[: error.start]
    line = before.count(b"\n") + 1
    column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
    message = f"the file is not UTF-8: byte 0x{data[error.start]:02x} does not belong there"
    return Diagnostic(Position(path, line, column), "file-encoding", message, "save the file as UTF-8")


def _character_diagnostic(text: str, path: str, offset: int, error: yaml.reader.ReaderError) -> Diagnostic:
    index = next((i for i, char in enumerate(text) if yaml.reader.Reader.NON_PRINTABLE.match(char)), 0)
    line = text.count("\n", 0, index) + 1 + offset
    column = index - (text.rfind("\n", 0, index) + 1) + 1
    message = f"the character U+{ord(text[index]):04X} is not allowed in YAML" if text else str(error)
    return Diagnostic(Position(path, line, column), "yaml-syntax", message, "remove the control character")


_TAB_ADVICE = "indent with spaces; YAML allows no tabs there"
_ADVICE = (
    ("cannot start any token", "quote a text that begins with @, ` or %"),
    ("mapping values are not allowed", 'quote a text that holds ": ", or write it as a block after "|"'),
    (
        "unknown escape character",
        "in double quotes a backslash is doubled; or write the text as a block after |",
    ),
    ("did not find expected key", "check the indentation here and above"),
    ("block end", "check the indentation here and above"),
    ("unexpected end of stream", "a quote or a bracket that is opened above is never closed"),
    ("undefined alias", "a text that begins with * must be quoted"),
)


def _syntax_diagnostic(text: str, path: str, offset: int, error: yaml.MarkedYAMLError) -> Diagnostic:
    mark = error.problem_mark or error.context_mark
    where = Position(path, mark.line + 1 + offset, mark.column + 1) if mark else Position(path, 1 + offset, 1)
    problem = " ".join(part for part in (error.context, error.problem) if part)
    advice = next(
        (text for sign, text in _ADVICE if sign in problem), "check the indentation and the quotes here"
    )
    if mark and text[mark.index : mark.index + 1] == "\t":
        advice = _TAB_ADVICE
    return Diagnostic(where, "yaml-syntax", f"not valid YAML: {problem}", advice)
