"""The texts that fields had in the last build: a lock has only their digests, so they are looked for.

What is found counts only if its digest is the lock's, so that it may be looked for anywhere.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ankiexport.lock.entries import Lock, LockedNote, State, field_digest
from ankiexport.plan import Change, NoteChange, Plan, locked_for


@dataclass(frozen=True, slots=True)
class Source:
    """Texts of fields by the keys that notes have in the lock; `why_not` says why some are not there."""

    texts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class OldTexts:
    """The texts that were found, by key and digest; `why_not` says why others were not."""

    found: Mapping[tuple[str, str], str] = field(default_factory=dict)
    why_not: tuple[str, ...] = ()

    def of(self, locked: LockedNote, place: int, new: str) -> str | None:
        """Return what a field of a note was, or None if it was not found; `new` is what it is now."""
        digests = locked.field_digests
        digest = digests[place] if place < len(digests) else ""
        if digest in {"", field_digest(new)}:
            return new if digest else ""
        return self.found.get((locked.key, digest))


def is_edited(entry: NoteChange, locked: LockedNote) -> bool:
    """Tell whether a note says something else of the same kind, so that its fields are worth comparing.

    That is also a note that was retired before, if what is asked instead has changed.
    """
    is_still_retired = entry.change is Change.RETIRED and locked.state is State.RETIRED
    return entry.change is Change.CHANGED or is_still_retired


def wanted_texts(plan: Plan, lock: Lock, field_names: Mapping[str, Sequence[str]]) -> dict[str, set[str]]:
    """Return the digests of fields that change, by the keys in the lock; `field_names` go by note type.

    Of notes that retire or come back, they are wanted only where these may have lost a card by it.
    """
    wanted: dict[str, set[str]] = {}
    for entry in plan.of(Change.CHANGED, Change.RETIRED, Change.RESTORED):
        locked = locked_for(entry.content, lock)
        if locked is not None and (is_edited(entry, locked) or entry.lost_cards):
            pairs = zip(field_names[entry.content.note_type], locked.field_digests, strict=False)
            wanted[locked.key] = {digest for name, digest in pairs if digest and name in entry.fields}
    return {key: digests for key, digests in wanted.items() if digests}


def look_up(wanted: Mapping[str, Collection[str]], sources: Iterable[Source]) -> OldTexts:
    """Return the wanted texts that sources have; no source is asked any more once all are found."""
    missing = {(key, digest) for key, digests in wanted.items() for digest in digests}
    found: dict[tuple[str, str], str] = {}
    why_not: list[str] = []
    remaining = iter(sources)
    while missing and (source := next(remaining, None)) is not None:
        for key in wanted:
            for text in source.texts.get(key, ()):
                mark = (key, field_digest(text))
                if mark in missing:
                    missing.discard(mark)
                    found[mark] = text
        if source.why_not not in {"", *why_not}:
            why_not.append(source.why_not)
    return OldTexts(found, tuple(why_not) if missing else ())
