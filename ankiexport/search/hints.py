"""Why a search finds nothing: the names in it that no note bears, which are mostly typos."""

from collections.abc import Callable, Iterator, Sequence

from ankiexport.diagnostics import did_you_mean
from ankiexport.search.conditions import Condition
from ankiexport.search.facts import CardFacts, NoteFacts
from ankiexport.search.fields import meant_fields
from ankiexport.search.terms import SEARCHES, term_condition
from ankiexport.search.tokens import Kind, Token, tokens

# By the word before the colon: what it names, and all names of that kind on a note.
_NAMED: dict[str, tuple[str, Callable[[NoteFacts], Sequence[str]]]] = {
    "tag": ("tag", lambda note: note.tags),
    "deck": ("deck", lambda note: [card.deck for card in note.cards]),
    "note": ("note type", lambda note: [note.note_type.name]),
    "card": ("card template", lambda note: [template.name for template in note.note_type.templates]),
}


def hints(query: str, notes: Sequence[NoteFacts]) -> Iterator[str]:
    """Yield a sentence for each name in a right search that no note bears."""
    for token in tokens(query):
        if token.kind is not Kind.TERM:
            continue
        key, value = token.with_key()
        word = key.text.lower() if key else ""
        if key and word not in SEARCHES:
            yield from _field_hint(key, notes)
        elif word in _NAMED and not _finds(term_condition(token), notes):
            kind, names_of = _NAMED[word]
            names = {name for note in notes for name in names_of(note)}
            yield _sentence(f'no {kind} is "{value.text}"', value.text, names)


def _field_hint(key: Token, notes: Sequence[NoteFacts]) -> Iterator[str]:
    types = {note.note_type.id: note.note_type for note in notes}.values()
    if not any(meant_fields(key, note_type) for note_type in types):
        names = {name for note_type in types for name in note_type.field_names}
        yield _sentence(f'no field is called "{key.text}"', key.text, names)


def _finds(condition: Condition, notes: Sequence[NoteFacts]) -> bool:
    no_card = CardFacts(-1, 0, "")
    return any(
        condition.test(note, card)
        for note in notes
        for card in (note.cards if condition.by_card else (no_card,))
    )


def _sentence(problem: str, wanted: str, names: set[str]) -> str:
    advice = did_you_mean(wanted, names)
    return f"{problem}; {advice}" if advice else problem
