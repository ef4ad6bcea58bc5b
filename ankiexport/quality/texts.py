"""Words and sentences of Markdown texts, as a reader meets them: no code, no formulas, no clozes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from ankiexport.anki_text import find_clozes
from ankiexport.question import Question, Text

FENCE = re.compile(r"^([ \t]*)(`{3,}|~{3,}).*?^\1\2[ \t]*$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
# Each way begins with a sign, and looks back behind it: so only these signs are looked for.
MATH = re.compile(
    r"\$\$.+?\$\$|\\\[.+?\\\]|\\\(.+?\\\)|\$(?<![\\$]\$)(?![\s$])[^$\n]+?(?<!\s)\$(?!\d)", re.DOTALL
)
TABLE_ROW = re.compile(r"^[ \t]*\|.*$", re.MULTILINE)
IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_TAG = re.compile(r"<[^<>\n]*>")
_WORD = re.compile(r"[^\W_]+(?:['\u2019.-][^\W_]+)*")
# The same for letters that have been made small, in texts of ASCII alone.
_ASCII_WORD = re.compile(r"[a-z0-9]++(?:['.-][a-z0-9]++)*+")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]*_]*\s+(?=[\"'(*_]*[^\W\d_a-z])")


# Several rules read the same texts one after the other.
_kept = lru_cache(maxsize=2048)


@_kept
def blanked(markdown: str) -> str:
    """Return a text of the same length in which code, formulas and pictures are blanks.

    Offsets stay true, so that what is found in it can be pointed at.
    """
    for pattern, signs in ((FENCE, "`~"), (CODE, "`"), (MATH, "$\\"), (IMAGE, "!")):
        if any(sign in markdown for sign in signs):
            markdown = pattern.sub(_blanks, markdown)
    return markdown


def _blanks(match: re.Match[str]) -> str:
    found = match[0]
    return "\n".join([" " * len(line) for line in found.split("\n")]) if "\n" in found else " " * len(found)


@_kept
def prose(markdown: str) -> str:
    """Return the running text of Markdown: no code, formulas, tables, pictures, link targets or tags."""
    text = blanked(markdown)
    for pattern, sign, instead in ((TABLE_ROW, "|", ""), (_LINK, "](", r"\1"), (_TAG, "<", " ")):
        if sign in text:
            text = pattern.sub(instead, text)
    return text


def words(markdown: str) -> list[str]:
    """Return the words of the running text, in lower case."""
    return [*_words(markdown)]


@_kept
def _words(markdown: str) -> tuple[str, ...]:
    text = prose(markdown)
    # In other alphabets a word may fold into several.
    if text.isascii():
        return tuple(_ASCII_WORD.findall(text.lower()))
    return tuple([word.casefold() for word in _WORD.findall(text)])


def sentences(markdown: str) -> list[str]:
    """Return the sentences of the running text."""
    return [part.strip() for part in _SENTENCE_END.split(prose(markdown)) if part.strip()]


@dataclass(frozen=True, slots=True)
class AnsweredFact:
    """A fact as it reads when answered, what its clozes hide, and what they give as hints."""

    text: str
    hidden: tuple[str, ...]
    hints: tuple[str, ...]
    shown: str


def answered(text: str) -> AnsweredFact:
    """Return a fact with its clozes filled in; of nested clozes the outermost counts."""
    hidden, hints, full, shown, position = [], [], [], [], 0
    for cloze in find_clozes(text):
        if cloze.start < position or cloze.end is None:
            continue
        content, _, hint = text[cloze.content : cloze.end].partition("::")
        hidden.append(content)
        hints.append(hint)
        full += [text[position : cloze.start], content]
        shown += [text[position : cloze.start], " "]
        position = cloze.end + len("}}")
    rest = text[position:]
    return AnsweredFact("".join([*full, rest]), tuple(hidden), tuple(hints), "".join([*shown, rest]))


def texts_of(question: Question) -> Iterator[Text]:
    """Yield the texts of a question's own card, in the order in which a learner meets them."""
    yield question.question
    yield from question.hints
    if question.answer:
        yield question.answer
    yield from (*question.key_points, *question.pitfalls, *question.follow_ups)
