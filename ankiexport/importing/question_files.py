"""Questions of a source as the files of a bank in its own form."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ankiexport.bank_settings import slugify
from ankiexport.html_text import html_to_text, without_clozes
from ankiexport.importing.bank_files import SCHEMA_LINE, clean_deck_name, dumped, unlike
from ankiexport.importing.given_notes import SCRIPT
from ankiexport.importing.questions import SourceQuestion, SourceQuestions
from ankiexport.importing.tag_words import clean_tags
from ankiexport.tags import is_reserved

_PER_FILE = 200
_BYTES_PER_FILE = 2_000_000
_KEY_LENGTH = 50
_LINK = re.compile(r"!?\[([^\]\n]{0,200}+)\]\([^()\n]{0,500}+\)")
_LISTS = ("key_points", "pitfalls", "follow_ups", "sources")


@dataclass(frozen=True, slots=True)
class QuestionFiles:
    """The texts of a bank by their paths, its questions by their ids, and what is not kept, in words."""

    texts: Mapping[str, str]
    questions: Mapping[str, SourceQuestion] = field(default_factory=dict)
    losses: tuple[str, ...] = ()


def question_files(source: SourceQuestions, title: str) -> QuestionFiles:
    """Return the bank of some questions; `title` is for a source without one. The same source gives the same bank."""
    losses: list[str] = []
    found = tuple(_normal(question) for question in source.questions)
    reserved = sum(any(map(is_reserved, question.tags)) for question in found)
    if reserved:
        losses.append(f"tags of {reserved:,} questions that only builds give (retired, changed)")
    scripts = sum(
        any(map(SCRIPT.search, (question.question, question.answer, *question.hints))) for question in found
    )
    if scripts:
        losses.append(
            f"nothing, but look at them: {scripts:,} questions hold scripts, which run when they are studied"
        )
    title = clean_deck_name(source.title or title).replace("::", " ")
    ids = _ids(found)
    levels = _levels(found, title)
    texts = {"bank.yaml": _bank_yaml(title, found, levels)}
    for number, (level, deck, chunk) in enumerate(_files(list(zip(ids, found, strict=True))), start=1):
        head = {"level": levels[level], **({"deck": deck} if deck else {})}
        items = [_item(key, question) for key, question in chunk]
        name = f"{number:03}-{slugify(deck or level)[:60].strip('-') or 'questions'}.yaml"
        texts[name] = SCHEMA_LINE.format("", "questions") + dumped({**head, "questions": items})
    return QuestionFiles(texts, dict(zip(ids, found, strict=True)), tuple(losses))


def kept_tags(question: SourceQuestion) -> list[str]:
    """Return the tags that a question has in its bank: those of its source, and its lower headings."""
    below = (
        [f"topic::{'::'.join(_word(part) for part in question.levels[1:])}"] if question.levels[1:] else []
    )
    return [tag for tag in clean_tags(" ".join([*question.tags, *below])) if not is_reserved(tag)]


def _word(heading: str) -> str:
    words = "".join(char if char.isalnum() else " " for char in heading.casefold()).split()
    return "-".join(words) or "blank"


def _normal(question: SourceQuestion) -> SourceQuestion:
    def text(value: str) -> str:
        return unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n")).strip()

    return SourceQuestion(
        question=text(question.question),
        answer=text(question.answer),
        hints=tuple(map(text, question.hints)),
        **{name: tuple(map(text, getattr(question, name))) for name in _LISTS},
        tags=tuple(map(text, question.tags)),
        levels=tuple(" ".join(text(level).split()) for level in question.levels),
        deck=clean_deck_name(text(question.deck)) if question.deck.strip() else "",
        id=question.id,
        is_cloze=question.is_cloze,
        position=question.position,
    )


def _ids(questions: Sequence[SourceQuestion]) -> list[str]:
    taken: set[str] = set()
    found = []
    for question in questions:
        asked = question.id or without_clozes(html_to_text(_LINK.sub(r"\1", question.question[:2000])))
        key = slugify(asked[: 2 * _KEY_LENGTH])[:_KEY_LENGTH].strip("-") or "question"
        found.append(unlike(key, taken))
        taken.add(found[-1])
    return found


def _levels(questions: Sequence[SourceQuestion], title: str) -> dict[str, str]:
    """Return the keys of the levels by the headings that they stand for."""
    keys: dict[str, str] = {}
    for question in questions:
        name = question.levels[0] if question.levels else ""
        if name not in keys:
            keys[name] = unlike(
                slugify(name or title)[:_KEY_LENGTH].strip("-") or "level", set(keys.values())
            )
    return keys


def _bank_yaml(title: str, questions: Sequence[SourceQuestion], levels: Mapping[str, str]) -> str:
    known = json.dumps([[question.question, question.answer] for question in questions])
    namespace = f"{slugify(title) or 'bank'}-{hashlib.sha256(known.encode()).hexdigest()[:8]}"
    decks: set[str] = set()
    listed = []
    for name, key in levels.items():
        deck = unlike_deck(clean_deck_name(name or "Questions").replace("::", " "), decks)
        decks.add(deck.casefold())
        listed.append({"key": key, "name": name or "Questions", "deck": deck})
    data = {"title": title, "namespace": namespace, "levels": listed}
    return SCHEMA_LINE.format("", "bank") + dumped(data)


def unlike_deck(name: str, taken: set[str]) -> str:
    """Return a deck's name that is not taken, whatever the letter case."""
    number, found = 2, name
    while found.casefold() in taken:
        found, number = f"{name} {number}", number + 1
    return found


_Chunk = list[tuple[str, SourceQuestion]]


def _files(questions: _Chunk) -> Iterator[tuple[str, str, _Chunk]]:
    groups: dict[tuple[str, str], _Chunk] = {}
    for key, question in questions:
        level = question.levels[0] if question.levels else ""
        groups.setdefault((level, question.deck), []).append((key, question))
    for (level, deck), members in groups.items():
        chunk: _Chunk = []
        size = 0
        for key, question in members:
            own = len((question.question + question.answer).encode())
            if chunk and (len(chunk) >= _PER_FILE or size + own > _BYTES_PER_FILE):
                yield level, deck, chunk
                chunk, size = [], 0
            chunk.append((key, question))
            size += own
        yield level, deck, chunk


def _item(key: str, question: SourceQuestion) -> dict[str, object]:
    found: dict[str, object] = {"id": key, "question": question.question}
    if question.is_cloze:
        found["note_type"] = "cloze"
    if question.hints:
        found["hint"] = list(question.hints)
    if question.answer:
        found["answer"] = question.answer
    for name in _LISTS:
        texts = getattr(question, name)
        if texts:
            found[name] = list(texts)
    tags = kept_tags(question)
    if tags:
        found["tags"] = tags
    return found
