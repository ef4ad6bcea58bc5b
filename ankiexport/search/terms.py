"""What a single term asks, by the word before its colon."""

import re
import unicodedata
from collections.abc import Callable

from ankiexport.search import refused
from ankiexport.search.conditions import Condition, of_card, of_note
from ankiexport.search.decks import deck_condition
from ankiexport.search.facts import CardFacts, NoteFacts
from ankiexport.search.field_text import without_html
from ankiexport.search.fields import field_condition
from ankiexport.search.folding import without_combining
from ankiexport.search.glob import containing, glob_of
from ankiexport.search.patterns import name_test, pattern_of, raw_pattern, whole_words
from ankiexport.search.regex_tree import Pattern
from ankiexport.search.tags import tag_condition
from ankiexport.search.tokens import Token

_IDS = re.compile(r"\d+(?:,\d+)*", re.ASCII)
_WHOLE_NUMBER = re.compile(r"[+-]?\d+", re.ASCII)
_POSITIVE_NUMBER = re.compile(r"\+?\d+", re.ASCII)
_ESCAPED = re.compile(r'\\([\\"])')
_MAX_ORD = 65_535


def term_condition(token: Token) -> Condition:
    """Return what a term asks. Raises `SearchError`."""
    key, value = token.with_key()
    if key is None:
        return _text(value)
    word = key.text.lower() if key.text.isascii() else key.text
    if word in refused.REASONS:
        whole = Token(key.kind, key.query, key.start, key.query[key.start : value.start + len(value.text)])
        whole.fail(
            f"a bank cannot answer {word}:, because {refused.REASONS[word]}", refused.ADVICE, in_anki=True
        )
    search = SEARCHES.get(word)
    return search(value) if search else field_condition(key, value)


def _text(value: Token) -> Condition:
    found = containing(glob_of(value)).like()
    return of_note(lambda note: found(note.lower_text) or found(note.lower_sort_text))


def _without_combining(value: Token) -> Condition:
    found = containing(glob_of(value).mapped(without_combining)).like()
    return of_note(lambda note: found(note.plain_text) or found(note.plain_sort_text))


def _without_clozes(value: Token) -> Condition:
    like = containing(glob_of(value)).like()

    def found(note: NoteFacts) -> bool:
        return like(note.text_without_clozes) or like(note.sort_text_without_clozes)

    # In Anki a minus reaches only as far as the kind of the note type: it finds the text in all others.
    return Condition(
        lambda note, _card: note.note_type.cloze and found(note),
        opposite=lambda note, _card: not note.note_type.cloze and found(note),
    )


def _words(value: Token) -> Condition:
    return _of_pattern(pattern_of(whole_words(glob_of(value).pieces)))


def _regex(value: Token) -> Condition:
    return _of_pattern(raw_pattern(value))


def _of_pattern(pattern: Pattern) -> Condition:
    if pattern.folded:
        return of_note(lambda note: pattern.found_in(note.folded_text))
    return of_note(lambda note: pattern.found_in(note.text))


def _note_type(value: Token) -> Condition:
    named = name_test(glob_of(value))
    return of_note(lambda note: named(note.note_type.name))


def _card(value: Token) -> Condition:
    if _POSITIVE_NUMBER.fullmatch(value.text) and int(value.text) <= _MAX_ORD:
        wanted = max(1, int(value.text)) - 1
        return of_card(lambda _note, card: card.ord == wanted)
    named = name_test(glob_of(value))

    def is_named(note: NoteFacts, card: CardFacts) -> bool:
        templates = note.note_type.templates
        # The cards of a cloze note share one template, which Anki holds for the first one's.
        return card.ord < len(templates) and named(templates[card.ord].name)

    return of_card(is_named)


def _note_ids(value: Token) -> Condition:
    wanted = _ids(value)
    return of_note(lambda note: note.id in wanted)


def _card_ids(value: Token) -> Condition:
    wanted = _ids(value)
    return of_card(lambda _note, card: card.id in wanted)


def _ids(value: Token) -> frozenset[int]:
    if not _IDS.fullmatch(value.text):
        value.fail("ids are numbers with commas between them, without spaces", "such as nid:1700000000000")
    return frozenset(map(int, value.text.split(",")))


def _note_type_id(value: Token) -> Condition:
    wanted = _whole_number(value)
    return of_note(lambda note: note.note_type.id == wanted)


def _duplicates(value: Token) -> Condition:
    type_id, comma, _text = value.text.partition(",")
    if not comma:
        value.fail("this takes the id of a note type, a comma and a text", "such as dupe:1700000000000,word")
    wanted = _whole_number(value.part(0, len(type_id)))
    written = unicodedata.normalize("NFC", value.text[len(type_id) + 1 :])
    text = without_html(_ESCAPED.sub(r"\1", written))
    return of_note(lambda note: note.note_type.id == wanted and without_html(note.fields[0]) == text)


def _whole_number(value: Token) -> int:
    if not _WHOLE_NUMBER.fullmatch(value.text) or not -(2**63) <= int(value.text) < 2**63:
        value.fail("an id is a whole number", "such as mid:1700000000000")
    return int(value.text)


SEARCHES: dict[str, Callable[[Token], Condition]] = {
    "tag": tag_condition,
    "deck": deck_condition,
    "note": _note_type,
    "card": _card,
    "re": _regex,
    "nc": _without_combining,
    "sc": _without_clozes,
    "w": _words,
    "nid": _note_ids,
    "cid": _card_ids,
    "mid": _note_type_id,
    "dupe": _duplicates,
}
