"""CrowdAnki folders: `deck.json` and `media/`, as the add-on, brain-brew and our own export write them."""

import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ankiexport.ids import timestamp_id
from ankiexport.importing.bank_files import ords_by_rule
from ankiexport.importing.media_folder import copy_media
from ankiexport.importing.package import (
    SourceCard,
    SourceCollection,
    SourceField,
    SourceNote,
    SourceNoteType,
    SourceTemplate,
    named,
    refuse,
)
from ankiexport.importing.reading import Kept, Reading, SourceFormat, Wishes
from ankiexport.importing.tag_words import clean_tags
from ankiexport.importing.text_files import Fields, read_json

DECK_FILE = "deck.json"
MEDIA_FOLDER = "media"
MAX_DEPTH = 50


def deck_file(path: Path) -> Path | None:
    """Return the JSON of a CrowdAnki folder, which old versions called like the folder; None if there is none."""
    if path.is_file():
        return path if path.suffix.lower() == ".json" else None
    there = (path / DECK_FILE, path / f"{path.resolve().name}.json")
    return next((file for file in there if file.is_file()), None)


def read(path: Path, media: Path, _wishes: Wishes) -> Reading:
    """Return what a CrowdAnki folder holds; raises `UnreadablePackageError`."""
    with named(path):
        collection, listed = read_deck(path)
        file = deck_file(path) or path
        copied = copy_media(file.parent / MEDIA_FOLDER, media)
        absent = sorted(listed - copied.names)
        losses = [*copied.losses]
        if absent:
            shown = ", ".join(absent[:5]) + (" ..." if len(absent) > 5 else "")
            losses.append(f"{len(absent)} media files that are listed but not there: {shown}")
        return Reading(collection, len(copied.names), tuple(losses))


def read_deck(path: Path) -> tuple[SourceCollection, set[str]]:
    """Return the collection of a CrowdAnki folder, and the media that it lists; raises `RefusedError` and `OSError`."""
    file = deck_file(path)
    if file is None:
        refuse(f"it holds no {DECK_FILE}")
    return _Reader(read_json(file), file.name).result()


class _Reader:
    """Reads the JSON of one deck with all decks below it."""

    def __init__(self, data: Any, name: str) -> None:  # noqa: ANN401 - whatever JSON there is
        self._root = Fields(data, name)
        if self._root.data.get("__type__") != "Deck":
            refuse(f"{name} is no deck of CrowdAnki: it has no __type__ Deck")
        self._types: dict[str, SourceNoteType] = {}
        self._decks: dict[str, str] = {}
        self._notes: list[SourceNote] = []
        self._listed: set[str] = set()

    def result(self) -> tuple[SourceCollection, set[str]]:
        decks = list(self._all(self._root, "", 0))
        for _, deck in decks:
            for model in deck.items("note_models"):
                found = _note_type(Fields(model, "a note model"), set(map(_id_of, self._types.values())))
                self._types.setdefault(found[0], found[1])
        for name, deck in decks:
            self._decks[name] = deck.text("desc", "")
            self._listed.update(deck.texts("media_files"))
            for note in deck.items("notes"):
                self._note(Fields(note, f'a note of the deck "{name}"'), name)
        used = {note.note_type for note in self._notes}
        types = {found.id: found for found in self._types.values() if found.id in used}
        return SourceCollection(types, tuple(self._notes), self._decks, has_ids=False), self._listed

    def _all(self, deck: Fields, above: str, depth: int) -> Iterator[tuple[str, Fields]]:
        if depth > MAX_DEPTH:
            refuse(f"its decks are nested more than {MAX_DEPTH} deep")
        name = f"{above}::{deck.text('name')}" if above else deck.text("name")
        yield name, deck
        for child in deck.items("children"):
            yield from self._all(Fields(child, f'a deck below "{name}"'), name, depth + 1)

    def _note(self, note: Fields, deck: str) -> None:
        guid = note.text("guid")
        kind = self._types.get(note.text("note_model_uuid"))
        if kind is None:
            refuse(f"the note {guid} has a note model ({note.text('note_model_uuid')}) that is not there")
        fields = tuple(note.texts("fields"))
        if len(fields) != len(kind.fields):
            refuse(
                f'the note {guid} has {len(fields)} fields, its note type "{kind.name}" {len(kind.fields)}'
            )
        if any("\x1f" in text for text in fields):
            refuse(f"the note {guid} holds the character U+001F, which separates fields")
        tags = tuple(clean_tags(" ".join(note.texts("tags"))))
        # As Anki does when it makes the note: one without a card gets its first.
        ords = ords_by_rule(fields, tags, kind) or (0,)
        number = len(self._notes) + 1
        cards = tuple(SourceCard(0, ord_, deck, number) for ord_ in ords)
        self._notes.append(SourceNote(number, guid, kind.id, 0, tags, fields, cards))


def _id_of(note_type: SourceNoteType) -> int:
    return note_type.id


def _note_type(model: Fields, taken: set[int]) -> tuple[str, SourceNoteType]:
    uuid, name = model.text("crowdanki_uuid"), model.text("name")
    what = f'the note type "{name}"'
    fields = [Fields(found, f"a field of {what}") for found in model.items("flds")]
    templates = [Fields(found, f"a card template of {what}") for found in model.items("tmpls")]
    fields.sort(key=lambda field: field.number("ord"))
    templates.sort(key=lambda template: template.number("ord"))
    if not fields or not templates:
        refuse(f"{what} has no field or no card template")
    return uuid, SourceNoteType(
        id=timestamp_id(uuid, "note type", taken=taken),
        name=name,
        mod=0,
        cloze=model.number("type") == 1,
        fields=tuple(
            SourceField(field.text("name"), field.number("id"), field.text("description", ""))
            for field in fields
        ),
        templates=tuple(
            SourceTemplate(
                found.text("name"), found.text("qfmt"), found.text("afmt"), found.number("id"), extras
            )
            for found in templates
            for extras in [_extras(found)]
        ),
        css=unicodedata.normalize("NFC", model.text("css", "")),
        sort_field=max(0, model.number("sortf")),
    )


def _extras(template: Fields) -> tuple[str, ...]:
    has_look = bool(template.data.get("bqfmt") or template.data.get("bafmt"))
    return (
        *(["browser appearance"] if has_look else []),
        *(["deck override"] if template.data.get("did") else []),
    )


FORMAT = SourceFormat(
    name="crowdanki",
    description="A CrowdAnki folder (deck.json and media), of the add-on, of brain-brew or of our own export.",
    read=read,
    keeps=frozenset(Kept),
    loses=(
        "the ids of note types, which CrowdAnki does not write: Anki leaves notes alone that a learner got by the add-on "
        "with another note type; presets; cards that Anki's rules would not give"
    ),
)
