"""JSON: what our own `export json` writes, note for note, and simple lists of questions and answers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ankiexport.anki_text import find_clozes
from ankiexport.diagnostics import Diagnostic, Position
from ankiexport.formats.json_notes import JSON_VERSION
from ankiexport.ids import timestamp_id
from ankiexport.importing.commonmark import our_markdown
from ankiexport.importing.linked_media import LinkedMedia
from ankiexport.importing.media_folder import copy_referenced
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
from ankiexport.importing.plain_text import markdown_of_plain
from ankiexport.importing.questions import SourceQuestion, SourceQuestions
from ankiexport.importing.reading import Kept, Reading, SourceFormat, Wishes
from ankiexport.importing.table_columns import role_of
from ankiexport.importing.tag_words import clean_tags
from ankiexport.importing.text_files import Fields, read_json

_VERSION = "ankiexport_notes"
_LISTS = ("questions", "cards", "notes", "flashcards", "items", "data")
_MOST = 1_000_000
_MOST_CARDS = 500


def read(path: Path, media: Path, wishes: Wishes) -> Reading:
    """Return the notes or questions of a JSON file; raises `UnreadablePackageError`."""
    with named(path):
        data = read_json(path)
        if isinstance(data, dict) and _VERSION in data:
            collection = _own(Fields(data, path.name))
            copied = copy_referenced(_htmls(collection), path.parent / "media", media)
            return Reading(collection, len(copied.names), copied.losses)
        return _simple(data, path, media, wishes)


def _htmls(collection: SourceCollection) -> Iterator[str]:
    for note in collection.notes:
        yield from note.fields


def _own(data: Fields) -> SourceCollection:
    if data.number(_VERSION) != JSON_VERSION:
        refuse(f"its {_VERSION} is {data.number(_VERSION)}; this program reads {JSON_VERSION}")
    types: dict[str, SourceNoteType] = {}
    for one in data.items("note_types"):
        found = Fields(one, "a note type")
        kind = _note_type(found)
        if any(kind.id == other.id for other in types.values()):
            refuse(f"two of its note types have the id {kind.id}")
        types[found.text("key")] = kind
    decks = {
        deck.text("name"): deck.text("description", "")
        for deck in (Fields(one, "a deck") for one in data.items("decks"))
    }
    notes = tuple(_note(number, one, types) for number, one in enumerate(data.items("notes"), start=1))
    used = {note.note_type for note in notes}
    return SourceCollection(
        {one.id: one for one in types.values() if one.id in used}, notes, decks, has_ids=False
    )


def _note_type(found: Fields) -> SourceNoteType:
    templates = [Fields(one, "a card template") for one in found.items("card_templates")]
    fields = found.texts("fields")
    if not fields or not templates:
        refuse(f'the note type "{found.text("name")}" has no field or no card template')
    sort_field = found.number("sort_field")
    if not 0 <= sort_field < len(fields):
        refuse(f'the note type "{found.text("name")}" has no field {sort_field} to sort by')
    return SourceNoteType(
        id=found.number("id") or timestamp_id(found.text("key"), "note type"),
        name=found.text("name"),
        mod=0,
        cloze=found.text("kind") == "cloze",
        fields=tuple(map(SourceField, fields, _field_ids(found, len(fields)))),
        templates=tuple(
            SourceTemplate(one.text("name"), one.text("front"), one.text("back"), one.number("id"))
            for one in templates
        ),
        css=found.text("css", ""),
        sort_field=sort_field,
    )


def _field_ids(note_type: Fields, number: int) -> list[int]:
    # Not in files of earlier versions, whose fields Anki then knows by their names.
    given = note_type.items("field_ids") or [0] * number
    if len(given) != number or not all(type(one) is int and -(2**63) <= one < 2**63 for one in given):
        refuse(f'the note type "{note_type.text("name")}": "field_ids" are not a number for each field')
    return given


def _note(number: int, data: object, types: dict[str, SourceNoteType]) -> SourceNote:
    note = Fields(data, f"the note {number}")
    kind = types.get(note.text("note_type"))
    if kind is None:
        refuse(f'the note {number} has a note type ("{note.text("note_type")}") that is not there')
    given = Fields(note.data.get("fields"), f"the fields of the note {number}")
    names = [field.name for field in kind.fields]
    if set(given.data) - set(names):
        refuse(f"the note {number} has a field that its note type has not")
    fields = tuple(given.text(name, "") for name in names)
    if any("\x1f" in text for text in fields):
        refuse(f"the note {number} holds the character U+001F, which separates fields")
    ords = note.items("cards")
    if (
        not ords
        or not all(type(one) is int and 0 <= one < _MOST_CARDS for one in ords)
        or len(set(ords)) < len(ords)
    ):
        refuse(f'the note {number}: "cards" are not numbers of cards')
    apart = Fields(note.data.get("card_decks", {}), f"the decks of the cards of the note {number}")
    deck = note.text("deck")
    cards = tuple(SourceCard(0, one, apart.text(str(one), deck), number) for one in sorted(ords))
    tags = tuple(clean_tags(" ".join(note.texts("tags"))))
    return SourceNote(number, note.text("guid"), kind.id, 0, tags, fields, cards)


def _simple(data: Any, path: Path, media: Path, wishes: Wishes) -> Reading:  # noqa: ANN401 - whatever JSON there is
    title = ""
    if isinstance(data, dict):
        title = next((data[key] for key in ("title", "name") if isinstance(data.get(key), str)), "")
        data = next((data[key] for key in _LISTS if isinstance(data.get(key), list)), None)
    if not isinstance(data, list):
        refuse('it is neither what "export json" writes nor a list of objects with question and answer')
    if len(data) > _MOST:
        refuse(f"it has more than {_MOST:,} entries")
    linked = LinkedMedia(path.parent, media)
    problems: list[Diagnostic] = []
    questions = []
    place = Position(path.as_posix())
    for number, entry in enumerate(data, start=1):
        found = _question(Fields(entry, f"the entry {number}"), wishes, place, linked)
        missing = "question" if not found.question.strip() else "answer"
        if not found.question.strip() or not (found.answer.strip() or found.is_cloze):
            message = f"the entry {number} has no {missing}"
            advice = 'its keys are "question" and "answer", or "front" and "back"'
            problems.append(Diagnostic(place, "empty-text", message, advice))
        questions.append(found)
    return Reading(SourceQuestions(tuple(questions), title), linked.count, (), (*problems, *linked.problems))


def _question(entry: Fields, wishes: Wishes, place: Position, linked: LinkedMedia) -> SourceQuestion:
    roles = {role: key for key in entry.data if (role := role_of(key))}
    roles |= {role: key for role, key in wishes.columns.items() if key in entry.data}

    def taken(value: str) -> str:
        if wishes.text == "plain":
            return markdown_of_plain(value)
        return our_markdown(linked.taken(value, Path(place.path)))

    def texts(role: str) -> tuple[str, ...]:
        key = roles.get(role, "")
        value = entry.data.get(key)
        return (
            tuple(entry.texts(key)) if isinstance(value, list) else tuple(filter(None, [entry.text(key, "")]))
        )

    question = "\n\n".join(map(taken, texts("question")))
    words = [word for text in texts("tags") for word in text.replace(",", " ").split()]
    return SourceQuestion(
        question=question,
        answer="\n\n".join(map(taken, texts("answer"))),
        hints=tuple(map(taken, texts("hint"))),
        key_points=tuple(map(taken, texts("key_points"))),
        pitfalls=tuple(map(taken, texts("pitfalls"))),
        follow_ups=tuple(map(taken, texts("follow_ups"))),
        sources=tuple(map(taken, texts("sources"))),
        tags=tuple(words),
        levels=texts("level")[:1],
        deck="".join(texts("deck")[:1]),
        id="".join(texts("id")[:1]),
        is_cloze=bool(find_clozes(question)),
        position=place,
    )


FORMAT = SourceFormat(
    name="json",
    description=(
        "JSON: what our own export json wrote, or a list of objects with question and answer (or front and back), "
        "hint, tags, level, deck and others; their texts are Markdown."
    ),
    read=read,
    keeps=frozenset({Kept.GUIDS, Kept.NOTE_TYPES, Kept.FORM, Kept.CLOZES, Kept.TAGS, Kept.DECKS, Kept.MEDIA}),
    loses="descriptions of fields; keys that nothing is known of",
)
