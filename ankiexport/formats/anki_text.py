"""Anki's own text format: one line a note, with the columns that let Anki update notes in place."""

from collections.abc import Iterator

from ankiexport.formats.export_format import Exported, ExportFormat, Feature, Shipment
from ankiexport.notes import Note, NoteType

_HEADERS = (
    "#separator:tab",
    "#html:true",
    "#guid column:1",
    "#notetype column:2",
    "#deck column:3",
    "#tags column:4",
)


def export(shipment: Shipment) -> Exported:
    """Return the text file and the media that its notes refer to."""
    plan = shipment.plan
    types = {note_type.key: note_type for note_type in plan.note_types}
    lines = [*_HEADERS, *(_line(note, types[note.content.note_type]) for note in plan.notes)]
    name = f"{shipment.bank.file_name}.txt"
    media = {f"media/{file.name}": file.path for file in plan.media}
    return Exported({name: "\n".join(lines) + "\n", **media})


def _line(note: Note, note_type: NoteType) -> str:
    return "\t".join(_quoted(value) for value in _columns(note, note_type))


def _columns(note: Note, note_type: NoteType) -> Iterator[str]:
    yield note.guid
    yield note_type.name
    yield note.deck
    yield " ".join(note.content.tags)
    yield from note.content.fields


def _quoted(value: str) -> str:
    # All of them: a line that begins with "#" would be a comment, and GUIDs of other programs do.
    return '"' + value.replace('"', '""') + '"'


FORMAT = ExportFormat(
    name="anki-text",
    description="Anki's text file (File > Import), which updates notes in place by their GUIDs.",
    export=export,
    keeps=frozenset(Feature),
    loses=(
        "note types: import the package once before, so that they are there; decks of second cards that are not in that "
        "of the first; the order of new cards, presets. The folder media is to be copied into collection.media"
    ),
)
