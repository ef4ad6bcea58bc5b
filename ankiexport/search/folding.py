"""Letter case and accents as Anki compares them, which differs from search to search.

Words and fields compare as SQLite's LIKE does, where only A to Z have letter case. Regular
expressions fold by Unicode's simple folding, names of note types and card templates by its
full one.
"""

import unicodedata
from functools import cache

# Letters that do not decompose, and what Anki takes for their base.
_BASES = {
    "Æ": "AE", "Ð": "D", "Ø": "O", "Þ": "TH", "ß": "s", "æ": "ae", "ð": "d", "ø": "o", "þ": "th",
    "Đ": "D", "đ": "d", "Ħ": "H", "ħ": "h", "ı": "i", "ĸ": "k", "Ł": "L", "ł": "l", "Ŋ": "N",
    "ŋ": "n", "Œ": "OE", "œ": "oe", "Ŧ": "T", "ŧ": "t", "Ə": "E", "ǝ": "e", "ɑ": "a", "€": "E",
}  # fmt: skip

# Since Unicode 15.1 these fold, which older Pythons do not know.
_LATE = {"\ufb05": "\ufb06", "\u1fd3": "\u0390", "\u1fe3": "\u03b0"}

# No letter with case lies beyond, nor a combining character, but for the variation selectors.
_TWO_PLANES = range(0x20000)
_VARIATION_SELECTORS = range(0xE0100, 0xE01F0)


def ascii_lower(text: str) -> str:
    """Return a text with A to Z in lower case, and nothing else changed."""
    # Letter case of bytes is ASCII's, and much faster than a table.
    return text.lower() if text.isascii() else text.encode().lower().decode()


def fold_char(char: str) -> str:
    """Return the simple case folding of a character, which is one character."""
    if char in _LATE:
        return _LATE[char]
    for folded in (char.casefold(), char.lower()):
        if len(folded) == 1:
            return folded
    return char


def fold(text: str) -> str:
    """Return a text with each character folded; its length stays."""
    folded = text.casefold()
    # Full folding differs from simple folding only where it makes more of one character.
    return folded if len(folded) == len(text) else "".join(map(fold_char, text))


@cache
def case_variants() -> dict[str, frozenset[str]]:
    """Return, for each character that has letter case, all that fold to the same, itself included."""
    groups: dict[str, set[str]] = {}
    for char in map(chr, _TWO_PLANES):
        folded = fold_char(char)
        if folded != char:
            groups.setdefault(folded, {folded}).add(char)
    return {char: frozenset(group) for group in groups.values() for char in group}


def name_key(name: str) -> str:
    """Return what is equal for names that Anki holds for the same."""
    # Anki knows no foldings that make three characters of one.
    return "".join(folded if len(folded := char.casefold()) < 3 else char for char in name)


def without_combining(text: str) -> str:
    """Return a text without accents and other combining characters, as `nc:` compares it."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFKD", text).translate(_combining())


@cache
def _combining() -> dict[int, str | None]:
    table: dict[int, str | None] = {ord(char): base for char, base in _BASES.items()}
    marks = (code for code in _TWO_PLANES if unicodedata.category(chr(code)).startswith("M"))
    return {**table, **dict.fromkeys(marks), **dict.fromkeys(_VARIATION_SELECTORS)}
