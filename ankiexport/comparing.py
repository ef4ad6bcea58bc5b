"""What differs between two banks, packages or CrowdAnki folders: notes that were added, changed or are gone, field by field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from ankiexport.bank_settings import BANK_FILE
from ankiexport.diagnostics import Diagnostic
from ankiexport.html_text import html_to_text
from ankiexport.importing import crowdanki
from ankiexport.importing.archive import opened
from ankiexport.importing.collection import read_collection
from ankiexport.importing.media_folder import media_digests
from ankiexport.importing.package import SourceCollection, SourceNoteType, named
from ankiexport.lock.state import build_time
from ankiexport.notes import NoteType
from ankiexport.pipeline import check_bank
from ankiexport.stamp import Stamped

_LABEL_LENGTH = 60
_LOOKED_AT = 2000


@dataclass(frozen=True, slots=True)
class ComparedNote:
    """What of a note is compared; `label` is the beginning of its first text, and `cards`, by number from 1, have decks."""

    guid: str
    label: str
    note_type: str
    fields: Mapping[str, str]
    tags: tuple[str, ...]
    cards: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Contents:
    """What a bank, a package or a folder holds; `note_types` are texts by the names of their parts, `media` SHA-256s by names."""

    notes: Mapping[str, ComparedNote] = field(default_factory=dict)
    note_types: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    media: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PartChange:
    """A part of a note or note type that differs, such as a field; what is not there is empty."""

    part: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Change:
    """A note or note type that is on both sides and differs."""

    name: str
    label: str
    parts: tuple[PartChange, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """All differences: notes by their GUIDs, note types and media files by their names."""

    added: tuple[ComparedNote, ...]
    gone: tuple[ComparedNote, ...]
    changed: tuple[Change, ...]
    same: int
    note_types: tuple[Change, ...] = ()
    media_added: tuple[str, ...] = ()
    media_gone: tuple[str, ...] = ()
    media_changed: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether both sides hold the same."""
        notes = (self.added, self.gone, self.changed, self.note_types)
        return not any((*notes, self.media_added, self.media_gone, self.media_changed))


def contents_of(path: Path) -> tuple[Contents, tuple[Diagnostic, ...]]:
    """Return what a bank, a package or a CrowdAnki folder holds, and the errors of a bank that cannot be built.

    Raises `UnreadablePackageError`, `BankNotFoundError`, `BuildTimeError`.
    """
    file = crowdanki.deck_file(path)
    if file is not None and not (path / BANK_FILE).is_file():
        with named(path):
            collection, _ = crowdanki.read_deck(path)
            return _of_package(collection, media_digests(file.parent / crowdanki.MEDIA_FOLDER)), ()
    if path.is_dir() or path.name == BANK_FILE:
        checked = check_bank(path)
        if checked.has_errors:
            return Contents(), tuple(problem for problem in checked.diagnostics if problem.is_error)
        return _of_bank(checked.stamped(build_time())), ()
    with opened(path) as archive, TemporaryDirectory(prefix="ankiexport-") as folder:
        database = Path(folder) / "collection"
        archive.copy_collection(database)
        media = {name: archive.media_digest(name) for name in archive.media}
        return _of_package(read_collection(database), media), ()


def compare(old: Contents, new: Contents) -> Comparison:
    """Return what differs from the old side to the new one; notes are matched by their GUIDs."""
    both = [guid for guid in old.notes if guid in new.notes]
    notes = [_note_change(old.notes[guid], new.notes[guid]) for guid in both]
    changed = tuple(change for change in notes if change.parts)
    types = [
        Change(name, name, _parts(old.note_types[name], new.note_types[name]))
        for name in sorted(old.note_types.keys() & new.note_types.keys())
    ]
    return Comparison(
        added=tuple(note for guid, note in new.notes.items() if guid not in old.notes),
        gone=tuple(note for guid, note in old.notes.items() if guid not in new.notes),
        changed=changed,
        same=len(both) - len(changed),
        note_types=tuple(change for change in types if change.parts),
        media_added=tuple(sorted(new.media.keys() - old.media.keys())),
        media_gone=tuple(sorted(old.media.keys() - new.media.keys())),
        media_changed=tuple(
            sorted(name for name in old.media.keys() & new.media.keys() if old.media[name] != new.media[name])
        ),
    )


def _note_change(old: ComparedNote, new: ComparedNote) -> Change:
    return Change(new.guid, new.label, _parts(_texts(old), _texts(new)))


def _texts(note: ComparedNote) -> dict[str, str]:
    return {
        **{f"field {name}": text for name, text in note.fields.items()},
        "note type": note.note_type,
        "tags": "\n".join(sorted(note.tags)),
        "deck": _decks(note.cards),
        "cards": ", ".join(map(str, note.cards)),
    }


def _decks(cards: Mapping[int, str]) -> str:
    if len({*cards.values()}) <= 1:
        return next(iter(cards.values()), "")
    return "\n".join(f"{deck} (card {number})" for number, deck in cards.items())


def _parts(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[PartChange, ...]:
    names = dict.fromkeys((*old, *new))
    pairs = ((name, old.get(name, ""), new.get(name, "")) for name in names)
    return tuple(PartChange(name, before, after) for name, before, after in pairs if before != after)


def _label(html: str) -> str:
    text = " ".join(html_to_text(html[:_LOOKED_AT]).split())
    return text if len(text) <= _LABEL_LENGTH else f"{text[:_LABEL_LENGTH].rstrip()} ..."


def _of_bank(stamped: Stamped) -> Contents:
    types = {found.key: found for found in stamped.note_types}
    notes = {}
    for note in stamped.notes:
        content, note_type = note.content, types[note.content.note_type]
        fields = dict(zip(note_type.field_names, content.fields, strict=True))
        cards = {ord_ + 1: deck for ord_, deck in zip(content.ords, note.decks, strict=True)}
        notes[note.guid] = ComparedNote(
            note.guid, _label(content.text), note_type.name, fields, content.tags, cards
        )
    media = {file.name: file.sha256 for note in stamped.notes for file in note.content.media}
    return Contents(notes, {found.name: _look(found) for found in stamped.note_types}, media)


def _of_package(collection: SourceCollection, media: Mapping[str, str]) -> Contents:
    notes = {}
    for note in collection.notes:
        note_type = collection.note_types[note.note_type]
        fields = dict(zip((found.name for found in note_type.fields), note.fields, strict=True))
        asked = note.fields[min(note_type.sort_field, len(note.fields) - 1)]
        cards = {card.ord + 1: card.deck for card in note.cards}
        notes[note.guid] = ComparedNote(note.guid, _label(asked), note_type.name, fields, note.tags, cards)
    return Contents(notes, {found.name: _look(found) for found in collection.note_types.values()}, media)


def _look(note_type: NoteType | SourceNoteType) -> dict[str, str]:
    names: Sequence[str] = [found.name for found in note_type.fields]
    sides = {
        f"{side} of {template.name}": text
        for template in note_type.templates
        for side, text in (("front", template.front), ("back", template.back))
    }
    return {"fields": "\n".join(names), **sides, "style": note_type.css}
