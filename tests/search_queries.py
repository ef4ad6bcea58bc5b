"""Searches for Hypothesis to draw: right ones, odd ones and broken ones, about what a bank really has."""

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from hypothesis import strategies as st

from ankiexport.search import NoteFacts

T = TypeVar("T")

_SPECIAL = re.compile(r'([\\":*_()\-])')
_NEEDS_QUOTES = re.compile(r"[\s()]")

_ODD = [
    "*", "_", "**", "\\*", "\\_", "\\\\", '\\"', "\\:", "\\(", "\\)", "\\-", "(", ")", '"', ":", "-", "%", ".", "\\q",
    " ", "\t", "\u3000", "\u0301", "&", "'", "[", "$",
]  # fmt: skip
_BROKEN = [
    "or", "and", "OR", "And", "(", ")", "()", '"', '""', "-", "--a", "-or", "-and", "\\", "a\\", "a:\\", ":", "a:",
    '"a:\\"', 'tag:""', 'a:"b c"', '"a":b', 'a:b:"c"', "-(a or b)", "nid:", "nid:1,", "nid:x", "mid:", "mid:1,2",
    "dupe:1", "dupe:x,y", "cid:1,a", "-)", "(-)", "- a", "'a b'",
]  # fmt: skip
_CARDS = ["01", "+2", "-1", "1.0", "65535", "65536", "1x"]
_ATOMS = [
    "a", "b", "e", "K", "1", ".", "\\b", "\\B", "\\w", "\\W", "\\d", "\\s", "\\S", "[a-f]", "[^a]", "[[:alpha:]]",
    "[a-z&&[^e]]", "(?:ab|foo)", "(foo)", "(?P<n>o)", "(?i)", "(?s)", "(?m)", "\\p{L}", "\\PL", "\\p{Lu}", "^", "$",
    "|", "\\*", "\\(", '\\"', "é", "É", "ſ", "ß", "foo", "bar", "::", "\\.", "\\n", "\\x1f", "\\u{e9}", "\\<", "\\>",
    "\\b{start}", "\u0301", "(?-i)", "(?-i:K)", "[a-z--b]", "[ab~~bc]", "[^[:^alnum:]]", "[[a-c]1]", "\\p{gc=Ll}", "\\p{ASCII}",
    "\\P{Assigned}", "\\p{LC}", "\\p{gc!=L}", "\\x{2a}", "(?U)", "\\b{end-half}",
]  # fmt: skip
_BROKEN_ATOMS = [
    "[", "(", ")", "*", "+", "{", "{2", "\\q", "\\1", "(?=a)", "(?<!a)", "[b-a]", "(?P<1>a)", "\\p{Nope}",
]  # fmt: skip


class Material:
    """What there is to ask about: all sorted, so that the same searches come in every run."""

    def __init__(self, notes: Sequence[NoteFacts], words: Sequence[str]) -> None:
        """Gather the names and texts of some notes, and words that occur in them."""
        types = {note.note_type.id: note.note_type for note in notes}.values()
        decks = {card.deck for note in notes for card in note.cards}
        texts = {text for note in notes for text in note.fields}
        self.words = words
        self.texts = sorted(texts - {""})
        self.short_texts = sorted(text for text in texts if len(text) < 80)
        self.first_texts = [note.fields[0] for note in notes]
        self.tags = sorted({tag for note in notes for tag in note.tags})
        self.decks = sorted({deck[: end.start()] for deck in decks for end in re.finditer("::|$", deck)})
        self.note_types = sorted(note_type.name for note_type in types)
        self.templates = sorted({template.name for note_type in types for template in note_type.templates})
        self.fields = sorted({name for note_type in types for name in note_type.field_names})
        self.note_ids = [str(note.id) for note in notes]
        self.card_ids = [str(card.id) for note in notes for card in note.cards]
        self.type_ids = sorted(str(note_type.id) for note_type in types)


def escaped(text: str) -> str:
    """Return a text in which nothing has a meaning of its own."""
    return _SPECIAL.sub(r"\\\1", text)


@st.composite
def queries(draw: st.DrawFn, material: Material, *, letter_case_of_tags: bool = True) -> str:
    """Return a search about some notes."""
    return _Author(draw, material, letter_case_of_tags=letter_case_of_tags).query(0)


class _Author:
    """Writes one search, drawing each choice from Hypothesis."""

    def __init__(self, draw: st.DrawFn, material: Material, *, letter_case_of_tags: bool) -> None:
        self._draw = draw
        self._has = material
        self._letter_case_of_tags = letter_case_of_tags

    def query(self, depth: int) -> str:
        kind = self._number(9) if depth < 3 else 0
        if kind < 6:
            return self._written_term()
        if kind < 8:
            joint = self._one_of([" ", " ", " or ", " and ", " OR ", "  ", "\u3000"])
            return joint.join(self.query(depth + 1) for _ in range(2 + self._number(1)))
        if kind < 9:
            return f"{self._one_of(['', '-'])}({self.query(depth + 1)})"
        return self._damaged(self.query(depth + 1), '"():-\\*_ ')

    def _written_term(self) -> str:
        """Return a term, in quotes where it would fall apart, and sometimes where it would not."""
        term, minus, quoting = self._term(), self._one_of(["", "", "", "-"]), self._number(5)
        if quoting and not _NEEDS_QUOTES.search(term):
            return minus + term
        key, colon, value = term.partition(":")
        return f'{minus}{key}:"{value}"' if colon and quoting % 2 else f'{minus}"{term}"'

    def _term(self) -> str:
        kinds: list[Callable[[], str]] = [
            self._text,
            self._text,
            lambda: f"{self._name(self._has.fields)}:{self._field_value()}",
            lambda: f"{self._name(self._has.fields)}:{self._field_value()}",
            lambda: f"tag:{self._tag()}",
            lambda: f"tag:{self._tag()}",
            lambda: f"deck:{self._one_of([self._name(self._has.decks), self._text()])}",
            lambda: f"note:{self._one_of([self._name(self._has.note_types), self._text()])}",
            lambda: f"card:{self._one_of([self._name(self._has.templates), str(self._number(4)), *_CARDS])}",
            lambda: f"{self._one_of(['re:', 'RE:'])}{self._regex()}",
            lambda: f"{self._one_of(['nc:', 'w:', 'sc:'])}{self._text()}",
            self._ids,
            lambda: self._one_of(_BROKEN),
        ]
        return self._one_of(kinds)()

    def _text(self) -> str:
        """Return a text that mostly occurs in fields, with wildcards and escapes in between."""
        return "".join(self._piece() for _ in range(1 + self._number(2)))

    def _piece(self) -> str:
        kind = self._number(4)
        if kind == 0:
            return self._one_of(_ODD)
        if kind == 1:
            return self._one_of(self._has.words)
        if kind == 2:
            return escaped(self._one_of(self._has.words))
        text = self._one_of(self._has.texts)
        start = self._number(len(text) - 1)
        return escaped(text[start : start + 1 + self._number(7)])

    def _name(self, names: Sequence[str]) -> str:
        """Return a name as it is, in another letter case, or with wildcards in it."""
        name, kind = self._one_of(names), self._number(5)
        if kind == 0:
            return escaped(name)
        if kind == 1:
            return name.swapcase()
        if kind == 2:
            return self._damaged(name, ["*", "_", "\\_", "**", ":"])
        if kind == 3:
            end = self._one_of(["*", "_*", "::*", "::_", "::"])
            return name[: self._number(len(name))] + end
        if kind == 4:
            return self._one_of(["*", "_*", "*_", "**", "*e*", "*a*", "*t", "_____*", "nope"])
        return name

    def _field_value(self) -> str:
        kind = self._number(7)
        short = self._one_of(self._has.short_texts)
        if kind == 0:
            return self._one_of(["", "*", "_*", "*_", "_", "__"])
        if kind == 1:
            return f"*{self._text()}*"
        if kind == 2:
            return f"{self._one_of(['nc:', 'w:'])}{self._one_of([self._text(), escaped(short)])}"
        if kind == 3:
            return f"re:{self._regex()}"
        if kind == 4:
            return self._text()
        return escaped(short) if kind < 7 else short

    def _tag(self) -> str:
        kind = self._number(6)
        if kind == 0:
            return self._one_of(["none", "None", "*", "_*", "nc:*", "nc:none", "re:", "nc:"])
        if kind == 1:
            return f"nc:{self._name(self._has.tags)}"
        if kind == 2:
            regex = self._regex()
            return f"re:{regex if self._letter_case_of_tags else regex.replace('(?-i', '(?i')}"
        return self._name(self._has.tags) if kind < 6 else self._text()

    def _regex(self) -> str:
        """Return a regular expression that no text can keep busy: only one part of it repeats without end."""
        endless = self._one_of(["", "", "a*", ".*", "[^<]+", "\\w+?", "\\s*", "e{2,}"])
        broken = self._one_of(["", "", "", "", "", *_BROKEN_ATOMS])
        return self._atoms() + endless + self._atoms() + broken

    def _atoms(self) -> str:
        return "".join(
            self._one_of(_ATOMS) + self._one_of(["", "", "", "?", "{2}", "{0,2}", "??"])
            for _ in range(self._number(2))
        )

    def _ids(self) -> str:
        kind = self._number(3)
        if kind == 0:
            return f"mid:{self._one_of(self._has.type_ids)}"
        if kind == 1:
            text = self._one_of([*self._has.first_texts, *self._has.words])
            return f"dupe:{self._one_of(self._has.type_ids)},{self._one_of([text, escaped(text)])}"
        key, ids = ("nid", self._has.note_ids) if kind == 2 else ("cid", self._has.card_ids)
        return f"{key}:{','.join(self._one_of(ids) for _ in range(1 + self._number(2)))}"

    def _damaged(self, text: str, by: Sequence[str]) -> str:
        place = self._number(len(text))
        return text[:place] + self._one_of(by) + text[place + 1 :]

    def _one_of(self, choices: Sequence[T]) -> T:
        return choices[self._number(len(choices) - 1)]

    def _number(self, most: int) -> int:
        return self._draw(st.integers(0, most))
