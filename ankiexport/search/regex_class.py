"""The classes in brackets of a regular expression, with the set operations that Rust's regex crate has."""

from ankiexport.search.char_classes import ascii_class
from ankiexport.search.charset import CharSet
from ankiexport.search.regex_reader import Reader, read_escape, unknown_escape

_OPERATIONS = {"&&": CharSet.__and__, "--": CharSet.__sub__, "~~": CharSet.__xor__}
MAX_DEPTH = 100


def read_class(reader: Reader, *, any_case: bool, depth: int = 0) -> CharSet:
    """Read a class from its opening bracket to the closing one; `any_case` adds the other letter case."""
    start = reader.at
    if depth > MAX_DEPTH:
        reader.fail("the classes are nested too deep")
    reader.take()
    negated = reader.accept("^")
    current = CharSet()
    while reader.accept("-"):
        current |= CharSet.chars("-")
    if reader.char == "]" and not current.ranges:
        current = CharSet.chars(reader.take())
    left: CharSet | None = None
    operation = ""
    while not reader.accept("]"):
        if not reader.char:
            reader.fail("the class is not closed", r'add "]", or write \[ for the bracket itself', at=start)
        if reader.starts(*_OPERATIONS):
            left = current if left is None else _OPERATIONS[operation](left, current)
            operation, current = reader.take(2), CharSet()
            continue
        found = _item(reader, any_case=any_case, depth=depth)
        current |= found.with_case_variants() if any_case else found
    chars = current if left is None else _OPERATIONS[operation](left, current)
    return ~chars if negated else chars


def _item(reader: Reader, *, any_case: bool, depth: int) -> CharSet:
    if reader.char == "[":
        return _named(reader, any_case=any_case) or read_class(reader, any_case=any_case, depth=depth + 1)
    start = reader.at
    low = _single(reader, any_case=any_case)
    if reader.char != "-" or reader.text[reader.at + 1 : reader.at + 2] in {"]", "-", ""}:
        return CharSet.chars(low) if isinstance(low, str) else low
    reader.take()
    high = _single(reader, any_case=any_case)
    if not isinstance(low, str) or not isinstance(high, str):
        reader.fail("a range goes from one character to another, not to a class", at=start)
    if low > high:
        reader.fail(f'the range "{low}-{high}" goes backwards', f'write "{high}-{low}"', at=start)
    return CharSet(((ord(low), ord(high)),))


def _named(reader: Reader, *, any_case: bool) -> CharSet | None:
    end = reader.text.find(":]", reader.at)
    if not reader.starts("[:") or end < 0:
        return None
    name = reader.text[reader.at + 2 : end]
    chars = ascii_class(name.removeprefix("^"))
    if chars is not None:
        reader.at = end + 2
        # As with properties: what is negated has both letter cases.
        chars = chars.with_case_variants() if any_case else chars
        return ~chars if name.startswith("^") else chars
    return None


def _single(reader: Reader, *, any_case: bool) -> str | CharSet:
    if reader.char != "\\":
        return reader.take()
    reader.take()
    found = read_escape(reader, any_case=any_case)
    if found is None:
        unknown_escape(reader)
    return found
