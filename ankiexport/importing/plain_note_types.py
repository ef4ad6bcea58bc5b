"""Note types for sources that only name them: those that Anki ships with, and plain ones for all others."""

from collections.abc import Sequence

from ankiexport.ids import timestamp_id
from ankiexport.importing.package import SourceField, SourceNoteType, SourceTemplate

_CSS = (
    ".card {\n    font-family: arial;\n    font-size: 20px;\n    line-height: 1.5;\n    text-align: center;\n"
    "    color: black;\n    background-color: white;\n}\n"
)
_CLOZE_CSS = (
    ".cloze {\n    font-weight: bold;\n    color: blue;\n}\n.nightMode .cloze {\n    color: lightblue;\n}\n"
)
_ANSWER = "\n\n<hr id=answer>\n\n"
_FORTH = SourceTemplate("Card 1", "{{Front}}", "{{FrontSide}}" + _ANSWER + "{{Back}}")

# By the names that they have in Anki's English interface: name, fields, card templates.
_OWN: dict[str, tuple[tuple[str, ...], tuple[SourceTemplate, ...]]] = {
    "Basic": (("Front", "Back"), (_FORTH,)),
    "Basic (and reversed card)": (
        ("Front", "Back"),
        (_FORTH, SourceTemplate("Card 2", "{{Back}}", "{{FrontSide}}" + _ANSWER + "{{Front}}")),
    ),
    "Basic (optional reversed card)": (
        ("Front", "Back", "Add Reverse"),
        (
            _FORTH,
            SourceTemplate(
                "Card 2",
                "{{#Add Reverse}}{{Back}}{{/Add Reverse}}",
                "{{FrontSide}}" + _ANSWER + "{{Front}}",
            ),
        ),
    ),
    "Basic (type in the answer)": (
        ("Front", "Back"),
        (SourceTemplate("Card 1", "{{Front}}\n\n{{type:Back}}", "{{Front}}" + _ANSWER + "{{type:Back}}"),),
    ),
    "Cloze": (
        ("Text", "Back Extra"),
        (SourceTemplate("Cloze", "{{cloze:Text}}", "{{cloze:Text}}<br>\n{{Back Extra}}"),),
    ),
}


def own_fields(name: str) -> tuple[str, ...]:
    """Return the fields of the note type of this name that Anki ships with; none if there is no such one."""
    return _OWN[name][0] if name in _OWN else ()


def own_note_type(name: str) -> SourceNoteType:
    """Return the note type of this name as Anki ships it."""
    fields, templates = _OWN[name]
    return _note_type(name, fields, templates, cloze=name == "Cloze")


def plain_note_type(name: str, fields: Sequence[str], clozes: Sequence[str]) -> SourceNoteType:
    """Return a note type with one card: the first field asks, the others answer; or with the clozes of some fields."""
    if clozes:
        shown = "<br>".join(f"{{{{cloze:{field}}}}}" for field in clozes)
        others = "".join(f"<br>\n{{{{{field}}}}}" for field in fields if field not in clozes)
        return _note_type(name, fields, (SourceTemplate("Cloze", shown, shown + others),), cloze=True)
    answer = "<br>\n".join(f"{{{{{field}}}}}" for field in fields[1:])
    template = SourceTemplate("Card 1", f"{{{{{fields[0]}}}}}", "{{FrontSide}}" + _ANSWER + answer)
    return _note_type(name, fields, (template,), cloze=False)


def _note_type(
    name: str, fields: Sequence[str], templates: tuple[SourceTemplate, ...], *, cloze: bool
) -> SourceNoteType:
    return SourceNoteType(
        id=timestamp_id("ankiexport/plain-note-type", "note type", name, *fields),
        name=name,
        mod=0,
        cloze=cloze,
        fields=tuple(SourceField(field) for field in fields),
        templates=templates,
        css=_CSS + _CLOZE_CSS if cloze else _CSS,
    )
