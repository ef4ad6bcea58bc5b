"""What the lock remembers of a bank: for each note and each note type, what has been shipped."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from ankiexport.notes import Digests, NoteContent, NoteType

# Hex digits: enough that no two contents of a note ever meet, and few enough for a file in Git.
_CONTENT_DIGITS = 32
_FIELD_DIGITS = 8
_BETWEEN_DIGESTS = "."

# Of the cards that are in another deck than their note; most notes have none, and share this.
NO_DECKS: Mapping[int, str] = {}


class State(StrEnum):
    """Whether a note is current, or shipped as retired because its question is gone."""

    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class LockedNote:
    """A note as it was last built.

    `content` is the digest of what a learner sees, empty if a merge has left that unknown. `fields` are
    short digests of each field (empty for an empty one) with full stops between them, which tell what changed. `deck` is that of its first card,
    and `card_decks` are the decks of the cards that are in another one, by ord. `text` is the HTML of
    what is asked, without media: from it the note is made once more when its question is gone. `cards` are
    the ids of all cards that it ever had, by ord. `previous` are its earlier ids.
    """

    key: str
    guid: str
    id: int
    cards: Mapping[int, int]
    note_type: str
    level: str
    is_fact: bool
    deck: str
    content: str
    fields: str
    tags: tuple[str, ...]
    text: str
    mod: int
    state: State = State.ACTIVE
    previous: tuple[str, ...] = ()
    card_decks: Mapping[int, str] = field(default_factory=lambda: NO_DECKS)
    # The line that it was read from; a copy with other values comes without it.
    line: str = field(default="", init=False, compare=False, repr=False)

    @property
    def field_digests(self) -> tuple[str, ...]:
        """The short digest of each field."""
        return digests_in(self.fields)

    def deck_of(self, ord_: int) -> str:
        """Return the full name of the deck of a card."""
        return self.card_decks.get(ord_, self.deck)


@dataclass(frozen=True, slots=True)
class LockedNoteType:
    """A note type as it was last built; `schema` is the digest of its fields and card templates' identity.

    `schema_mod` is when the schema last changed, 0 if never.
    """

    key: str
    id: int
    schema: str
    schema_version: int
    content: str
    mod: int
    schema_mod: int = 0


@dataclass(frozen=True, slots=True)
class Lock:
    """Everything that has been shipped from a bank, by key."""

    namespace: str
    notes: Mapping[str, LockedNote] = field(default_factory=dict)
    note_types: Mapping[str, LockedNoteType] = field(default_factory=dict)


def content_digest(content: NoteContent) -> str:
    """Return the digest of what counts as a note's content: fields, tags, note type, and media.

    Empty fields at the end say nothing: a note type that gets another field does not change its notes.
    """
    known = known_digests(content)
    if known:
        return known.content
    media = [file.sha256 for file in content.media]
    fields = (*content.fields,)
    last = max((number for number, text in enumerate(fields, start=1) if text), default=0)
    return _digest([content.note_type, fields[:last], content.tags, media])[:_CONTENT_DIGITS]


def field_digests(content: NoteContent) -> str:
    """Return a short digest of each field, as the lock keeps them."""
    known = known_digests(content)
    return known.fields if known else joined_digests(content.fields)


def digests_in(joined: str) -> tuple[str, ...]:
    """Return the short digest of each field, of which the lock keeps these."""
    return tuple(joined.split(_BETWEEN_DIGESTS))


def joined_digests(fields: Iterable[str]) -> str:
    """Return a short digest of each of some fields, as the lock keeps them."""
    return _BETWEEN_DIGESTS.join(map(field_digest, fields))


def field_digest(text: str) -> str:
    """Return a short digest of the HTML of a field, empty for an empty one."""
    return hashlib.sha256(text.encode()).hexdigest()[:_FIELD_DIGITS] if text else ""


def with_digests(content: NoteContent) -> NoteContent:
    """Return a note's content with its digests, so that they are taken only once."""
    digests = Digests(content_digest(content), field_digests(content), _parts(content))
    return replace(content, digests=digests)


def known_digests(content: NoteContent) -> Digests | None:
    """Return the digests that were taken of a content, if they are still those of all that it says."""
    # A copy with other fields comes with the digests of those that it had.
    known = content.digests
    if known is None:
        return None
    note_type, fields, tags, media = known.taken_of
    is_same = (
        content.fields is fields
        and content.tags is tags
        and content.media is media
        and content.note_type is note_type
    )
    return known if is_same else None


def _parts(content: NoteContent) -> tuple[object, object, object, object]:
    return content.note_type, content.fields, content.tags, content.media


def schema_digest(note_type: NoteType) -> str:
    """Return the digest of what Anki calls a note type's schema.

    Its kind, and the identity and order of fields and card templates: a change of these, and of
    nothing else, costs learners a full sync.
    """
    fields = [field.id for field in note_type.fields]
    templates = [template.id for template in note_type.templates]
    return _digest([note_type.cloze, fields, templates])[:_FIELD_DIGITS]


def note_type_digest(note_type: NoteType) -> str:
    """Return the digest of all that a package holds of a note type."""
    fields = [[field.id, field.name, field.description] for field in note_type.fields]
    templates = [[t.id, t.name, t.front, t.back] for t in note_type.templates]
    parts = [
        note_type.id,
        note_type.name,
        note_type.cloze,
        fields,
        templates,
        note_type.css,
        note_type.sort_field,
    ]
    return _digest(parts)[:_CONTENT_DIGITS]


def _digest(data: object) -> str:
    return hashlib.sha256(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
