"""Packages as a witness: what learners of one have, and the texts of the last build."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ankiexport.formats.apkg_reader import (
    NotAPackageError,
    PackageContents,
    PackedNote,
    PackedNoteType,
    media_references,
    read_package,
)
from ankiexport.lock.entries import (
    Lock,
    LockedNote,
    LockedNoteType,
    State,
    content_digest,
    joined_digests,
    note_type_digest,
    schema_digest,
)
from ankiexport.notes import CardTemplate, Field, Note, NoteContent, NoteType
from ankiexport.plan_report import Source
from ankiexport.tags import RETIRED_TAG


def lock_of(
    package: PackageContents, namespace: str, notes: Sequence[Note], note_types: Sequence[NoteType]
) -> Lock:
    """Return what a package holds in the form of a lock, in which the notes are found by GUID.

    It speaks the language of the next build: `notes` and `note_types` say which keys things have there, and what
    says the same as they do gets the same digest.
    """
    kinds = {note_type.id: note_type for note_type in note_types}
    now = {note.guid: note.content for note in notes}
    types = [_note_type(packed, kinds[packed.id]) for packed in package.note_types if packed.id in kinds]
    locked = {
        note.guid: _note(note, kinds.get(note.note_type.id), now.get(note.guid)) for note in package.notes
    }
    return Lock(namespace, locked, {kind.key: kind for kind in types})


def texts_of(package: PackageContents, lock: Lock) -> dict[str, Sequence[str]]:
    """Return the fields of the notes of a package by the keys that these have in a lock."""
    packed = package.by_guid
    return {
        locked.key: packed[locked.guid].field_values
        for locked in lock.notes.values()
        if locked.guid in packed
    }


def texts_in(folder: Path, names: Sequence[str], lock: Lock) -> Iterator[Source]:
    """Yield what fields are in the packages of a folder that have one of these names."""
    found = [folder / name for name in names if (folder / name).is_file()]
    if not found:
        yield Source(why_not=f"{folder.as_posix()}/ holds no package of the bank")
    for path in found:
        try:
            texts = texts_of(read_package(path), lock)
            yield Source(texts, f"the packages in {folder.as_posix()}/ are not those of the last build")
        except NotAPackageError as error:
            yield Source(why_not=str(error))


def _note(packed: PackedNote, kind: NoteType | None, content: NoteContent | None) -> LockedNote:
    fields = _aligned(packed, kind)
    is_same = content is not None and kind is not None and _says_the_same(packed, kind, content)
    tags = packed.tags
    if content is not None and _folded(tags) == _folded(content.tags):
        tags = content.tags
    deck = packed.cards[0].deck if packed.cards else ""
    return LockedNote(
        key=packed.key or (content.key if content else packed.guid),
        guid=packed.guid,
        id=0,
        cards=dict.fromkeys(packed.ords, 0),
        note_type=kind.key if kind else packed.note_type.name,
        level="",
        is_fact=False,
        deck=deck,
        content=content_digest(content) if content is not None and is_same else "",
        fields=joined_digests(fields),
        tags=tags,
        text=packed.field_values[0],
        mod=packed.mod,
        state=State.RETIRED if _is_retired(packed, content) else State.ACTIVE,
        card_decks={card.ord: card.deck for card in packed.cards if card.deck != deck},
    )


def _says_the_same(packed: PackedNote, kind: NoteType, content: NoteContent) -> bool:
    if kind.key != content.note_type or _aligned(packed, kind) != content.fields:
        return False
    # Of the media, those count to which Anki sees a reference; others never reach a learner.
    names = set(media_references("\x1f".join(content.fields)))
    media = {file.name: file.sha256 for file in content.media if file.name in names}
    return _folded(packed.tags) == _folded(content.tags) and dict(packed.media) == media


def _is_retired(packed: PackedNote, content: NoteContent | None) -> bool:
    # In a bank that was imported, the tag may be the author's own.
    is_own = content is not None and not content.is_retired and RETIRED_TAG in _folded(content.tags)
    return packed.is_retired and not is_own


def _folded(tags: Sequence[str]) -> set[str]:
    return {tag.casefold() for tag in tags}


def _aligned(packed: PackedNote, kind: NoteType | None) -> tuple[str, ...]:
    """Return the fields of a note in the order of the fields that its note type has now."""
    if kind is None:
        return packed.field_values
    by_id = dict(zip(packed.note_type.field_ids, packed.field_values, strict=False))
    by_name = packed.fields
    return tuple(by_id.get(field.id, by_name.get(field.name, "")) for field in kind.fields)


def _note_type(packed: PackedNoteType, now: NoteType) -> LockedNoteType:
    # Anki matches parts by id if both sides give one, and else by name.
    field_ids, template_ids = (
        {part.name: part.id for part in parts} for parts in (now.fields, now.templates)
    )
    fields = tuple(
        Field(identifier or field_ids.get(name, 0), name, description)
        for identifier, name, description in zip(
            packed.field_ids, packed.fields, packed.field_descriptions, strict=True
        )
    )
    templates = tuple(
        CardTemplate(identifier or template_ids.get(name, 0), name, front, back)
        for identifier, (name, front, back) in zip(packed.template_ids, packed.templates, strict=True)
    )
    kind = replace(
        now,
        name=packed.name,
        cloze=packed.cloze,
        fields=fields,
        templates=templates,
        css=packed.css,
        sort_field=packed.sort_field,
    )
    return LockedNoteType(
        key=now.key,
        id=packed.id,
        schema=schema_digest(kind),
        schema_version=0,
        content=note_type_digest(kind),
        mod=packed.mod,
    )
