"""What could be written at a place: keys, tags, levels, ids, note types, names of media, snippets."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from ankiexport.editing.locate import spot_at
from ankiexport.editing.media_links import link_before, media_names
from ankiexport.editing.schema import documentation, keys_at, takes_words, values_at
from ankiexport.editing.snippets import Snippet, markdown_snippets, yaml_snippets
from ankiexport.editing.source_text import Point, Range, SourceText
from ankiexport.editing.spots import FileKind, Kind, Spot, file_kind
from ankiexport.editing.state import BankState
from ankiexport.fixes.spots import PLAIN_TAG
from ankiexport.markdown_questions import SECTIONS

_WORD = re.compile(r"[\w-]*")
_SEARCH_WORD = re.compile(r"-?[^\s()\"]*$")


class Symbol(StrEnum):
    """What a completion is, so that an editor can show a sign for it."""

    KEY = "key"
    TAG = "tag"
    LEVEL = "level"
    ID = "id"
    VALUE = "value"
    FILE = "file"
    SECTION = "section"
    SNIPPET = "snippet"


@dataclass(frozen=True, slots=True)
class Completion:
    """Something that could be written: `insert` takes the place of `range`."""

    label: str
    symbol: Symbol
    insert: str
    range: Range
    detail: str = ""
    documentation: str = ""
    is_snippet: bool = False


@dataclass(frozen=True, slots=True)
class _Offer:
    """A word that could stand at a spot, whatever it takes to write it there."""

    word: str
    symbol: Symbol
    detail: str = ""
    documentation: str = ""


def completions(state: BankState, path: Path, text: SourceText, point: Point) -> list[Completion]:
    """Return what could be written at a place of a file, in the order in which it is offered."""
    kind = file_kind(state.root, path)
    if kind is None:
        return []
    spot, line = spot_at(text, path, point), text.line(point.line)
    link = link_before(line, point.column)
    if link is not None and spot.kind in {Kind.TEXT, Kind.VALUE, Kind.BARE}:
        found = media_names(state, path)
        return [
            Completion(name, Symbol.FILE, link.written(name), Range.on(point.line, link.start, link.end))
            for name in found
        ]
    if path.suffix.lower() == ".md" and spot.kind in {Kind.TEXT, Kind.NOTHING}:
        return list(_markdown_snippets(text, spot, point))
    before = line[: spot.start]
    return [*_sections(kind, spot), *_keys(kind, spot), *_yaml_snippets(path, spot, before),
            *_values(state, kind, spot)]  # fmt: skip


def _sections(kind: FileKind, spot: Spot) -> Iterator[Completion]:
    where = Range.on(spot.line, spot.start, spot.end)
    for title, key in SECTIONS.items() if spot.kind is Kind.HEADING else ():
        said = documentation(kind, (*spot.path, key))
        yield Completion(title.capitalize(), Symbol.SECTION, title.capitalize(), where, "", said)


def _keys(kind: FileKind, spot: Spot) -> Iterator[Completion]:
    if not (spot.kind is Kind.KEY or (spot.kind is Kind.BARE and not _is_word(kind, spot))):
        return
    where = Range.on(spot.line, spot.start, spot.end)
    for one in keys_at(kind, spot.path):
        if one.name not in spot.siblings:
            ending = "" if spot.kind is Kind.KEY else ":" if one.holds_more else ": "
            detail = "required" if one.is_required else ""
            yield Completion(one.name, Symbol.KEY, one.name + ending, where, detail, one.documentation)


def _yaml_snippets(path: Path, spot: Spot, before: str) -> Iterator[Completion]:
    if spot.kind is not Kind.BARE or path.suffix.lower() == ".md":
        return
    where = Range.on(spot.line, spot.start, spot.end)
    for snippet in yaml_snippets(path, spot.path, within=bool(spot.siblings)):
        # The dash may be there already.
        body = snippet.body.removeprefix("- ") if before.rstrip().endswith("-") else snippet.body
        yield _of_snippet(snippet, body, where)


def _markdown_snippets(text: SourceText, spot: Spot, point: Point) -> Iterator[Completion]:
    """Yield the snippets that can stand at the beginning of a line of prose, or of a file."""
    line = text.line(point.line)
    is_new = spot.kind is Kind.NOTHING and point.line == 0 and len(text.normal.split()) <= 1
    if _WORD.fullmatch(line) and (is_new or spot.kind is Kind.TEXT):
        for snippet in markdown_snippets(is_new=is_new):
            yield _of_snippet(snippet, snippet.body, Range.on(point.line, 0, len(line)))


def _of_snippet(snippet: Snippet, body: str, where: Range) -> Completion:
    return Completion(
        snippet.prefix, Symbol.SNIPPET, body, where, snippet.name, snippet.description, is_snippet=True
    )


def _is_word(kind: FileKind, spot: Spot) -> bool:
    return not keys_at(kind, spot.path) and takes_words(kind, spot.path)


def _values(state: BankState, kind: FileKind, spot: Spot) -> Iterator[Completion]:
    if spot.kind not in {Kind.VALUE, Kind.BARE}:
        return
    if kind is FileKind.SETTINGS and spot.path[:1] == ("decks",) and len(spot.path) == 2:
        yield from _search_words(state, spot)
        return
    for offer in _offers(state, kind, spot.path):
        yield _written(offer, spot)


def _written(offer: _Offer, spot: Spot) -> Completion:
    word = offer.word
    if spot.is_yaml and not spot.is_quoted and not PLAIN_TAG.fullmatch(word):
        word = f'"{word}"'
    where = Range.on(spot.line, spot.start, spot.end)
    return Completion(offer.word, offer.symbol, word, where, offer.detail, offer.documentation)


def _offers(state: BankState, kind: FileKind, path: tuple[str, ...]) -> Iterable[_Offer]:
    """Return the words that could stand below some keys."""
    last, is_settings = path[-1] if path else "", kind is FileKind.SETTINGS
    if last == "tags" and not (is_settings and path == ("tags",)):
        return tag_offers(state)
    if path == ("level",) and not is_settings:
        return level_offers(state)
    if last == "note_type":
        return [_Offer(key, Symbol.VALUE) for key in state.note_types]
    if last in {"previous_ids", "replaces"}:
        return [_Offer(key, Symbol.ID, "learners have it, the bank no more") for key in state.gone]
    if (last == "deck" or path[-2:-1] == ("card_decks",)) and not is_settings:
        return [_Offer(deck, Symbol.VALUE) for deck in sorted({*_decks(state)})]
    return [_Offer(word, Symbol.VALUE) for word in values_at(kind, path)]


def _decks(state: BankState) -> Iterator[str]:
    for entry in state.reading.entries:
        yield entry.deck
        yield from (found.deck for found in entry.question.card_decks)


def tag_offers(state: BankState) -> list[_Offer]:
    """Return the tags of the vocabulary; where there is none, those that are used."""
    bank = state.bank
    if bank is None:
        return []
    if not bank.vocabulary:
        levels = {level.tag for level in bank.levels}
        return [_Offer(tag, Symbol.TAG, str(uses)) for tag, uses in sorted(state.tag_uses.items())
                if tag not in levels]  # fmt: skip
    return [
        _Offer(tag, Symbol.TAG, str(state.tag_uses.get(tag, "not used yet")), entry.description)
        for tag, entry in bank.vocabulary.items()
    ]


def level_offers(state: BankState) -> list[_Offer]:
    """Return the keys of the levels, in order of study."""
    levels = state.bank.levels if state.bank else ()
    return [_Offer(level.key, Symbol.LEVEL, level.name, level.description) for level in levels]


def _search_words(state: BankState, spot: Spot) -> Iterator[Completion]:
    """Yield the terms that a named search could go on with."""
    found = _SEARCH_WORD.search(spot.typed)
    if found is None:
        return
    start = spot.start + found.start() + found[0].startswith("-")
    where = Range.on(spot.line, start, spot.column)
    offers = tag_offers(state)
    levels = [_Offer(f"level::{one.word}", Symbol.TAG, one.detail, one.documentation)
              for one in level_offers(state)]  # fmt: skip
    for offer in (*levels, *offers):
        offer = replace(offer, word=f"tag:{offer.word}")  # noqa: PLW2901 - the same offer, as a term
        yield Completion(offer.word, offer.symbol, offer.word, where, offer.detail, offer.documentation)
