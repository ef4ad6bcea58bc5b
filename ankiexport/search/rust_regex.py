r"""Regular expressions as Anki has them (Rust's regex crate), turned into those of Python.

The two look alike and differ in much: `\w`, `\s` and `\b`, letter case, `$`, classes with set
operations. So an expression is read, refused where Rust's crate refuses it, and written anew in
a form that leaves Python no choice: no flags, and each class spelt out.
"""

import re
from dataclasses import dataclass, field, replace
from functools import cache

from ankiexport.search.char_classes import word_chars
from ankiexport.search.charset import CharSet
from ankiexport.search.regex_class import MAX_DEPTH, read_class
from ankiexport.search.regex_reader import Reader, RegexError, read_escape, unknown_escape
from ankiexport.search.regex_tree import Chars, Group, Node, Pattern, Repeated, Verbatim, WordEdge

_LIMIT_OF_TIMES = 100_000
# What each boundary asks of the characters before and after it, {w} being a word's.
_BOUNDARIES = {
    "B": "(?:(?<={w})(?={w})|(?<!{w})(?!{w}))",
    "<": "(?<!{w})(?={w})", ">": "(?<={w})(?!{w})", "start": "(?<!{w})(?={w})", "end": "(?<={w})(?!{w})",
    "start-half": "(?<!{w})", "end-half": "(?!{w})",
}  # fmt: skip
_FOREIGN_FLAGS = {"x": "spaces that mean nothing", "R": r"lines that end in \r", "u": "matching of bytes"}
_LOOK_AROUND = ("?=", "?!", "?<=", "?<!")


@dataclass(frozen=True, slots=True)
class _Flags:
    any_case: bool = False
    multi_line: bool = False
    dot_all: bool = False


@dataclass(slots=True)
class _Seen:
    """What is true of the whole expression; `any_case`: letter case matters nowhere."""

    any_case: bool = True
    names: set[str] = field(default_factory=set)


@cache
def compile_regex(text: str, *, any_case: bool = True) -> Pattern:
    """Return a regular expression made ready; letter case does not matter at first, as in Anki.

    Raises `RegexError`.
    """
    reader, seen = Reader(text), _Seen()
    tree = _read_group(reader, _Flags(any_case=any_case), seen, 0)
    if reader.char:
        reader.fail('a ")" closes no group', r"write \) for the bracket itself")
    try:
        regex = re.compile(tree.written(folded=seen.any_case))
    except (re.error, RecursionError, OverflowError) as error:
        raise RegexError(0, f"this is too much for Python ({error})", understood_by_anki=True) from error
    return Pattern(regex, seen.any_case, tree.required(folded=seen.any_case))


def _read_group(reader: Reader, flags: _Flags, seen: _Seen, depth: int) -> Group:
    """Read alternatives up to the end, or up to the bracket that closes them."""
    if depth > MAX_DEPTH:
        reader.unsupported("the groups are nested too deep")
    rows: list[list[Node]] = [[]]
    repeatable = False
    while reader.char and reader.char != ")":
        if reader.starts("?", "*", "+", "{"):
            if not repeatable:
                advice = rf"write \{reader.char} for the character itself"
                reader.fail(f'there is nothing before "{reader.char}" that it could repeat', advice)
            rows[-1].append(Repeated(rows[-1].pop(), _read_times(reader)))
            continue
        if reader.accept("|"):
            rows.append([])
            repeatable = False
            continue
        found = _read_part(reader, flags, seen, depth)
        repeatable = not isinstance(found, _Flags)
        if isinstance(found, _Flags):
            flags = found
        else:
            rows[-1].append(found)
    return Group(tuple(map(tuple, rows)))


def _read_part(reader: Reader, flags: _Flags, seen: _Seen, depth: int) -> Node | _Flags:
    if reader.char == "[":
        return _chars(read_class(reader, any_case=flags.any_case), flags, seen)
    if reader.char == "(":
        return _read_bracket(reader, flags, seen, depth)
    char = reader.take()
    if char == "\\":
        return _read_backslash(reader, flags, seen)
    special = {
        "^": "(?m:^)" if flags.multi_line else r"\A",
        "$": "(?m:$)" if flags.multi_line else r"\Z",
        ".": r"[\s\S]" if flags.dot_all else r"[^\n]",
    }
    return Verbatim(special[char]) if char in special else _chars(CharSet.chars(char), flags, seen)


def _chars(chars: CharSet, flags: _Flags, seen: _Seen) -> Chars:
    variants = chars.with_case_variants()
    if not flags.any_case and variants != chars:
        seen.any_case = False
    return Chars(variants if flags.any_case else chars)


def _read_backslash(reader: Reader, flags: _Flags, seen: _Seen) -> Node:
    if reader.accept("A"):
        return Verbatim(r"\A")
    if reader.accept("z"):
        return Verbatim(r"\Z")
    if reader.char and reader.char in "bB<>":
        name = reader.take()
        name = (_special_boundary(reader) if name == "b" else "") or name
        if name == "b":
            return WordEdge()
        return Verbatim(f"(?:{_BOUNDARIES[name].format(w=word_chars().pattern())})")
    found = read_escape(reader, any_case=flags.any_case)
    if found is None:
        unknown_escape(reader)
    if isinstance(found, str):
        return _chars(CharSet.chars(found), flags, seen)
    return _chars(found, flags, seen)


def _special_boundary(reader: Reader) -> str:
    r"""Read the braces of `\b{start}`; braces that count are left alone."""
    following = reader.text[reader.at + 1 : reader.at + 2]
    if reader.char != "{" or (
        following and not (following.isascii() and following.isalpha()) and following != "-"
    ):
        return ""
    start = reader.at
    reader.take()
    name = reader.take_until("}", r"the brace after \b")
    if name not in _BOUNDARIES or len(name) < 2:
        known = ", ".join(word for word in _BOUNDARIES if len(word) > 1)
        reader.fail(f'there is no boundary "{name}"', f"there are: {known}", at=start)
    return name


def _read_times(reader: Reader) -> str:
    start, sign = reader.at, reader.take()
    if sign == "{":
        low, comma, high = reader.take_until("}", "the count").partition(",")
        counts = [part.strip() for part in ([low, high] if high.strip() else [low])]
        if not all(count.isascii() and count.isdigit() for count in counts):
            reader.fail(
                "a count takes numbers, such as {2} or {2,5}", r"write \{ for the brace itself", at=start
            )
        least, most = int(counts[0]), int(counts[-1])
        if least > most:
            reader.fail(f"the count goes from {least} down to {most}", at=start)
        if most > _LIMIT_OF_TIMES:
            reader.unsupported(f"nothing is repeated more than {_LIMIT_OF_TIMES:,} times", at=start)
        sign = f"{{{least}{',' if comma else ''}{most if comma and high.strip() else ''}}}"
    # As few as possible instead of as many: what matches is the same.
    reader.accept("?")
    return sign


def _read_bracket(reader: Reader, flags: _Flags, seen: _Seen, depth: int) -> Node | _Flags:
    start = reader.at
    reader.take()
    if reader.starts(*_LOOK_AROUND):
        reader.fail("the expressions of Anki cannot look ahead or behind", at=start)
    inner = flags
    if reader.accept("?P<") or reader.accept("?<"):
        _read_name(reader, seen)
    elif reader.accept("?"):
        inner = _read_flags(reader, flags, start)
        if reader.accept(")"):
            return inner
        reader.take()
    group = _read_group(reader, inner, seen, depth + 1)
    if not reader.accept(")"):
        reader.fail("the group is not closed", r'add ")", or write \( for the bracket itself', at=start)
    return group


def _read_name(reader: Reader, seen: _Seen) -> None:
    start = reader.at
    name = reader.take_until(">", "the name of the group")
    if not all(char.isalnum() or char in "_.[]" for char in name) or not (
        name[:1].isalpha() or name[:1] == "_"
    ):
        reader.fail(f'"{name}" cannot be the name of a group', "names begin with a letter", at=start)
    if name in seen.names:
        reader.fail(f'two groups have the name "{name}"', at=start)
    seen.names.add(name)


def _read_flags(reader: Reader, flags: _Flags, start: int) -> _Flags:
    """Read the flags of a group, up to the colon or bracket after them."""
    on, given = True, ""
    while reader.char and reader.char not in ":)":
        char = reader.take()
        if char in given or char not in "imsUuxR-":
            reader.fail(f'"{char}" is no flag here', "the flags are i, m, s and U", at=reader.at - 1)
        given += char
        if char == "-":
            on = False
        elif char in _FOREIGN_FLAGS and (on or char == "u") and (char != "u" or not on):
            reader.unsupported(f"{_FOREIGN_FLAGS[char]} are not understood here", at=reader.at - 1)
        elif char == "i":
            flags = replace(flags, any_case=on)
        elif char == "m":
            flags = replace(flags, multi_line=on)
        elif char == "s":
            flags = replace(flags, dot_all=on)
    if not reader.char:
        reader.fail("the group is not closed", r'add ")", or write \( for the bracket itself', at=start)
    if given.endswith("-") or (not given and reader.char == ")"):
        reader.fail("a flag is missing here", "such as (?i) or (?-i)")
    return flags
