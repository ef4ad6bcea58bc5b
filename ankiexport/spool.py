"""Bytes that are put on the disk when they become many: of what a run needs once more, but not now."""

import errno
import os
import sys
import tempfile
from io import FileIO
from threading import Lock, local
from typing import Any, TypeVar
from weakref import finalize

from ankiexport.errors import TemporaryFileError

# So many bytes stay in memory; a bank of ten thousand long questions has about as many.
HELD_BYTES = 1 << 25
# Where things are read one after the other, so many bytes are read at once.
_READ_BYTES = 1 << 16


_T = TypeVar("_T")


class _Latest(local):
    """What a thread has read last: `made` is what it has made of what was put at `at`.

    Of one thing, several values are often asked for.
    """

    at = -1
    made: object = None
    read_from = end = 0
    read = b""


class Spool:
    """Bytes that are all put on the disk as soon as they are too many, and are gone with whoever can read them.

    Where nothing can be written, they stay in memory.
    """

    def __init__(self) -> None:
        """Begin in memory."""
        self._most = HELD_BYTES
        self._end = 0
        self._held: dict[int, bytes] = {}
        self._lock = Lock()
        self._file: FileIO | None = None
        self._ones: dict[Any, Any] = {}
        self.latest = _Latest()

    @property
    def is_full(self) -> bool:
        """Whether what is put there goes to the disk now."""
        return self._file is not None

    def one(self, value: _T) -> _T:
        """Return the first of all values that are equal to this one: the others need not be held."""
        first: _T = self._ones.setdefault(value, value)
        return first

    def put(self, data: bytes) -> int:
        """Take bytes, and return where they are from now on."""
        at = self._end
        self._end += len(data)
        self._held[at] = data
        if self._end > self._most:
            self._put_away()
        return at

    def get(self, at: int, size: int) -> bytes:
        """Return so many bytes that were put there; raises `TemporaryFileError` when the disk does not give them."""
        held = self._held.get(at)
        if held is not None:
            return held
        try:
            data = self._near(at, size)
        except OSError as error:
            raise TemporaryFileError(error) from error
        if len(data) != size:
            raise TemporaryFileError(OSError(errno.EIO, os.strerror(errno.EIO)))
        return data

    def _put_away(self) -> None:
        """Write all that is held, as long as the disk takes it."""
        with self._lock:
            try:
                file = self._opened()
                for at, data in list(self._held.items()):
                    file.seek(at)
                    # On a disk that is nearly full, it may be some of them only.
                    if file.write(data) != len(data):
                        break
                    del self._held[at]
                else:
                    return
            except OSError:
                pass
        # What comes now would have no place either.
        self._most = sys.maxsize

    def _near(self, at: int, size: int) -> bytes:
        latest = self.latest
        start = at - latest.read_from
        if start < 0 or start + size > len(latest.read):
            follows = at == latest.end
            latest.read = self._read(at, max(size, _READ_BYTES) if follows else size)
            latest.read_from, start = at, 0
        latest.end = at + size
        return latest.read[start : start + size]

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
