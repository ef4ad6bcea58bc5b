"""The fields of a note, held in little memory: as Anki keeps them, and on the disk where there are many."""

import errno
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from io import FileIO
from threading import Lock
from typing import overload
from weakref import finalize

from ankiexport.errors import TemporaryFileError

# Between the fields of a note, as in Anki's collections.
SEPARATOR = "\x1f"

# So many bytes of fields stay in memory; a bank of ten thousand long questions has about as many.
HELD_BYTES = 1 << 25


class Spool:
    """Bytes that are put on the disk when they become many, and are gone with whoever can read them.

    Where nothing can be written, they stay in memory.
    """

    def __init__(self) -> None:
        """Begin in memory."""
        self._left = HELD_BYTES
        self._lock = Lock()
        self._file: FileIO | None = None

    @property
    def is_full(self) -> bool:
        """Whether what is put there goes to the disk now."""
        return self._left < 0

    def put(self, data: bytes) -> int | None:
        """Return where these bytes are now on the disk; None where they had better stay."""
        self._left -= len(data)
        if self._left >= 0:
            return None
        with self._lock:
            try:
                file = self._opened()
                at = file.seek(0, os.SEEK_END)
                # On a disk that is nearly full, it may be some of them only.
                if file.write(data) == len(data):
                    return at
            except OSError:
                pass
        # What comes now would have no place either.
        self._left = sys.maxsize
        return None

    def get(self, at: int, size: int) -> bytes:
        """Return so many bytes that were put there; raises `TemporaryFileError` when the disk does not give them."""
        try:
            data = self._read(at, size)
        except OSError as error:
            raise TemporaryFileError(error) from error
        if len(data) != size:
            raise TemporaryFileError(OSError(errno.EIO, os.strerror(errno.EIO)))
        return data

    def _read(self, at: int, size: int) -> bytes:
        with self._lock:
            file = self._opened()
            file.seek(at)
            return file.read(size)

    def _opened(self) -> FileIO:
        if self._file is None:
            # Without a buffer: what it has not taken is known at once.
            file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - it is closed with the spool
            finalize(self, file.close)
            self._file = file
        return self._file


class Fields(Sequence[str]):
    """The fields of a note, of which there is one at least; none holds Anki's separator.

    They are equal to a tuple of the same texts.
    """

    __slots__ = ("_at", "_joined", "_size", "_spool")

    def __init__(self, joined: bytes) -> None:
        """Take fields that are joined by the separator, in UTF-8."""
        self._joined = joined
        self._size = len(joined)
        self._spool: Spool | None = None
        self._at = 0

    @classmethod
    def of(cls, fields: Iterable[str]) -> "Fields":
        """Return fields with these texts."""
        return cls(SEPARATOR.join(fields).encode())

    @property
    def joined(self) -> bytes:
        """The fields as a collection holds them: joined by the separator, in UTF-8."""
        return self._spool.get(self._at, self._size) if self._spool else self._joined

    def put_away(self, spool: Spool) -> None:
        """Keep the texts in a spool from now on, if it takes them."""
        if self._spool:
            return
        at = spool.put(self._joined)
        if at is not None:
            self._at, self._spool, self._joined = at, spool, b""

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[str, ...]: ...

    def __getitem__(self, place: int | slice) -> str | tuple[str, ...]:
        """Return one field, or some."""
        texts = self._texts()
        return tuple(texts[place]) if isinstance(place, slice) else texts[place]

    def __len__(self) -> int:
        """Return the number of fields."""
        return self.joined.count(SEPARATOR.encode()) + 1

    def __iter__(self) -> Iterator[str]:
        """Yield the fields, in order."""
        return iter(self._texts())

    def __eq__(self, other: object) -> bool:
        """Tell whether another has the same texts."""
        if isinstance(other, Fields):
            return self is other or self.joined == other.joined
        return isinstance(other, tuple) and (*self._texts(),) == other

    def __hash__(self) -> int:
        """Return the hash of a tuple of the same texts."""
        return hash((*self._texts(),))

    def __repr__(self) -> str:
        """Return them as a tuple shows itself."""
        return repr((*self._texts(),))

    def __reduce__(self) -> tuple[type["Fields"], tuple[bytes]]:
        """Let them be pickled as they are held."""
        return Fields, (self.joined,)

    def _texts(self) -> list[str]:
        return self.joined.decode().split(SEPARATOR)


def joined_fields(fields: Sequence[str]) -> bytes:
    """Return fields as a collection holds them: joined by the separator, in UTF-8."""
    return fields.joined if isinstance(fields, Fields) else SEPARATOR.join(fields).encode()
