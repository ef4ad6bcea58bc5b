"""Values as bytes that say nothing of where a bank lies: its files' paths and media are put in when unpacked."""

import copyreg
import io
import pickle
from collections.abc import Callable, Mapping
from functools import partial
from operator import attrgetter
from typing import Any

from ankiexport.diagnostics import Diagnostic, Position
from ankiexport.notes import Digests, MediaFile, NoteContent, Sorting
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
    NoteContent, Sorting,
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


# A position is packed with its file's name for its path, and of a media file only the name: unpacked, both are made
# of what is put in again.
class _Packer(pickle.Pickler):
    # Asked for values of these kinds only; a persistent_id would be asked for each value.
    def __init__(self, stream: io.BytesIO, paths: Mapping[str, str]) -> None:
        super().__init__(stream, protocol=5)
        self._paths = paths
        own: dict[type, Any] = {Position: self._position, MediaFile: self._media}
        self.dispatch_table = {**copyreg.dispatch_table, **own}

    def _position(self, where: Position) -> tuple[type, tuple[str, int, int]]:
        name = self._paths.get(where.path)
        if name is None:
            raise Unpackable
        return Position, (name, where.line, where.column)

    def _media(self, file: MediaFile) -> tuple[type, tuple[str]]:
        return MediaFile, (file.name,)


class _Unpacker(pickle.Unpickler):
    def __init__(self, stream: io.BytesIO, paths: Mapping[str, str], media: Mapping[str, MediaFile]) -> None:
        super().__init__(stream)
        self._makers: dict[object, object] = {
            Position: lambda name, line, column: Position(paths[name], line, column),
            MediaFile: media.__getitem__,
        }

    def find_class(self, module_name: str, global_name: str) -> Any:  # noqa: ANN401
        found = super().find_class(module_name, global_name)
        return self._makers.get(found, found)
