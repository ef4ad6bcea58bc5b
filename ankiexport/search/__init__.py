r"""Anki's search language, answered from a bank.

    search   = [any]
    any      = all {"or" all}
    all      = one {["and"] one}
    one      = ["-"] ("(" any ")" | term)
    term     = word | '"' text '"' | key ":" '"' text '"'
    word     = characters but spaces, quotes and brackets, which a backslash lets in
    text     = characters but quotes, which a backslash lets in

The first colon of a term, unless a backslash stands before it, ends its key: one of `tag`, `deck`,
`note`, `card`, `re`, `nc`, `sc`, `w`, `nid`, `cid`, `mid`, `dupe`, or the name of a field. In texts
`*` stands for any characters and `_` for one; behind `re:` all is raw.

`docs/search.md` tells what each of them finds. `tests/test_search_in_anki.py` compares with Anki.
"""

from dataclasses import dataclass

from ankiexport.search.conditions import Condition
from ankiexport.search.errors import SearchError
from ankiexport.search.facts import CardFacts, NoteFacts, facts_of
from ankiexport.search.grammar import condition_of
from ankiexport.search.terms import term_condition
from ankiexport.search.tokens import tokens

__all__ = ["CardFacts", "NoteFacts", "Search", "SearchError", "facts_of", "parse"]

_NO_CARD = CardFacts(0, 0, "")


@dataclass(frozen=True, slots=True)
class Search:
    """A search made ready; `query` is how it was written."""

    query: str
    condition: Condition

    def matches(self, note: NoteFacts) -> bool:
        """Tell whether a note is found: one of its cards satisfies the whole search."""
        if self.condition.by_card:
            return any(self.condition.test(note, card) for card in note.cards)
        return self.condition.test(note, _NO_CARD)

    def ords(self, note: NoteFacts) -> tuple[int, ...]:
        """Return which cards of a note are found."""
        if self.condition.by_card:
            return tuple(card.ord for card in note.cards if self.condition.test(note, card))
        return tuple(card.ord for card in note.cards) if self.condition.test(note, _NO_CARD) else ()


def parse(query: str) -> Search:
    """Return a search made ready. Raises `SearchError`."""
    return Search(query, condition_of(tokens(query), term_condition))
