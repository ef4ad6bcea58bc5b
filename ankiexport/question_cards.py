"""Which cards the note of a question has, and what is wrong with its clozes."""

from collections.abc import Iterator, Mapping, Sequence

from ankiexport.card_generation import (
    blank_cloze_ords,
    cloze_ords,
    cloze_problems,
    standard_card_ords,
)  # fmt: skip
from ankiexport.diagnostics import Diagnostic
from ankiexport.note_types import LoadedNoteType
from ankiexport.question import Question


def ords_of(
    source: Question, loaded: LoadedNoteType, fields: Mapping[str, str], tags: Sequence[str]
) -> tuple[tuple[int, ...], list[Diagnostic]]:
    """Return the ords of the cards of a question's note, and what is wrong with them; `fields` go by their names."""
    is_cloze = loaded.note_type.cloze
    if source.cards:
        return source.cards, []
    if is_cloze and not loaded.is_given:
        return cloze_ords(fields), list(_wrong_clozes(source, loaded, fields))
    problems = [] if is_cloze or loaded.is_given else list(_unused_clozes(source))
    ords = cloze_ords(fields) if is_cloze else standard_card_ords(loaded.fronts, fields, tags=tags)
    if not ords and (source.fields or not loaded.is_given):
        message = f'every front of "{source.id}" would be empty, so the note would have no card'
        advice = "write the text that the front of its note type shows"
        problems.append(Diagnostic(source.position, "no-card", message, advice))
    return ords, problems


def _wrong_clozes(
    source: Question, loaded: LoadedNoteType, fields: Mapping[str, str]
) -> Iterator[Diagnostic]:
    text = source.question
    problems = cloze_problems(text.value)
    yield from (Diagnostic(text.at(p.offset), "cloze-syntax", p.message, p.advice) for p in problems)
    written = cloze_ords({"": text.value})
    lost = set(written) - set(cloze_ords(fields))
    if not written and not problems and text.value.strip():
        message = "the text has no cloze, so the note would have no card"
        yield Diagnostic(text.position, "cloze-missing", message, "hide a part: {{c1::like this}}")
    if lost:
        where = text.at(max(0, text.value.find(f"{{{{c{min(lost) + 1}")))
        message = f"the cloze c{min(lost) + 1} does not survive Markdown"
        advice = "clozes cannot stand in highlighted code: use a fence without a language, or inline code"
        yield Diagnostic(where, "cloze-markup", message, advice)
    for ord_ in blank_cloze_ords(fields, loaded.cloze_fields):
        message = (
            f"the cloze c{ord_ + 1} stands outside the text, where it would make a card that asks nothing"
        )
        yield Diagnostic(source.position, "cloze-elsewhere", message, "move it into the text")


def _unused_clozes(source: Question) -> Iterator[Diagnostic]:
    for text in source.texts:
        if "{" in text.value and cloze_ords({"": text.value}):
            where = text.at(max(0, text.value.find("{{c")))
            message = f'"{source.note_type}" is not a note type for clozes, so this one would show its braces'
            yield Diagnostic(where, "cloze-unused", message, "set note_type: cloze, or write a fact")
