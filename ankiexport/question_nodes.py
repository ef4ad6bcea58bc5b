"""From nodes to Questions: the one reader for both the YAML and the Markdown form of a file."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ankiexport.bank_settings import deck_name, is_slug, slugify
from ankiexport.diagnostics import Diagnostic, Position, did_you_mean
from ankiexport.node_reader import MappingReader
from ankiexport.question import (
    NO_HISTORY,
    Bank,
    CardDeck,
    Fact,
    GivenField,
    History,
    Place,
    Question,
    Text,
)  # fmt: skip
from ankiexport.yaml_source import Mapping, Scalar

FILE_KEYS = ("level", "deck", "tags", "note_type", "questions")
QUESTION_KEYS = (
    "id", "question", "hint", "answer", "key_points", "pitfalls", "follow_ups", "sources", "fields",
    "tags", "note_type", "deck", "card_decks", "cards", "allow", "previous_ids", "replaces", "revised", "what_changed",
    "facts",
)  # fmt: skip
FACT_KEYS = ("id", "text", "tags", "previous_ids", "replaces", "revised", "what_changed")

# What a question says of itself in the words of our note types, for which given fields leave no place.
_COMPOSED = (
    "question", "hint", "answer", "key_points", "pitfalls", "follow_ups", "sources", "what_changed",
)  # fmt: skip
_FIELD_KEYS = ("html",)
_MOST_CARDS = 500

_MONTH = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")


class _FileDefaults(NamedTuple):
    """What the head of a question file says for all its questions."""

    level: str
    tags: tuple[Text, ...]
    note_type: str
    note_type_position: Position
    deck: str


def questions_of(node: Mapping, bank: Bank) -> tuple[list[Question], list[Diagnostic]]:
    """Return the questions of one file, in its order, and what is wrong with them."""
    out: list[Diagnostic] = []
    top = MappingReader(node, FILE_KEYS, "a question file", out)
    level = _level(top, bank)
    defaults = _FileDefaults(
        level,
        bank.defaults.tags + top.texts("tags"),
        top.string("note_type", bank.defaults.note_type) or bank.defaults.note_type,
        top.position_of("note_type"),
        deck_name(top, "deck", "", nested=True),
    )
    if top.require("questions", "list them below questions:"):
        found = top.mappings("questions")
        if not found and top.get("questions") is None:
            top.report(
                "empty-text", "questions", "the file has no question yet", "write one, or remove the file"
            )
        return [_question(item, defaults, out) for item in found], out
    return [], out


def _level(top: MappingReader, bank: Bank) -> str:
    if not top.require("level", f"one of: {', '.join(bank.level_keys)}"):
        return ""
    level = top.string("level")
    if level not in bank.level_keys and bank.levels:
        advice = did_you_mean(level, bank.level_keys) + " (levels are listed in bank.yaml)"
        top.report("unknown-level", "level", f'the bank has no level "{level}"', advice)
    return level


def _question(node: Mapping, defaults: _FileDefaults, out: list[Diagnostic]) -> Question:
    reader = MappingReader(node, QUESTION_KEYS, "a question", out)
    identifier = _id(reader, lambda: slugify(reader.string("question")[:60]))
    fields = _given_fields(reader)
    if reader.has("fields"):
        question = fields[0].text if fields else Text("", Place(reader.position_of("fields")))
    else:
        question = _required_text(reader, "question", f'the question of "{identifier}"')
    own_type = reader.has("note_type")
    return Question(
        id=identifier,
        level=defaults.level,
        question=question,
        answer=reader.text("answer"),
        hints=reader.texts("hint"),
        key_points=reader.texts("key_points"),
        pitfalls=reader.texts("pitfalls"),
        follow_ups=reader.texts("follow_ups"),
        sources=reader.texts("sources"),
        tags=defaults.tags + reader.texts("tags"),
        facts=tuple(
            _fact(item, identifier, number, out)
            for number, item in enumerate(reader.mappings("facts"), start=1)
        ),
        fields=fields,
        deck=deck_name(reader, "deck", "", nested=True) or defaults.deck,
        card_decks=tuple(_card_decks(reader)),
        cards=_cards(reader),
        allow=reader.texts("allow"),
        history=_history(reader),
        note_type=reader.string("note_type", defaults.note_type) or defaults.note_type,
        position=reader.position_of("id"),
        note_type_position=reader.position_of("note_type") if own_type else defaults.note_type_position,
    )


def _given_fields(reader: MappingReader) -> tuple[GivenField, ...]:
    node = reader.mapping("fields")
    if reader.has("fields"):
        for key in _COMPOSED:
            if reader.has(key):
                reader.report(
                    "unknown-key", key, f'a question with "fields" has no "{key}"', "write it into a field"
                )
        if node is None or not node.entries:
            reader.report("empty-text", "fields", "there is no field", "write one")
    fields: list[GivenField] = []
    for name, value in node.entries.values() if node else ():
        # An entry of its own makes the reader of texts fit for it.
        entry = Mapping({"html": (name, value)}, value.position)
        if isinstance(value, Mapping):
            entry = value
        text = MappingReader(entry, _FIELD_KEYS, "a field", reader.out).text("html")
        if text is not None:
            fields.append(GivenField(name.text, text, is_html=isinstance(value, Mapping)))
    return tuple(fields)


def _cards(reader: MappingReader) -> tuple[int, ...]:
    ords = set()
    for text in reader.texts("cards"):
        ord_ = _ord(text, "cards", reader.out)
        if ord_ is not None:
            ords.add(ord_)
    return tuple(sorted(ords))


def _card_decks(reader: MappingReader) -> Iterator[CardDeck]:
    node = reader.mapping("card_decks")
    if node is None:
        return
    names = MappingReader(node, node.entries, "card_decks", reader.out)
    seen: set[int | None] = set()
    for key, (number, value) in node.entries.items():
        ord_, deck = _ord(number.text, "card_decks", reader.out), deck_name(names, key, "", nested=True)
        if not deck and isinstance(value, Scalar):
            names.report("empty-text", key, f"the card {key} has no deck", "name one, or remove the entry")
        if ord_ is not None and ord_ in seen:
            message = f"the card {ord_ + 1} is there twice"
            reader.out.append(Diagnostic(number.position, "duplicate-key", message, "keep one of them"))
        elif ord_ is not None and deck:
            yield CardDeck(ord_, deck, number.position)
        seen.add(ord_)


def _ord(text: Text, key: str, out: list[Diagnostic]) -> int | None:
    word = text.value.strip()
    if word.isascii() and word.isdecimal() and 1 <= int(word[:9]) <= _MOST_CARDS:
        return int(word[:9]) - 1
    message = f'"{word}" in "{key}" is no number of a card'
    out.append(Diagnostic(text.position, "bad-value", message, "count from 1"))
    return None


def _fact(node: Mapping, question_id: str, number: int, out: list[Diagnostic]) -> Fact:
    reader = MappingReader(node, FACT_KEYS, "a fact", out)
    identifier = _id(reader, lambda: f"{question_id}-fact-{number}")
    text = _required_text(reader, "text", f'the fact "{identifier}"')
    return Fact(identifier, text, reader.texts("tags"), _history(reader), reader.position_of("id"))


def _history(reader: MappingReader) -> History:
    history = History(
        previous_ids=reader.texts("previous_ids"),
        replaces=reader.texts("replaces"),
        revised=reader.text("revised"),
        what_changed=reader.text("what_changed"),
    )
    for key, ids in (("previous_ids", history.previous_ids), ("replaces", history.replaces)):
        for text in ids:
            if not is_slug(text.value.strip()):
                message = f'"{text.value.strip()}" in "{key}" is no id'
                advice = "ids are lower-case letters, digits and hyphens"
                reader.out.append(Diagnostic(text.position, "bad-id", message, advice))
    if history.revised and not _MONTH.fullmatch(history.revised.value.strip()):
        message = f'"{history.revised.value.strip()}" is no month'
        reader.report("bad-value", "revised", message, "write year and month: revised: 2026-11")
    if history.what_changed and not history.revised:
        reader.report(
            "missing-key", "what_changed", '"what_changed" goes with "revised"', "say when: revised: 2026-11"
        )
    return history if history != NO_HISTORY else NO_HISTORY


def _required_text(reader: MappingReader, key: str, what: str) -> Text:
    """Return a text that must be there; an empty stand-in keeps reading going after the report."""
    text = reader.text(key)
    if reader.require(key) and (reader.get(key) is None or (text is not None and not text.value.strip())):
        reader.report("empty-text", key, f"{what} is empty", "write it, or remove the entry")
    return text or Text("", Place(reader.position_of(key)))


def _id(reader: MappingReader, suggest: Callable[[], str]) -> str:
    identifier = reader.string("id")
    if not identifier:
        if isinstance(reader.get("id"), Scalar | None):
            suggestion = suggest()
            advice = (
                f'add "id: {suggestion}", or run: ankiexport check --fix' if suggestion else "give it a slug"
            )
            reader.report("missing-id", "id", f"{reader.what} has no id", advice)
    elif not is_slug(identifier):
        near = slugify(identifier)
        advice = f'try "{near}"' if near else "use lower-case letters, digits and hyphens"
        reader.report("bad-id", "id", f'the id "{identifier}" is not a slug', advice)
    return identifier
