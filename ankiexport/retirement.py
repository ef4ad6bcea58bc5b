"""Retired notes: what remains of a question that its author has removed.

Anki never deletes what a learner has, and would go on asking. So a note whose question is gone is
shipped in another form: what was asked, that it is no longer asked, and what is asked instead.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from ankiexport.anki_template import parse_template
from ankiexport.card_generation import cloze_ords, standard_card_ords
from ankiexport.diagnostics import Diagnostic, Position
from ankiexport.html_text import html_to_text, without_clozes
from ankiexport.jinja_env import jinja_diagnostic
from ankiexport.labels import DEFAULT_LABELS
from ankiexport.lock.entries import Lock, LockedNote
from ankiexport.note_types import LoadedNoteType, shared_context
from ankiexport.notes import NoteContent
from ankiexport.plan import gone
from ankiexport.question import Bank, Level
from ankiexport.tags import RETIRED_TAG


@dataclass(frozen=True, slots=True)
class Retirement:
    """What a template is told of a retired note: the texts of the notes that are asked instead."""

    replaced_by: tuple[Markup, ...]


def retired_notes(
    bank: Bank,
    note_types: Mapping[str, LoadedNoteType],
    contents: Collection[NoteContent],
    lock: Lock,
    where: Position,
) -> tuple[list[NoteContent], list[Diagnostic]]:
    """Return the notes of the lock whose questions are gone, as retired ones, and what is wrong with them.

    `where` is the place of problems: the lock, for there is no source left.
    """
    instead = _replacements(contents)
    notes: list[NoteContent] = []
    out: list[Diagnostic] = []
    for locked in gone(contents, lock):
        loaded = note_types.get(locked.note_type)
        if loaded is None:
            message = (
                f'the retired note "{locked.key}" needs the note type "{locked.note_type}", which is gone'
            )
            advice = f"bring its card templates back, or run: ankiexport lock --forget {locked.key}"
            out.append(Diagnostic(where, "unknown-note-type", message, advice))
            continue
        fields = _fields(bank, loaded, locked, instead.get(locked.key, ()), out)
        if fields is not None:
            notes.append(_note(loaded, locked, fields, where))
    return notes, out


def _replacements(contents: Collection[NoteContent]) -> dict[str, tuple[Markup, ...]]:
    found: dict[str, tuple[Markup, ...]] = {}
    for content in contents:
        for key in content.replaces:
            # A cloze outside of the text would make cards of its own.
            text = escape(without_clozes(html_to_text(content.text)).replace("\n", " "))
            found[key] = (*found.get(key, ()), text)
    return found


def _fields(
    bank: Bank,
    loaded: LoadedNoteType,
    locked: LockedNote,
    instead: tuple[Markup, ...],
    out: list[Diagnostic],
) -> list[str] | None:
    if loaded.is_given:
        given = [""] * len(loaded.note_type.fields)
        given[loaded.note_type.sort_field] = locked.text
        return _with_notice(bank, loaded, locked, given)
    context: dict[str, object] = {
        **shared_context(bank),
        **dict.fromkeys(("hints", "key_points", "pitfalls", "follow_ups", "sources", "topics"), ()),
        **dict.fromkeys(("answer", "what_changed"), ""),
        "id": locked.key,
        "level": _level(bank, locked.level),
        "tags": (RETIRED_TAG,),
        # It was HTML of the bank's own when it was written to the lock.
        "question": Markup(locked.text),  # noqa: S704
        "retired": Retirement(instead),
    }
    fields: list[str] = []
    for template, name in zip(loaded.compiled_fields, loaded.field_templates, strict=True):
        try:
            fields.append(template.render(context).strip())
        except Exception as error:  # noqa: BLE001 - whatever a stranger's template does is a diagnostic
            out.append(jinja_diagnostic(error, name, loaded.folders))
            return None
    return _with_notice(bank, loaded, locked, fields)


def _with_notice(bank: Bank, loaded: LoadedNoteType, locked: LockedNote, fields: list[str]) -> list[str]:
    notice = str(escape({**DEFAULT_LABELS, **bank.labels}["retired_notice"]))
    _show(notice, loaded, locked, fields)
    return fields


def _show(notice: str, loaded: LoadedNoteType, locked: LockedNote, fields: list[str]) -> None:
    """Put the notice into a field of each side that does not show it: the one with what is asked, if it can be.

    Templates of the bank's own may know nothing of retirement; the learner has to.
    """
    names = loaded.note_type.field_names
    for ord_, template in enumerate(loaded.note_type.templates):
        # A card that the note never had would come to be by its notice.
        if not loaded.note_type.cloze and ord_ not in locked.cards:
            continue
        front = {tag.name for tag in parse_template(template.front).replacements()}
        back = {tag.name for tag in parse_template(template.back).replacements()}
        for side in (front, back | front if "FrontSide" in back else back):
            shown = [number for number, name in enumerate(names) if name in side]
            if shown and not any(notice in fields[number] for number in shown):
                # Else one that the back alone shows, lest the front says it twice.
                chosen = min(shown, key=lambda at: (locked.text not in fields[at], names[at] in front))
                fields[chosen] = f"<p><strong>{notice}</strong></p>{fields[chosen]}"


def _note(loaded: LoadedNoteType, locked: LockedNote, fields: Sequence[str], where: Position) -> NoteContent:
    return NoteContent(
        key=locked.key,
        note_type=locked.note_type,
        fields=tuple(fields),
        tags=(RETIRED_TAG,),
        level=locked.level,
        is_fact=locked.is_fact,
        ords=tuple(_ords(loaded, fields)) or tuple(sorted(locked.cards)),
        text=locked.text,
        is_retired=True,
        position=where,
    )


def _ords(loaded: LoadedNoteType, fields: Sequence[str]) -> Iterator[int]:
    named = dict(zip(loaded.note_type.field_names, fields, strict=True))
    if loaded.note_type.cloze:
        yield from cloze_ords(named)
    else:
        yield from standard_card_ords(loaded.fronts, named, tags=(RETIRED_TAG,))


def _level(bank: Bank, key: str) -> Level:
    known = {level.key: level for level in bank.levels}
    return known.get(key) or Level(key, key, key)
