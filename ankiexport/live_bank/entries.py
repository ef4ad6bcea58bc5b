"""Questions and facts as the overview lists them, before anything is rendered."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ankiexport.diagnostics import Position
from ankiexport.pages.titles import title_of
from ankiexport.question import Bank, Question, fact_as_question
from ankiexport.stamp import deck_name
from ankiexport.tags import Vocabulary, tags_of


@dataclass(frozen=True, slots=True)
class Entry:
    """A question or a fact, which becomes one note; `first_line` is where its source begins.

    `text` is all of its source, for searches as long as it is not rendered.
    """

    key: str
    title: str
    level: str
    deck: str
    note_type: str
    tags: tuple[str, ...]
    is_fact: bool
    position: Position
    first_line: int
    text: str = field(repr=False)
    question: Question = field(repr=False, compare=False)


def entries_of(questions: Iterable[Question], bank: Bank) -> list[Entry]:
    """Return the questions and facts of a bank, or of one file, in their order."""
    vocabulary = Vocabulary.of(bank)
    known = set(bank.level_keys)
    return [
        entry
        for question in questions
        if question.level in known
        for entry in _entries_of(question, bank, vocabulary)
    ]


def in_order_of_study(entries: Iterable[Entry], bank: Bank) -> list[Entry]:
    """Return entries in the order in which Anki would show them: of each level the facts come last."""
    rank = {key: number for number, key in enumerate(bank.level_keys)}
    return sorted(entries, key=lambda entry: (rank[entry.level], entry.is_fact))


def _entries_of(question: Question, bank: Bank, vocabulary: Vocabulary) -> Iterator[Entry]:
    level = bank.level(question.level)
    for source in (question, *(fact_as_question(fact, question) for fact in question.facts)):
        is_fact = source is not question
        texts = list(source.texts)
        lines = [text.position.line for text in texts if text.position.path == source.position.path]
        yield Entry(
            key=source.id,
            title=title_of(source.question.value),
            level=level.key,
            deck=source.deck or deck_name(bank, level, facts=is_fact),
            note_type=source.note_type,
            tags=tags_of(source, bank, vocabulary, with_level=not source.fields),
            is_fact=is_fact,
            position=source.position,
            first_line=min([source.position.line, *lines]),
            text="\n".join([source.id, *(text.value for text in texts)]),
            question=question,
        )
