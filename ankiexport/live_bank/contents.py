"""The questions of a bank rendered, each once as long as nothing changes that it depends on."""

from dataclasses import dataclass
from pathlib import Path

from ankiexport.diagnostics import Diagnostic, in_order
from ankiexport.ids import timestamp_id
from ankiexport.live_bank.entries import Entry
from ankiexport.live_bank.reading import Reading, stamps_below
from ankiexport.notes import Field, NoteContent, NoteType
from ankiexport.pages.cards import ShownNote
from ankiexport.question import Question
from ankiexport.render import Renderer
from ankiexport.search import CardFacts, NoteFacts


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """An entry with its note, None if that cannot be rendered, and what is wrong with its question."""

    entry: Entry
    note: ShownNote | None
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class _Rendered:
    question: Question
    contents: tuple[NoteContent, ...]
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    entry: Entry
    facts: NoteFacts
    is_rendered: bool


class Contents:
    """Renders the questions of one reading after the other, and keeps what is the same in the next one."""

    def __init__(self, root: Path) -> None:
        """Begin with nothing."""
        self._media = root / "media"
        self._depends_on: object = None
        self._renderer: Renderer | None = None
        # By identity: questions that have not changed stay the same objects, entries those of their files.
        self._rendered: dict[int, _Rendered] = {}
        self._facts: dict[int, _Known] = {}

    def follow(self, reading: Reading) -> bool:
        """Take over a new reading, and forget what it no longer has; False if all has to be rendered again."""
        if reading.bank is None:
            return True
        types = tuple((key, id(loaded)) for key, loaded in sorted(reading.note_types.items()))
        depends_on = (reading.bank, types, stamps_below(self._media))
        is_same = depends_on == self._depends_on
        if not is_same:
            self._depends_on = depends_on
            self._renderer = Renderer(reading.bank, reading.note_types)
            self._rendered, self._facts = {}, {}
        questions = {id(entry.question) for entry in reading.entries}
        entries = {id(entry) for entry in reading.entries}
        self._rendered = {key: value for key, value in self._rendered.items() if key in questions}
        self._facts = {key: value for key, value in self._facts.items() if key in entries}
        return is_same

    def is_rendered(self, entry: Entry) -> bool:
        """Tell whether an entry would cost nothing to show."""
        return id(entry.question) in self._rendered

    def rendered(self, question: Question) -> tuple[tuple[NoteContent, ...], tuple[Diagnostic, ...]]:
        """Return the notes of a question and what is wrong with them, rendered when they are first asked for.

        Its level must be one of the bank's.
        """
        known = self._rendered.get(id(question))
        if known is None:
            contents, problems = self._renderer.notes_of(question) if self._renderer else ([], [])
            known = _Rendered(question, tuple(contents), in_order(problems))
            self._rendered[id(question)] = known
        return known.contents, known.diagnostics

    def shown(self, entry: Entry) -> ShownEntry:
        """Return an entry with its note, rendered when it is first asked for."""
        if self._renderer is None:
            return ShownEntry(entry, None, ())
        contents, problems = self.rendered(entry.question)
        content = next(
            (found for found in contents if (found.key, found.is_fact) == (entry.key, entry.is_fact)), None
        )
        note_type = self._note_type(entry)
        if content is None or note_type is None:
            return ShownEntry(entry, None, problems)
        space = self._renderer.bank.namespace
        ids = {ord_: timestamp_id(space, "card", entry.key, str(ord_)) for ord_ in content.ords}
        return ShownEntry(entry, ShownNote(content, note_type, content.deck or entry.deck, ids), problems)

    def facts(self, entry: Entry) -> NoteFacts:
        """Return what a search can know of an entry; before it is rendered, its source stands for its fields."""
        is_rendered = self.is_rendered(entry)
        known = self._facts.get(id(entry))
        if known and known.is_rendered is is_rendered:
            return known.facts
        note = self.shown(entry).note if is_rendered else None
        if note is None:
            note_type = self._note_type(entry) or _unusable(entry.note_type)
            fields = _source_fields(entry, note_type)
            named = () if entry.is_fact else entry.question.card_decks
            decks = {0: entry.deck} | {found.ord: found.deck for found in named}
            cards = tuple(CardFacts(ord_, 0, deck) for ord_, deck in decks.items())
        else:
            note_type, fields = note.note_type, tuple(note.content.fields)
            content = note.content
            cards = tuple(
                CardFacts(ord_, note.card_ids.get(ord_, 0), content.deck_of(ord_, note.deck))
                for ord_ in note.ords
            )
        facts = NoteFacts(0, note_type, fields, entry.tags, cards)
        self._facts[id(entry)] = _Known(entry, facts, is_rendered)
        return facts

    def _note_type(self, entry: Entry) -> NoteType | None:
        loaded = self._renderer.note_types.get(entry.note_type) if self._renderer else None
        return loaded.note_type if loaded else None


def _source_fields(entry: Entry, note_type: NoteType) -> tuple[str, ...]:
    fields = [""] * len(note_type.fields)
    fields[note_type.sort_field] = entry.text
    return tuple(fields)


def _unusable(key: str) -> NoteType:
    return NoteType(0, key, key, cloze=False, fields=(Field(0, "Text"),), templates=(), css="")
