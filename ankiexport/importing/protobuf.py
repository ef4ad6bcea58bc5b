"""As much of protocol buffers as the packages of new versions of Anki need: fields by their numbers."""

from ankiexport.importing.package import refuse

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_FIXED_SIZE = {_FIXED64: 8, _FIXED32: 4}
_LONGEST_VARINT = 10


def fields_of(data: bytes) -> dict[int, list[int | bytes]]:
    """Return the values of a message by the numbers of its fields, each in the order in which it comes.

    Numbers are as they are written, without a sign; fixed ones are left as bytes.
    """
    found: dict[int, list[int | bytes]] = {}
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        kind = key & 7
        value: int | bytes
        if kind == _VARINT:
            value, at = _varint(data, at)
        else:
            size, at = _varint(data, at) if kind == _BYTES else (_FIXED_SIZE.get(kind, -1), at)
            if size < 0 or at + size > len(data):
                refuse("one of its protobuf messages is damaged")
            value, at = data[at : at + size], at + size
        found.setdefault(key >> 3, []).append(value)
    return found


def text_in(message: dict[int, list[int | bytes]], number: int) -> str:
    """Return a text of a message; empty if it is not there."""
    return bytes_in(message, number).decode()


def bytes_in(message: dict[int, list[int | bytes]], number: int) -> bytes:
    """Return the bytes of a field, which may be a message of its own; empty if it is not there."""
    value = message.get(number, [b""])[-1]
    return value if isinstance(value, bytes) else b""


def number_in(message: dict[int, list[int | bytes]], number: int) -> int:
    """Return a number of a message with its sign; 0 if it is not there."""
    value = message.get(number, [0])[-1]
    if not isinstance(value, int):
        return 0
    return value - (1 << 64) if value >= 1 << 63 else value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    end = next((i for i in range(at, min(at + _LONGEST_VARINT, len(data))) if data[i] < 0x80), None)
    if end is None:
        refuse("one of its protobuf messages is damaged")
    value = sum((data[i] & 0x7F) << (7 * (i - at)) for i in range(at, end + 1))
    return value & ((1 << 64) - 1), end + 1
