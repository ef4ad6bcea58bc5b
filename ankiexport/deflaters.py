"""What deflates packages: the standard library's zlib, or `isal`, an optional extra that takes a quarter of the time.

Each gives other bytes of the same content, and those of `isal` may be others on another machine. So a build with
`--locked` uses zlib, whatever is installed.
"""

import zlib
from functools import cache
from threading import local
from types import ModuleType
from typing import Any, NamedTuple

# No deflated form is as much longer than the bytes themselves.
_AT_MOST, _BESIDES = 2, 500


class _Packer(local):
    """What `isal` packs with, one for each thread: it is made again only for more bytes than it has room for."""

    room = -1
    made: Any = None

    def packed(self, make: Any, data: bytes, level: int) -> tuple[bytes, int]:  # noqa: ANN401
        room = _AT_MOST * len(data) + _BESIDES
        if room > self.room:
            self.made, self.room = make(room, level), room
        # Nothing stands before these bytes that they could refer to.
        packed: tuple[bytes, int] = self.made.compress_and_crc(data, b"")
        return packed


_packer = _Packer()


class Deflater(NamedTuple):
    """What deflates packages: a module like zlib, with the level to use."""

    name: str
    module: ModuleType
    level: int

    def deflated(self, data: bytes) -> tuple[bytes, int]:
        """Return bytes in their deflated form, which ends on a whole byte and is not marked as the last, and their CRC-32."""
        # All in one call, for which Python's lock is given away once and not three times. The name says that it may change:
        # where it is missing, the usual calls do the same.
        at_once = getattr(self.module, "_ParallelCompress", None)
        if at_once:
            return _packer.packed(at_once, data, self.level)
        packer = self.module.compressobj(self.level, zlib.DEFLATED, -zlib.MAX_WBITS)
        return packer.compress(data) + packer.flush(zlib.Z_FULL_FLUSH), crc32(data)


# Level 6 takes more than twice the time and makes packages a seventh smaller, level 9 takes four times.
ZLIB = Deflater("zlib", zlib, 1)
# Level 1 takes as long and makes packages a fortieth larger, level 3 takes twice the time for a hundredth.
_ISAL_LEVEL = 2


def deflater_for(*, locked: bool) -> Deflater:
    """Return what deflates the packages of a build, with `--locked` or without."""
    fast = None if locked else _isal()
    return Deflater("isal", fast, _ISAL_LEVEL) if fast else ZLIB


def crc32(data: bytes) -> int:
    """Return the CRC-32 of bytes; it is the same, whoever takes it."""
    checksum: int = (_isal() or zlib).crc32(data)
    return checksum


@cache
def _isal() -> ModuleType | None:
    try:
        from isal import isal_zlib
    except ImportError:
        return None
    module: ModuleType = isal_zlib
    return module
