"""The text of a lock in which the lines of some notes are others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ankiexport.lock.entries import LockedNote, State, content_digest, field_digests
from ankiexport.lock.lines import dumped, entry_in, line_of, parsed
from ankiexport.notes import Note, NoteContent
from ankiexport.rebuilding.edits import MoreThanTexts


@dataclass(frozen=True, slots=True)
class Restamped:
    """The text of a lock, and by their keys the notes that it tells anew."""

    text: bytes
    notes: Mapping[str, Note]


def restamped(lock: bytes, contents: Iterable[NoteContent], now: int) -> Restamped:
    """Return the lock after notes got other contents, at a time in seconds since 1970.

    Of places in the order of study nothing is known here: `due` is 0. Raises `MoreThanTexts` when the lock does
    not know one of the notes as it must.
    """
    notes: dict[str, Note] = {}
    pieces: list[tuple[int, int, bytes]] = []
    for content in contents:
        mark = f"\n{dumped({'note': content.key})[:-1]},".encode()
        start = lock.find(mark) + 1
        end = lock.find(b"\n", start)
        before = _entry(lock[start:end]) if start else None
        if before is None or before.state is not State.ACTIVE or before.note_type != content.note_type:
            raise MoreThanTexts
        mod = max(now, before.mod + 1)
        after = replace(
            before,
            content=content_digest(content),
            fields=field_digests(content),
            tags=content.tags,
            text=content.text,
            mod=mod,
        )
        pieces.append((start, end, line_of(after).encode()))
        cards = tuple(before.cards[ord_] for ord_ in content.ords)
        notes[content.key] = Note(content, before.id, before.guid, before.deck, 0, mod, cards)
    return Restamped(_joined(lock, pieces), notes)


def _entry(line: bytes) -> LockedNote | None:
    text = line.decode()
    data = parsed(text)
    entry = entry_in(text, data) if data else None
    return entry if isinstance(entry, LockedNote) else None


def _joined(lock: bytes, pieces: Iterable[tuple[int, int, bytes]]) -> bytes:
    # Not copied twice: a lock may have fifty megabytes.
    whole = memoryview(lock)
    parts: list[bytes | memoryview] = []
    at = 0
    for start, end, line in sorted(pieces):
        parts += [whole[at:start], line]
        at = end
    return b"".join([*parts, whole[at:]])
