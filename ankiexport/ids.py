"""Ids that depend on nothing but the bank's namespace and the question's id.

Anki matches notes by GUID and note types by id, so a build on another machine, at another
time or after a rewritten text must come to the same ones. All of them are cut from SHA-256.
"""

import hashlib
from collections.abc import Collection, Iterator
from itertools import count

# Anki takes note, card and deck ids for the milliseconds at which they were made. The range
# lies in the past (2020-09-13 to 2025-01-16), so that nothing seems to come from the future.
_EPOCH_START = 1_600_000_000_000
_EPOCH_SPAN = 2**37

GUID_BYTES = 10
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [first + second for first in _LETTERS for second in _LETTERS]


def _digest(namespace: str, kind: str, *parts: str) -> bytes:
    # Lengths make the list of parts unambiguous: ("ab", "c") is not ("a", "bc").
    text = "".join([f"{len(part)}:{part}," for part in (namespace, kind, *parts)])
    return hashlib.sha256(text.encode()).digest()


def guid(namespace: str, question_id: str, taken: Collection[str] = ()) -> str:
    """Return a note's GUID that is not `taken`: 16 lower-case letters and digits, safe in every text format."""
    first = _as_guid(_digest(namespace, "note", question_id))
    # Hardly any ever is: two digests would have to clash.
    if first not in taken:
        return first
    return next(text for text in map(_as_guid, _digests(namespace, "note", question_id)) if text not in taken)


def timestamp_id(namespace: str, kind: str, *parts: str, taken: Collection[int] = ()) -> int:
    """Return an id for a note, card, deck, note type or preset, one that is not `taken`."""
    first = _as_time(_digest(namespace, kind, *parts))
    if first not in taken:
        return first
    return next(number for number in map(_as_time, _digests(namespace, kind, *parts)) if number not in taken)


def _digests(namespace: str, kind: str, *parts: str) -> Iterator[bytes]:
    """Yield digests without end: the first, and those that are taken when it clashes."""
    for attempt in count():
        yield _digest(namespace, kind, *parts, *([str(attempt)] if attempt else []))


def _as_guid(digest: bytes) -> str:
    # Base 32, ten bits at a time.
    number = int.from_bytes(digest[:GUID_BYTES], "big")
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(70, -1, -10)])


def _as_time(digest: bytes) -> int:
    return _EPOCH_START + int.from_bytes(digest[:8], "big") % _EPOCH_SPAN
