"""From Questions to the content of notes: Markdown to HTML, fields composed by Jinja, media found."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup, escape

from ankiexport import markdown_html
from ankiexport.anki_text import find_clozes
from ankiexport.card_decks import CardDecks, card_decks_of, card_decks_problems
from ankiexport.diagnostics import Diagnostic
from ankiexport.fields import SEPARATOR, Fields
from ankiexport.formulas import formula_problems
from ankiexport.jinja_env import jinja_diagnostic
from ankiexport.lock.entries import with_digests
from ankiexport.media import MediaLibrary, rewrite_references, without_media
from ankiexport.note_types import LoadedNoteType, shared_context
from ankiexport.notes import MediaFile, NoteContent
from ankiexport.question import Bank, GivenField, Question, Text, fact_as_question
from ankiexport.question_cards import ords_of
from ankiexport.sorting import sorting_by
from ankiexport.stamp import deck_name
from ankiexport.tags import Vocabulary, tags_of, topics


@dataclass(slots=True)
class Renderer:
    """Renders questions of one bank; it keeps what is the same for all of them."""

    bank: Bank
    note_types: Mapping[str, LoadedNoteType]
    library: MediaLibrary = field(init=False)
    vocabulary: Vocabulary = field(init=False)
    shared: dict[str, object] = field(init=False)
    composed: dict[tuple[object, ...], str] = field(init=False)

    def __post_init__(self) -> None:
        """Prepare the media library and the vocabulary."""
        self.shared = shared_context(self.bank)
        self.composed = {}
        self.library = MediaLibrary(self.bank.root, keeps_names=self.bank.keeps_media_names)
        self.vocabulary = Vocabulary.of(self.bank)

    def notes_of(self, question: Question) -> tuple[list[NoteContent], list[Diagnostic]]:
        """Return the note of a question and those of its facts, and what is wrong with them."""
        out: list[Diagnostic] = []
        notes = []
        for source in (question, *(fact_as_question(fact, question) for fact in question.facts)):
            loaded = self.note_types.get(source.note_type)
            if loaded is not None:
                job = _Job(self, loaded, source, out, is_fact=source is not question)
                note = job.note()
                if note is not None:
                    notes.append(note)
        return notes, out


@dataclass(slots=True)
class _Job:
    """The rendering of one note; `media` and `out` grow as its texts are rendered."""

    renderer: Renderer
    loaded: LoadedNoteType
    source: Question
    out: list[Diagnostic]
    is_fact: bool
    media: dict[str, MediaFile] = field(default_factory=dict)
    tags: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.tags = self._tags()

    def note(self) -> NoteContent | None:
        if self.loaded.is_given:
            fields: tuple[str, ...] | None = self._given()
            text = fields[self.loaded.note_type.sort_field] if fields else ""
        else:
            context = self._context()
            fields = self._fields(context)
            text = str(context["question"])
        if fields is None:
            return None
        held = self._held(fields)
        named = dict(zip(self.loaded.note_type.field_names, fields, strict=True))
        ords, problems = ords_of(self.source, self.loaded, named, self.tags)
        self.out += problems
        deck, card_decks = self._decks(ords)
        content = NoteContent(
            key=self.source.id,
            note_type=self.source.note_type,
            fields=held,
            tags=self.tags,
            level=self.source.level,
            is_fact=self.is_fact,
            ords=ords,
            media=tuple(self.media[name] for name in sorted(self.media)),
            text=without_media(text),
            previous=_values(self.source.history.previous_ids),
            replaces=_values(self.source.history.replaces),
            deck=deck,
            card_decks=card_decks,
            position=self.source.position,
            sorting=sorting_by(fields, self.loaded.note_type.sort_field)._replace(fields=held)
            if fields
            else None,
        )
        return with_digests(content)

    def _tags(self) -> tuple[str, ...]:
        with_level = not self.loaded.is_given
        return tags_of(self.source, self.renderer.bank, self.renderer.vocabulary, with_level=with_level)

    def _context(self) -> dict[str, object]:
        source, bank = self.source, self.renderer.bank
        changed = source.history.what_changed
        tags = self.tags
        return {
            **self.renderer.shared,
            "id": source.id,
            "level": bank.level(source.level),
            "tags": tags,
            "topics": topics(bank, tags),
            "question": self._html(source.question, markdown_html.to_html),
            "answer": self._html(source.answer, markdown_html.to_html) if source.answer else "",
            "hints": [self._html(text, markdown_html.to_html) for text in source.hints],
            "key_points": self._items(source.key_points),
            "pitfalls": self._items(source.pitfalls),
            "follow_ups": self._items(source.follow_ups),
            "sources": self._items(source.sources),
            "what_changed": self._html(changed, markdown_html.to_inline_html) if changed else "",
            "retired": None,
        }

    def _items(self, texts: tuple[Text, ...]) -> list[Markup]:
        return [self._html(text, markdown_html.to_inline_html) for text in texts]

    def _html(self, text: Text, convert: Callable[[str], str]) -> Markup:
        html = self._converted(text, convert)
        self._check_formulas(html, text)
        if self.loaded.note_type.cloze:
            html = markdown_html.separate_math_braces(html)
        # Made from the bank's own Markdown, in which raw HTML is allowed on purpose.
        return Markup(rewrite_references(html, lambda reference: self._resolve(reference, text)))  # noqa: S704

    def _converted(self, text: Text, convert: Callable[[str], str]) -> str:
        try:
            return convert(text.value)
        except RecursionError:
            message = "the text has lists or quotations that are nested too deep"
            self.out.append(Diagnostic(text.position, "markdown-depth", message, "take some levels away"))
            return ""

    def _check_formulas(self, html: str, text: Text) -> None:
        for tex in markdown_html.formulas_of(html):
            # The ends of clozes are braces, too, and what a learner sees is the formula without them.
            if find_clozes(tex):
                continue
            where = max(0, text.value.find(tex))
            self.out += [
                Diagnostic(text.at(where + problem.offset), "formula", problem.message, problem.advice)
                for problem in formula_problems(tex)
            ]

    def _resolve(self, reference: str, text: Text) -> str | None:
        where = text.at(max(0, text.value.find(reference)))
        found, problem = self.renderer.library.find(reference, where)
        if problem is not None:
            self.out.append(problem)
        if found is None:
            return None
        self.media[found.name] = found
        return None if self.renderer.bank.keeps_media_names else found.name

    def _given(self) -> tuple[str, ...]:
        values = {given.name.value: self._given_html(given) for given in self.source.fields}
        self.media.update((file.name, file) for file in self.renderer.library.for_templates())
        return tuple(values.get(name, "") for name in self.loaded.note_type.field_names)

    def _given_html(self, given: GivenField) -> str:
        convert = str if given.is_html else markdown_html.to_inline_html
        # Braces in HTML stay where its author has put them.
        html = rewrite_references(
            self._converted(given.text, convert), lambda found: self._resolve(found, given.text)
        )
        return (
            html
            if given.is_html or not self.loaded.note_type.cloze
            else markdown_html.separate_math_braces(html)
        )

    def _fields(self, context: Mapping[str, object]) -> tuple[str, ...] | None:
        fields = []
        composed = self.renderer.composed
        for number, name in enumerate(self.loaded.field_templates):
            known_as = self._known_as(number, context)
            if known_as in composed:
                fields.append(composed[known_as])
                continue
            alone = context.get(self.loaded.names_alone[number])
            try:
                # What Jinja makes of a template that only shows a text, and half of them do.
                text = str(escape(alone)) if isinstance(alone, str) else self._composed(number, context)
            except Exception as error:  # noqa: BLE001 - whatever a stranger's template does is a diagnostic
                self.out.append(jinja_diagnostic(error, name, self.loaded.folders))
                return None
            fields.append(text.strip())
            if known_as:
                composed[known_as] = fields[-1]
        return tuple(fields)

    def _composed(self, number: int, context: Mapping[str, object]) -> str:
        # Jinja takes four times as long to begin as such a macro takes.
        macro = self.loaded.macros_alone[number]
        shown = macro.shown(context) if macro else None
        return self.loaded.compiled_fields[number].render(context) if shown is None else shown

    def _held(self, fields: tuple[str, ...]) -> Sequence[str]:
        """Return fields in little memory, if there are any and they can be told apart there."""
        if any(SEPARATOR in content for content in fields):
            message = f'the note of "{self.source.id}" holds the character U+001F'
            self.out.append(Diagnostic(self.source.position, "field-separator", message, "remove it"))
            return fields
        return Fields.of(fields) if fields else fields

    def _known_as(self, number: int, context: Mapping[str, object]) -> tuple[object, ...]:
        """Return what tells a field of many notes apart, such as their level; empty when it is too much."""
        names = self.loaded.names_used[number]
        if names is None:
            return ()
        parts: list[object] = [self.source.note_type, number]
        for name in names:
            value = context.get(name)
            if value and name not in {"level", "topics"}:
                return ()
            parts.append((*value,) if isinstance(value, list) else value)
        return tuple(parts)

    def _decks(self, ords: tuple[int, ...]) -> tuple[str, CardDecks]:
        if not self.source.card_decks:
            return self.source.deck, ()
        if ords:
            self.out.extend(card_decks_problems(self.source, ords))
        bank = self.renderer.bank
        level_deck = deck_name(bank, bank.level(self.source.level), facts=self.is_fact)
        return card_decks_of(self.source, ords, level_deck)


def _values(texts: tuple[Text, ...]) -> tuple[str, ...]:
    return tuple(text.value.strip() for text in texts)
