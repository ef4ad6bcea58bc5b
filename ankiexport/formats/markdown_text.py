"""The parts that Markdown is written of: pieces of a line, blocks, and what keeps a character from meaning something."""

import re
import string
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import quote

# Around what a cloze hides, until each format puts its own marks there.
OPEN, CLOSE = "\ue000", "\ue001"

# An underscore within a word marks nothing.
_SPECIAL = re.compile(r"[\\`*$]|(?<![^\W_])_|_(?![^\W_])|~(?=~)|(?<=~)~|<(?=[A-Za-z/!?])|&(?=#?\w+;)")
_AT_START = re.compile(r"#{1,6}(?=\s|$)|[-+](?=[\s-]|$)|>|=|\d{1,9}(?=[.)](?:\s|$))")
_BRACKETS = re.compile(r"[\[\]\\`<&]")
_PUNCTUATION = re.compile(r"[^\w\s/.,()'\"]|_")
_FENCE = re.compile(r"^ *(`{3,}|~{3,})[ {.]*([\w+#-]+)[^\n]*\n(.*?)^ *\1", re.DOTALL | re.MULTILINE)


class UnwritableError(ValueError):
    """Something in a card cannot be said in the language of a format; the message names it."""


class Kind(StrEnum):
    """What kind of block it is, as far as it matters to what stands beside it."""

    TEXT = "text"
    LIST = "list"
    CODE = "code"
    OTHER = "other"


class Block(NamedTuple):
    """A block of Markdown, which blank lines may follow."""

    kind: Kind
    text: str


class Piece(NamedTuple):
    """Some Markdown within a line, and the marks that want to be around it."""

    text: str
    marks: str = ""


def languages_in(markdown: str) -> dict[str, str]:
    """Return the languages that fences name, by their code, which highlighted HTML no longer tells."""
    return {flat_code(code): language for _fence, language, code in _FENCE.findall(markdown)}


def joined(blocks: Sequence[Block]) -> str:
    """Return the Markdown of blocks, with blank lines where they are needed."""
    parts: list[str] = []
    for before, block in zip([None, *blocks], blocks, strict=False):
        if before and before.kind is block.kind is Kind.LIST:
            # Two lists would be one.
            parts.append("\n\n<!-- -->\n\n")
        elif before:
            # Only such a list can follow a paragraph without a blank line.
            is_close = (
                before.kind is Kind.TEXT and block.kind is Kind.LIST and re.match(r"(?:-|1\.) \S", block.text)
            )
            parts.append("\n" if is_close else "\n\n")
        parts.append(block.text)
    return "".join(parts)


def entities(text: str) -> str:
    """Return a text in which no character stands for itself that could mean something in Markdown."""
    return _PUNCTUATION.sub(lambda match: f"&#{ord(match[0])};", text)


def quoted(markdown: str) -> str:
    """Return Markdown as a quotation, which has no blank lines."""
    return "\n".join(f"> {line}".rstrip() for line in markdown.split("\n"))


def marked(before: Piece, piece: Piece, after: Piece) -> str:
    """Return a piece with its marks, which CommonMark reads as marks only beside certain characters."""
    if not piece.marks:
        return piece.text
    opens = piece.text[0].isalnum() or _ends_word(before.text[-1:])
    closes = piece.text[-1].isalnum() or _ends_word(after.text[:1])
    if (
        opens
        and closes
        and not before.marks
        and not after.marks
        and "*" not in (piece.text[0], piece.text[-1])
    ):
        return f"{piece.marks}{piece.text}{piece.marks}"
    tag = "strong" if piece.marks == "**" else "em"
    return f"<{tag}>{piece.text}</{tag}>"


def _ends_word(char: str) -> bool:
    return not char or char in string.whitespace or char in string.punctuation


def _escaped(match: re.Match[str]) -> str:
    named = {"`": "&#96;", "\\": "&#92;", "<": "&lt;", "&": "&amp;", "[": "&#91;", "]": "&#93;"}
    return named.get(match[0], f"\\{match[0]}")


def attribute(address: str) -> str:
    """Return an address as it can stand in an attribute of HTML."""
    return (
        quote(address, safe="/:?#@!$&()*+,;=%~-._")
        .replace("&", "&amp;")
        .replace('"', "%22")
        .replace("::", ":%3A")
    )


def without_marks(text: str) -> str:
    """Return a text that no cloze is in; raises `UnwritableError`."""
    if OPEN in text or CLOSE in text:
        reason = "a cloze is in a formula or in code"
        raise UnwritableError(reason)
    return text


def flat_code(code: str) -> str:
    """Return code by which it is known again, however it is indented."""
    return "\n".join(line.strip() for line in code.strip().splitlines())


def escaped(text: str) -> str:
    """Return text as CommonMark reads it as text, but for what only the beginning of a line means."""
    return _SPECIAL.sub(_escaped, text)


def escaped_at_start(line: str) -> str:
    """Return a line as a paragraph begins with it, which is no heading, item or quotation."""
    match = _AT_START.match(line)
    if match is None:
        return line
    number = match[0] if match[0].isdigit() else ""
    return f"{number}\\{line[len(number) :]}"


def alternative_text(text: str) -> str:
    """Return the text of a picture as it can stand between brackets."""
    return _BRACKETS.sub(_escaped, without_marks(text))
