"""JSON with everything that a note is, for programs; its JSON Schema ships with the package."""

import json
from typing import Any

from ankiexport.formats.export_format import Exported, ExportFormat, Feature, Shipment
from ankiexport.notes import Note, NoteType
from ankiexport.question import Fact, Question, Text

# A number that grows when a program that reads the old form could no longer read the new one.
JSON_VERSION = 1

_TEXTS = ("hints", "key_points", "pitfalls", "follow_ups", "sources")


def export(shipment: Shipment) -> Exported:
    """Return the JSON file and the media of its notes."""
    bank, plan = shipment.bank, shipment.plan
    types = {note_type.key: note_type for note_type in plan.note_types}
    data = {
        "ankiexport_notes": JSON_VERSION,
        "title": bank.title,
        "namespace": bank.namespace,
        "language": bank.language,
        "decks": [{"name": deck.name, "description": deck.description} for deck in plan.decks],
        "note_types": [_note_type(note_type) for note_type in plan.note_types],
        "notes": [
            _note(note, types[note.content.note_type], shipment.sources.get(note.content.key))
            for note in plan.notes
        ],
    }
    text = json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    media = {f"media/{file.name}": file.path for file in plan.media}
    return Exported({f"{bank.file_name}.json": text, **media})


def _note_type(note_type: NoteType) -> dict[str, Any]:
    return {
        "key": note_type.key,
        "id": note_type.id,
        "name": note_type.name,
        "kind": "cloze" if note_type.cloze else "standard",
        "fields": list(note_type.field_names),
        "field_ids": [field.id for field in note_type.fields],
        "sort_field": note_type.sort_field,
        "card_templates": [
            {"id": template.id, "name": template.name, "front": template.front, "back": template.back}
            for template in note_type.templates
        ],
        "css": note_type.css,
    }


def _note(note: Note, note_type: NoteType, source: Question | Fact | None) -> dict[str, Any]:
    content = note.content
    return {
        "key": content.key,
        "guid": note.guid,
        "level": content.level,
        "is_fact": content.is_fact,
        "is_retired": content.is_retired,
        "deck": note.deck,
        **({"card_decks": dict(content.card_decks)} if content.card_decks else {}),
        "note_type": content.note_type,
        "tags": list(content.tags),
        "cards": list(content.ords),
        "fields": dict(zip(note_type.field_names, content.fields, strict=True)),
        "media": [{"name": file.name, "sha256": file.sha256} for file in content.media],
        "source": None if source is None else _source(source),
    }


def _source(source: Question | Fact) -> dict[str, Any]:
    if isinstance(source, Fact):
        return {"text": source.text.value}
    if source.fields:
        return {
            "fields": {
                given.name.value: {"html" if given.is_html else "markdown": given.text.value}
                for given in source.fields
            }
        }
    found: dict[str, Any] = {"question": source.question.value}
    if source.answer:
        found["answer"] = source.answer.value
    for name in _TEXTS:
        texts: tuple[Text, ...] = getattr(source, name)
        if texts:
            found[name] = [text.value for text in texts]
    return found


FORMAT = ExportFormat(
    name="json",
    description="JSON with everything of a note: GUID, level, deck, tags, fields as HTML, the source as Markdown.",
    export=export,
    keeps=frozenset(Feature),
    loses="the study preset",
)
