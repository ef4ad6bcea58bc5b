"""The classes of characters that regular expressions name, as the regex crate of Rust defines them."""

import unicodedata
from collections.abc import Callable
from functools import cache

from ankiexport.search.charset import CharSet

# Letters with marks that are in no category of letters, though they have letter case.
_CIRCLED_LETTERS = ((0x24B6, 0x24E9), (0x1F130, 0x1F149), (0x1F150, 0x1F169), (0x1F170, 0x1F189))
_JOINERS = ((0x200C, 0x200D),)
_WORD_CATEGORIES = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "Pc"})
_SPACES = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000"
_WIDE_SPACES = ((0x2000, 0x200A),)

# Between these, whole planes are of one category.
_UNEVEN = (
    range(0x32400), range(0xDFFF0, 0xE0200), range(0xEFFF0, 0xF0010), range(0xFFFF0, 0x100010),
    range(0x10FFF0, 0x110000),
)  # fmt: skip

_CATEGORIES = {
    "L": "Letter", "Lu": "Uppercase_Letter", "Ll": "Lowercase_Letter", "Lt": "Titlecase_Letter",
    "LC": "Cased_Letter", "Lm": "Modifier_Letter", "Lo": "Other_Letter",
    "M": "Mark", "Mn": "Nonspacing_Mark", "Mc": "Spacing_Mark", "Me": "Enclosing_Mark",
    "N": "Number", "Nd": "Decimal_Number", "Nl": "Letter_Number", "No": "Other_Number",
    "P": "Punctuation", "Pc": "Connector_Punctuation", "Pd": "Dash_Punctuation",
    "Ps": "Open_Punctuation", "Pe": "Close_Punctuation", "Pi": "Initial_Punctuation",
    "Pf": "Final_Punctuation", "Po": "Other_Punctuation",
    "S": "Symbol", "Sm": "Math_Symbol", "Sc": "Currency_Symbol", "Sk": "Modifier_Symbol",
    "So": "Other_Symbol",
    "Z": "Separator", "Zs": "Space_Separator", "Zl": "Line_Separator", "Zp": "Paragraph_Separator",
    "C": "Other", "Cc": "Control", "Cf": "Format", "Co": "Private_Use", "Cn": "Unassigned",
}  # fmt: skip
_EXTRA_NAMES = {"digit": "Nd", "punct": "P", "cntrl": "Cc", "combiningmark": "M"}

_ASCII = {
    "alnum": "09AZaz", "alpha": "AZaz", "ascii": "\0\x7f", "blank": "\t\t  ", "cntrl": "\0\x1f\x7f\x7f",
    "digit": "09", "graph": "!~", "lower": "az", "print": " ~", "punct": "!/:@[`{~",
    "space": "\t\r  ", "upper": "AZ", "word": "09AZaz__", "xdigit": "09AFaf",
}  # fmt: skip


@cache
def word_chars() -> CharSet:
    r"""Return what `\w` matches: letters, marks, decimal digits, connectors and joiners."""
    return _in_categories(_WORD_CATEGORIES.__contains__) | CharSet.of((*_CIRCLED_LETTERS, *_JOINERS))


@cache
def digits() -> CharSet:
    r"""Return what `\d` matches."""
    return _in_categories("Nd".__eq__)


@cache
def spaces() -> CharSet:
    r"""Return what `\s` matches."""
    return CharSet.chars(_SPACES) | CharSet.of(_WIDE_SPACES)


def ascii_class(name: str) -> CharSet | None:
    """Return a class such as `[:alpha:]`, or None when there is none of that name."""
    ends = _ASCII.get(name)
    if ends is None:
        return None
    return CharSet.of((ord(low), ord(high)) for low, high in zip(ends[::2], ends[1::2], strict=True))


def unicode_class(name: str) -> CharSet | None:
    r"""Return what `\p{name}` matches, or None when it is no general category."""
    return _unicode_class(_loose(name))


@cache
def _unicode_class(name: str) -> CharSet | None:
    if name in {"any", "ascii"}:
        return CharSet(((0, 0x10FFFF if name == "any" else 0x7F),))
    if name == "assigned":
        return ~_in_categories("Cn".__eq__)
    short = _short_names().get(name)
    if short == "LC":
        return _in_categories({"Lu", "Ll", "Lt"}.__contains__)
    return _in_categories(lambda category: category.startswith(short)) if short else None


@cache
def _short_names() -> dict[str, str]:
    names = {long.replace("_", "").lower(): short for short, long in _CATEGORIES.items()}
    return {**names, **{short.lower(): short for short in _CATEGORIES}, **_EXTRA_NAMES}


def _loose(name: str) -> str:
    """Return a name as Unicode compares names: without letter case, spaces, `_`, `-` and a leading "is"."""
    plain = "".join(char for char in name if char not in " \t\n\v\f\r_-" and char.isascii()).lower()
    return plain.removeprefix("is") if plain != "isc" else plain


def _in_categories(wanted: Callable[[str], bool]) -> CharSet:
    return CharSet.of((low, high) for low, high, category in _runs() if wanted(category))


@cache
def _runs() -> tuple[tuple[int, int, str], ...]:
    """Return all characters in runs of one category."""
    runs: list[tuple[int, int, str]] = []
    start, current = 0, unicodedata.category("\0")
    for uneven in _UNEVEN:
        for code in uneven:
            category = unicodedata.category(chr(code))
            if category != current:
                runs.append((start, code - 1, current))
                start, current = code, category
    runs.append((start, 0x10FFFF, current))
    return tuple(runs)
