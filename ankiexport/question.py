"""The author's side: Bank, Level, Question, Fact, as frozen dataclasses.

Every text remembers where it stands, so that later stages can point at it; places take no
part in comparisons: a question is the same wherever and in whichever form it is written.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from ankiexport.diagnostics import Position

# Facts are always notes of this type; a bank may change its card templates, not its kind.
FACT_NOTE_TYPE = "cloze"


class Place(NamedTuple):
    """Where a text begins, and how its lines lie in the file.

    `follows` says that line k of the text is line k of the file from `position` on, each
    beginning at `indent` + 1 (a YAML `|` block or Markdown). Otherwise only the beginning is known.
    """

    position: Position
    follows: bool = False
    indent: int = 0

    def at(self, text: str, offset: int) -> Position:
        """Return the position of the character at `offset` in the text that stands here."""
        start = self.position
        before = text[:offset]
        line = before.count("\n")
        column = offset - (before.rfind("\n") + 1)
        if not self.follows:
            return start if line else Position(start.path, start.line, start.column + column)
        if line == 0:
            return Position(start.path, start.line, start.column + column)
        return Position(start.path, start.line + line, self.indent + column + 1)


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of source text (Markdown, a tag, a key) with its place."""

    value: str
    place: Place = field(compare=False)

    @property
    def position(self) -> Position:
        """Where the text begins."""
        return self.place.position

    def at(self, offset: int) -> Position:
        """Return the position of the character at `offset`."""
        return self.place.at(self.value, offset)


@dataclass(frozen=True, slots=True)
class History:
    """What an author says of the past of a question or fact.

    `previous_ids` are the ids that it had, the oldest first; `replaces` are the ids of others that it
    stands in for; `revised` is the month (YYYY-MM) of the last significant edit, and `what_changed`
    tells learners about it.
    """

    previous_ids: tuple[Text, ...] = ()
    replaces: tuple[Text, ...] = ()
    revised: Text | None = None
    what_changed: Text | None = None


# Most questions have none, and share this.
NO_HISTORY = History()


class GivenField(NamedTuple):
    """A field of a note as its author gives it, for a note type that composes none; Markdown, or HTML as it is."""

    name: Text
    text: Text
    is_html: bool = False


@dataclass(frozen=True, slots=True)
class CardDeck:
    """The full name of the deck of one card, where it is not that of its note."""

    ord: int
    deck: str
    position: Position = field(default=Position(""), compare=False)


@dataclass(frozen=True, slots=True)
class Fact:
    """One atomic fact of a question: a cloze text that becomes a note of its own."""

    id: str
    text: Text
    tags: tuple[Text, ...] = ()
    history: History = NO_HISTORY
    position: Position = field(default=Position(""), compare=False)


@dataclass(frozen=True, slots=True)
class Question:
    """One question as its author wrote it; all texts are Markdown.

    `tags` are the question's own and those of its file and of the bank's defaults, in this order;
    `allow` are the codes of warnings that are not meant for this question. `fields` are those of a note type
    whose fields are given; `question` is then the first of them. `deck` is a full name, in place of the
    level's deck, `card_decks` are those of cards that are in another one, and `cards` the ords of its cards where
    Anki's rules would give others.
    """

    id: str
    level: str
    question: Text
    answer: Text | None
    hints: tuple[Text, ...] = ()
    key_points: tuple[Text, ...] = ()
    pitfalls: tuple[Text, ...] = ()
    follow_ups: tuple[Text, ...] = ()
    sources: tuple[Text, ...] = ()
    tags: tuple[Text, ...] = ()
    facts: tuple[Fact, ...] = ()
    note_type: str = "question"
    fields: tuple[GivenField, ...] = ()
    deck: str = ""
    card_decks: tuple[CardDeck, ...] = ()
    cards: tuple[int, ...] = ()
    allow: tuple[Text, ...] = ()
    history: History = NO_HISTORY
    position: Position = field(default=Position(""), compare=False)
    note_type_position: Position = field(default=Position(""), compare=False)

    @property
    def texts(self) -> tuple[Text, ...]:
        """All texts of its own card, those of its facts not among them."""
        return (
            self.question, *([self.answer] if self.answer else []), *(given.text for given in self.fields),
            *self.hints, *self.key_points, *self.pitfalls, *self.follow_ups, *self.sources,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Level:
    """A step of the bank; `deck` is its sub-deck's name below the root, `description` is Markdown."""

    key: str
    name: str
    deck: str
    description: str = ""
    position: Position = field(default=Position(""), compare=False)

    @property
    def tag(self) -> str:
        """The tag that every note of this level bears."""
        return f"level::{self.key}"


@dataclass(frozen=True, slots=True)
class TagEntry:
    """A tag of the vocabulary; `name` is how cards show it."""

    tag: str
    description: str
    name: str
    aliases: tuple[str, ...] = ()
    position: Position = field(default=Position(""), compare=False)


class NamedSearch(NamedTuple):
    """A search of `bank.yaml`, by whose name a package of what it finds is built."""

    name: str
    query: Text


class Preset(NamedTuple):
    """Study options offered with the decks; `desired_retention` is a share between 0.7 and 0.99."""

    name: str
    new_cards_per_day: int = 10
    reviews_per_day: int = 200
    desired_retention: float = 0.9


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for every question that does not say otherwise."""

    note_type: str = "question"
    tags: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Bank:
    """The settings of a bank, from `bank.yaml`; `root` is its folder.

    `decks` are its named searches. `deck_settings` are descriptions of decks by their full names, for those that are
    no level's.
    """

    root: Path
    title: str
    deck: str
    namespace: str
    file_name: str
    levels: tuple[Level, ...]
    facts_deck: str = "Facts"
    retired_deck: str = "Retired"
    description: str = ""
    language: str = "en"
    vocabulary: Mapping[str, TagEntry] = field(default_factory=dict)
    defaults: Defaults = Defaults()
    preset: Preset | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    acronyms: tuple[str, ...] = ()
    allow: tuple[Text, ...] = ()
    decks: tuple[NamedSearch, ...] = ()
    deck_settings: Mapping[str, str] = field(default_factory=dict)
    keeps_media_names: bool = False

    @property
    def media_folder(self) -> Path:
        """The only folder from which media are packed."""
        return self.root / "media"

    @property
    def level_keys(self) -> tuple[str, ...]:
        """The keys of the levels, in order of study."""
        return tuple(level.key for level in self.levels)

    def level(self, key: str) -> Level:
        """Return the level with this key; it must exist."""
        return next(level for level in self.levels if level.key == key)

    def named_search(self, name: str) -> NamedSearch | None:
        """Return the search of this name, if there is one."""
        return next((search for search in self.decks if search.name == name), None)

    def aliases(self) -> dict[str, str]:
        """Return each alias of the vocabulary with the tag that it stands for."""
        return {alias: entry.tag for entry in self.vocabulary.values() for alias in entry.aliases}


@dataclass(frozen=True, slots=True)
class LoadedBank:
    """A bank and its questions, in order of study."""

    bank: Bank
    questions: Sequence[Question]

    @property
    def ids(self) -> set[str]:
        """All ids of questions and facts, present and earlier ones."""
        found: set[str] = set()
        for question in self.questions:
            entries: list[Question | Fact] = [question, *question.facts]
            for entry in entries:
                found.add(entry.id)
                found.update(text.value.strip() for text in entry.history.previous_ids)
        return found

    def of_level(self, key: str) -> Iterator[Question]:
        """Yield the questions of one level, in order of study."""
        return (question for question in self.questions if question.level == key)


def fact_as_question(fact: Fact, parent: Question) -> Question:
    """Return a fact as the question that its note is rendered from."""
    return Question(
        id=fact.id,
        level=parent.level,
        question=fact.text,
        answer=None,
        tags=parent.tags + fact.tags,
        note_type=FACT_NOTE_TYPE,
        history=fact.history,
        position=fact.position,
        note_type_position=fact.position,
    )
