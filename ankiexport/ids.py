"""Ids that depend on nothing but the bank's namespace and the question's id.

Anki matches notes by GUID and note types by id, so a build on another machine, at another
time or after a rewritten text must come to the same ones. All of them are cut from SHA-256.
"""

import base64
import hashlib
from collections.abc import Collection

# Anki takes note, card and deck ids for the milliseconds at which they were made. The range
# lies in the past (2020-09-13 to 2025-01-16), so that nothing seems to come from the future.
_EPOCH_START = 1_600_000_000_000
_EPOCH_SPAN = 2**37

GUID_BYTES = 10


def _digest(namespace: str, kind: str, *parts: str) -> bytes:
    # Lengths make the list of parts unambiguous: ("ab", "c") is not ("a", "bc").
    text = "".join(f"{len(part)}:{part}," for part in (namespace, kind, *parts))
    return hashlib.sha256(text.encode()).digest()


def guid(namespace: str, question_id: str) -> str:
    """Return a note's GUID: 16 lower-case letters and digits, safe in every text format."""
    return base64.b32encode(_digest(namespace, "note", question_id)[:GUID_BYTES]).decode().lower()


def timestamp_id(namespace: str, kind: str, *parts: str, taken: Collection[int] = ()) -> int:
    """Return an id for a note, card, deck, note type or preset, one that is not `taken`."""
    attempt = 0
    while True:
        digest = _digest(namespace, kind, *parts, *([str(attempt)] if attempt else []))
        candidate = _EPOCH_START + int.from_bytes(digest[:8], "big") % _EPOCH_SPAN
        if candidate not in taken:
            return candidate
        attempt += 1
