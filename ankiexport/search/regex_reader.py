"""What the readers of a regular expression share: its characters, escapes, and what is wrong with it."""

from dataclasses import dataclass
from string import hexdigits
from typing import NoReturn

from ankiexport.search.char_classes import digits, spaces, unicode_class, word_chars
from ankiexport.search.charset import CharSet

# A backslash before these means the character itself, as before most of ASCII.
_NEVER_ESCAPED = frozenset("<>")
_CONTROLS = {"a": "\a", "f": "\f", "t": "\t", "n": "\n", "r": "\r", "v": "\v"}
_HEX_DIGITS = {"x": 2, "u": 4, "U": 8}
_PERL = {"d": digits, "s": spaces, "w": word_chars}


class RegexError(Exception):
    """A regular expression that Anki refuses, or that is not understood here; `at` is an offset in it."""

    def __init__(self, at: int, message: str, advice: str = "", *, understood_by_anki: bool = False) -> None:
        """Keep the parts for the one who knows where the expression stands."""
        super().__init__(message)
        self.at = at
        self.message = message
        self.advice = advice
        self.understood_by_anki = understood_by_anki


@dataclass(slots=True)
class Reader:
    """A regular expression, and how far it has been read."""

    text: str
    at: int = 0

    @property
    def char(self) -> str:
        """The next character; empty at the end."""
        return self.text[self.at : self.at + 1]

    def starts(self, *prefixes: str) -> bool:
        """Tell whether one of these comes next."""
        return self.text.startswith(prefixes, self.at)

    def take(self, size: int = 1) -> str:
        """Return the next characters and go past them."""
        taken = self.text[self.at : self.at + size]
        self.at += size
        return taken

    def accept(self, word: str) -> bool:
        """Go past a word if it comes next; tell whether it did."""
        found = self.text.startswith(word, self.at)
        self.at += len(word) if found else 0
        return found

    def take_until(self, end: str, what: str) -> str:
        """Return what stands before `end` and go past that."""
        place = self.text.find(end, self.at)
        if place < 0:
            self.fail(f"{what} is not closed", f'add "{end}"')
        taken = self.text[self.at : place]
        self.at = place + len(end)
        return taken

    def fail(self, message: str, advice: str = "", *, at: int | None = None) -> NoReturn:
        """Refuse what Anki refuses."""
        raise RegexError(self.at if at is None else at, message, advice)

    def unsupported(self, message: str, advice: str = "", *, at: int | None = None) -> NoReturn:
        """Refuse what Anki would understand."""
        raise RegexError(self.at if at is None else at, message, advice, understood_by_anki=True)


def read_escape(reader: Reader, *, any_case: bool) -> str | CharSet | None:
    """Read what follows a backslash: a character or a class; None, with nothing read, when it is neither.

    `any_case` adds the other letter case to a property, which has to be done before it is negated.
    """
    start = reader.at - 1
    char = reader.char
    if not char:
        reader.fail("the expression ends in a backslash", r"write \\ for a backslash", at=start)
    if char.isascii() and char.isdigit():
        reader.fail("the expressions of Anki have no references to groups", at=start)
    if char in _HEX_DIGITS:
        return _hexadecimal(reader)
    if char in _CONTROLS:
        reader.take()
        return _CONTROLS[char]
    if char.lower() in _PERL:
        reader.take()
        found = _PERL[char.lower()]()
        return ~found if char.isupper() else found
    if char in "pP":
        return _property(reader, any_case=any_case)
    if char.isascii() and not char.isalnum() and char not in _NEVER_ESCAPED:
        return reader.take()
    return None


def unknown_escape(reader: Reader) -> NoReturn:
    """Refuse a backslash that means nothing."""
    message = rf"the escape \{reader.char} means nothing in an expression"
    reader.fail(message, r"write \\ for a backslash", at=reader.at - 1)


def _hexadecimal(reader: Reader) -> str:
    start = reader.at - 1
    size = _HEX_DIGITS[reader.take()]
    if reader.accept("{"):
        number = reader.take_until("}", "the number of a character")
    else:
        number = reader.take(size).ljust(size, "?")
    if not number or not all(char in hexdigits for char in number):
        reader.fail(
            "the number of a character takes hexadecimal digits", r"such as \x41 or \u{1F600}", at=start
        )
    code = int(number, 16)
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        reader.fail(f"there is no character with the number {number}", at=start)
    return chr(code)


def _property(reader: Reader, *, any_case: bool) -> CharSet:
    start = reader.at - 1
    negated = reader.take() == "P"
    name = reader.take_until("}", "a property") if reader.accept("{") else reader.take()
    # Rust's crate reads != and takes it for =.
    for sign in ("!=", "=", ":"):
        key, found, value = name.partition(sign)
        if found:
            name = value if _is_category_key(key) else name
            break
    chars = unicode_class(name) if name else None
    if chars is None:
        message = f'the property "{name}" is not known here'
        reader.unsupported(message, r"only general categories are, such as \p{L} or \p{Lu}", at=start)
    chars = chars.with_case_variants() if any_case else chars
    return ~chars if negated else chars


def _is_category_key(key: str) -> bool:
    return key.replace("_", "").replace(" ", "").replace("-", "").lower() in {"gc", "generalcategory"}
