"""Rows and numbers as SQLite keeps them: records, and integers in its own variable length.

Format: https://www.sqlite.org/fileformat2.html
"""

import struct
from collections.abc import Iterable, Sequence

# The bytes that integers take in a record, and their kind, by the whole bytes of their bits.
_INTEGERS = (
    (1, b"\1"), (2, b"\2"), (3, b"\3"), (4, b"\4"), (6, b"\5"), (6, b"\5"), (8, b"\6"), (8, b"\6"),
)  # fmt: skip
_ZERO, _ONE = b"\x08", b"\x09"
# The bytes of the values of each kind that is a number, and of what only a key or a text without characters has.
SIZES = {0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8, 8: 0, 9: 0}
OF_SIX = struct.Struct("2x6s")
SHORT = [bytes((length,)) for length in range(0x80)]
_FLOAT, _FIRST_TEXT = 7, 13
# Texts of so many bytes are seldom of one length.
_OFTEN = 1 << 14

Value = int | float | str | None


def varint(number: int) -> bytes:
    """Return an integer in SQLite's own variable length, one to nine bytes."""
    if 0 <= number < 0x80:
        return bytes((number,))
    if 0 <= number < 0x4000:
        return bytes((0x80 | number >> 7, number & 0x7F))
    if 1 << 35 <= number < 1 << 42:
        # Anki's ids are times in milliseconds.
        high, low = number >> 21, number & 0x1F_FFFF
        return bytes(
            (
                0x80 | high >> 14, 0x80 | high >> 7 & 0x7F, 0x80 | high & 0x7F,
                0x80 | low >> 14, 0x80 | low >> 7 & 0x7F, low & 0x7F,
            )
        )  # fmt: skip
    number &= 0xFFFF_FFFF_FFFF_FFFF
    if number >> 56:
        return bytes((*(0x80 | number >> shift & 0x7F for shift in range(57, 7, -7)), number & 0xFF))
    parts = [number & 0x7F]
    while number := number >> 7:
        parts.append(0x80 | number & 0x7F)
    return bytes(reversed(parts))


class Lengths(dict[int, bytes]):
    """Integers in SQLite's own variable length, made once for those that come again."""

    def __missing__(self, number: int) -> bytes:
        """Return an integer that comes for the first time."""
        made = self[number] = varint(number)
        return made


class TextKinds(dict[int, bytes]):
    """The kinds of texts by the number of their bytes, which often comes again."""

    def __missing__(self, length: int) -> bytes:
        """Return the kind of a text that is the first of its length; a long one is seldom of one that comes again."""
        made = varint(_FIRST_TEXT + 2 * length)
        if length < _OFTEN:
            self[length] = made
        return made


TEXT_KINDS = TextKinds()


def varints(numbers: Sequence[int]) -> Sequence[bytes]:
    """Return each of some integers in SQLite's own variable length."""
    if not numbers or min(numbers) < 1 << 35 or max(numbers) >= 1 << 42:
        return list(map(varint, numbers))
    # All are spread at once, groups of seven bits over groups of eight, in one integer of 64 bits for each.
    count = len(numbers)
    each = int.from_bytes(b"\0\0\0\0\0\0\0\1" * count)
    wide, low = int.from_bytes(struct.pack(f">{count}Q", *numbers)), 0x7F * each
    spread = 0x8080_8080_8000 * each
    for group in range(6):
        spread |= (wide >> 7 * group & low) << 8 * group
    return [own for (own,) in OF_SIX.iter_unpack(spread.to_bytes(8 * count))]


def integer(value: int) -> tuple[bytes, bytes]:
    """Return the kind and the bytes of an integer in a record; it has 64 bits at most."""
    if 0x8000_0000 > value >= 0x80_0000:
        # Half of all checksums.
        return b"\4", value.to_bytes(4)
    if value in {0, 1}:
        return _ONE if value else _ZERO, b""
    # Besides its bits there is one for the sign.
    size, kind = _INTEGERS[(value if value >= 0 else ~value).bit_length() >> 3]
    return kind, value.to_bytes(size, signed=True)


def integer_of(kind: int, data: bytes) -> int:
    """Return the integer of some kind that is the last of these bytes."""
    width = SIZES[kind]
    return int.from_bytes(data[-width:], signed=True) if width else kind - _ZERO[0]


def record(values: Iterable[Value]) -> bytes:
    """Return the values of a row; None stands for the key of a table whose rows it numbers, too."""
    kinds, body = bytearray(), bytearray()
    for value in values:
        if value is None:
            kinds.append(0)
        elif isinstance(value, int):
            kind, data = integer(value)
            kinds += kind
            body += data
        elif isinstance(value, float):
            kinds.append(_FLOAT)
            body += struct.pack(">d", value)
        else:
            data = value.encode()
            kinds += varint(_FIRST_TEXT + 2 * len(data))
            body += data
    return record_of(bytes(kinds), bytes(body))


def record_of(kinds: bytes, body: bytes) -> bytes:
    """Return a row of which the kinds of values and their bytes are known."""
    return b"".join((head_of(kinds), kinds, body))


def head_of(kinds: bytes) -> bytes:
    """Return what a row begins with: the length of its kinds, which counts itself."""
    size = len(kinds) + 1
    return SHORT[size] if size < 0x80 else varint(size + 1)


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """Return the integer in SQLite's own variable length that stands there, and where it ends."""
    number = 0
    for index in range(at, at + 8):
        byte = data[index]
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            return number, index + 1
    number = number << 8 | data[at + 8]
    return number - (number >> 63 << 64), at + 9
