"""Cards as two texts, for programs that know no note types: what is asked, and what is answered.

The first field of a note is asked and the others are answered; of a cloze note each deletion is asked by
itself. Fields that only say where a note belongs are left out, and hints are kept apart.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ankiexport.formats.export_format import Shipment
from ankiexport.html_text import html_to_text
from ankiexport.notes import Note, NoteType
from ankiexport.question import Fact, Question

# The fields of our own note types that are no part of an answer.
_BESIDES = frozenset({"Hints", "Level", "Topics", "Changed", "Retired", "ID", "Spare 1", "Spare 2"})
# The field that needs no heading on a back.
_PLAIN = frozenset({"Answer", "Extra"})
_OWN_TYPES = frozenset({"question", "cloze"})
_INNERMOST = re.compile(
    r"\{\{c([\d,]+)::((?:(?!\{\{c[\d,]+::).)*?)(?:::((?:(?!\{\{c[\d,]+::).)*?))?\}\}", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class StudyCard:
    """One card: the note that it is of, which of its cards, and its two sides as HTML.

    `answer` is the back without the headed sections that follow it. `hints` is the field of our note types that holds
    them. `cloze` is the text of a cloze note as Anki has it, if the back says no more than that.
    """

    note: Note
    ord: int
    front: str
    answer: str
    sections: tuple[tuple[str, str], ...] = ()
    hints: str = ""
    cloze: str = ""

    @property
    def deck(self) -> str:
        """The full name of its deck."""
        return self.note.content.deck_of(self.ord, self.note.deck)

    @property
    def back(self) -> str:
        """The whole back as HTML."""
        parts = [self.answer] if self.answer else []
        parts += [f"<p><b>{name}</b></p>\n{html}" for name, html in self.sections]
        return "\n".join(parts)


def study_cards(shipment: Shipment) -> Iterator[StudyCard]:
    """Yield the cards of all notes that are still asked, in order of study."""
    types = {note_type.key: note_type for note_type in shipment.plan.note_types}
    for note in shipment.plan.notes:
        if not note.content.is_retired:
            source = shipment.sources.get(note.content.key)
            yield from _cards(note, types[note.content.note_type], source)


@dataclass(frozen=True, slots=True)
class Deletion:
    """What a cloze hides: its number in Anki, and its hint as HTML."""

    number: int
    hint: str


def marked_clozes(html: str, opening: str, closing: str) -> tuple[str, tuple[Deletion, ...]] | None:
    """Return a cloze text with marks around what is hidden, and the deletions in their order.

    None if one lies in another, or goes with several cards, which other programs do not know.
    """
    found = tuple(_INNERMOST.finditer(html))
    if html.count("{{c") != len(found) or opening in html or closing in html:
        return None
    if not found or not all(match[1].isdigit() and match[2].strip() for match in found):
        return None
    marked = _INNERMOST.sub(lambda match: f"{opening}{match[2]}{closing}", html)
    return marked, tuple(Deletion(int(match[1]), match[3] or "") for match in found)


def revealed_clozes(html: str, opening: str, closing: str) -> str:
    """Return a cloze text with everything shown, and marks around what was hidden."""
    return _cloze(html, lambda _numbers, text, _hint: f"{opening}{text}{closing}")


def flat_text(html: str, separator: str = " / ") -> str:
    """Return HTML as one line of text without tabs."""
    return separator.join(html_to_text(html).replace("\t", " ").splitlines())


def _cards(note: Note, note_type: NoteType, source: Question | Fact | None) -> Iterator[StudyCard]:
    named = list(zip(note_type.field_names, note.content.fields, strict=True))
    is_own = note_type.key in _OWN_TYPES and source is not None
    besides = _BESIDES if is_own else frozenset()
    # The field that is sorted by, in our note types the first, is what is asked.
    (_, asked), *others = named
    rest = [(name, html) for name, html in others if html.strip() and name not in besides]
    plain = next((html for name, html in rest if name in _PLAIN), "")
    sections = tuple((name, html) for name, html in rest if name not in _PLAIN)
    hints = dict(named).get("Hints", "").strip() if is_own else ""
    if note_type.cloze:
        for ord_ in note.content.ords:
            shown = _cloze(asked, lambda _number, text, _hint: text)
            answer = "\n".join(part for part in (shown, plain) if part)
            alone = "" if plain or sections or hints else asked
            yield StudyCard(note, ord_, _cloze(asked, _hider(ord_ + 1)), answer, sections, hints, alone)
    elif asked.strip():
        yield StudyCard(note, 0, asked, plain, sections, hints)


def _hider(asked: int) -> Callable[[tuple[int, ...], str, str], str]:
    def replace(numbers: tuple[int, ...], text: str, hint: str) -> str:
        return (f"[{hint}]" if hint else "[...]") if asked in numbers else text

    return replace


def _cloze(html: str, replace: Callable[[tuple[int, ...], str, str], str]) -> str:
    def one(match: re.Match[str]) -> str:
        numbers = tuple(int(part) for part in match[1].split(",") if part)
        return replace(numbers, match[2], match[3] or "")

    previous = None
    while previous != html:
        previous, html = html, _INNERMOST.sub(one, html)
    return html
