"""Values as bytes that say nothing of where a bank lies: its files' paths and media are put in when unpacked."""

import copyreg
import io
import pickle
from collections.abc import Callable, Mapping
from functools import partial
from operator import attrgetter
from typing import Any

from ankiexport.diagnostics import Diagnostic, Position
from ankiexport.notes import Digests, MediaFile, NoteContent
from ankiexport.question import CardDeck, Fact, GivenField, History, Place, Question, Text


def quicken(*kinds: type) -> None:
    """Let values be pickled by their fields in order; their own way takes up to three times longer."""
    for kind in kinds:
        # The names of the fields, of dataclasses and of named tuples.
        names = vars(kind)["__match_args__"]
        copyreg.pickle(kind, partial(_reduced, kind, attrgetter(*names)))


def _reduced(
    kind: type, values: Callable[[object], tuple[object, ...]], value: object
) -> tuple[type, tuple[object, ...]]:
    return kind, values(value)


quicken(
    Position, Diagnostic, Text, Place, History, Fact, GivenField, CardDeck, Question, MediaFile, Digests,
    NoteContent,
)  # fmt: skip


class Unpackable(Exception):  # noqa: N818 - it is no error: the value is only not kept
    """A value points at a file that is not among those that are put in again."""


def pack(value: object, paths: Mapping[str, str]) -> bytes:
    """Return a value as bytes, with these paths of positions replaced by their names; raises `Unpackable`."""
    stream = io.BytesIO()
    _Packer(stream, paths).dump(value)
    return stream.getvalue()


def unpack(data: bytes, paths: Mapping[str, str], media: Mapping[str, MediaFile]) -> Any:  # noqa: ANN401
    """Return the value of bytes; `paths` gives each name its path, `media` each stored name its file.

    The bytes are the program's own, from a folder that belongs to its user.
    """
    return _Unpacker(io.BytesIO(data), paths, media).load()


class _Packer(pickle.Pickler):
    def __init__(self, stream: io.BytesIO, paths: Mapping[str, str]) -> None:
        super().__init__(stream, protocol=5)
        self._paths = paths

    def persistent_id(self, obj: Any) -> object:  # noqa: ANN401
        kind = type(obj)
        if kind is Position:
            name = self._paths.get(obj.path)
            if name is None:
                raise Unpackable
            return name, obj.line, obj.column
        return obj.name if kind is MediaFile else None


class _Unpacker(pickle.Unpickler):
    def __init__(self, stream: io.BytesIO, paths: Mapping[str, str], media: Mapping[str, MediaFile]) -> None:
        super().__init__(stream)
        self._paths = paths
        self._media = media

    def persistent_load(self, pid: Any) -> object:  # noqa: ANN401
        if type(pid) is str:
            return self._media[pid]
        name, line, column = pid
        return Position(self._paths[name], line, column)
