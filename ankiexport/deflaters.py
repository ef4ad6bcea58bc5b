"""What deflates packages: the standard library's zlib, or `isal`, an optional extra that takes a quarter of the time.

Each gives other bytes of the same content, and those of `isal` may be others on another machine. So a build with
`--locked` uses zlib, whatever is installed.
"""

import zlib
from functools import cache
from types import ModuleType
from typing import NamedTuple


class Deflater(NamedTuple):
    """What deflates packages: a module like zlib, with the level to use."""

    name: str
    module: ModuleType
    level: int

    def deflated(self, data: bytes) -> bytes:
        """Return bytes in their deflated form, which ends on a whole byte and is not marked as the last."""
        packer = self.module.compressobj(self.level, zlib.DEFLATED, -zlib.MAX_WBITS)
        packed: bytes = packer.compress(data) + packer.flush(zlib.Z_FULL_FLUSH)
        return packed


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
