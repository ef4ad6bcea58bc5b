"""One question measured, in its source: so it can be done in a bank with errors, too."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from ankiexport.diagnostics import Position
from ankiexport.html_text import html_to_text
from ankiexport.lock.entries import Lock, content_digest
from ankiexport.notes import NoteContent
from ankiexport.pages.titles import title_of
from ankiexport.plan import locked_for
from ankiexport.quality.texts import CODE, FENCE, IMAGE, MATH, TABLE_ROW, texts_of, words
from ankiexport.question import Question, Text

# A rule of thumb for texts that one studies; docs/stats.md names it.
WORDS_PER_MINUTE = 200
SECONDS_PER_LINE = 2
SECONDS_PER_PICTURE = 12

_HTML_CODE = re.compile(r"<pre\b[^>]*>(.*?)</pre>", re.DOTALL | re.IGNORECASE)
_RULE_OF_TABLE = re.compile(r"^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-*:?[ \t]*)+$", re.MULTILINE)
_HTML_ROW = re.compile(r"<tr\b", re.IGNORECASE)
_HTML_PICTURE = re.compile(r"<(?:img|svg)\b", re.IGNORECASE)
_SOUND = re.compile(r"\[sound:[^\]]+\]|<(?:audio|video)\b", re.IGNORECASE)


class Feature(StrEnum):
    """What a question may have, besides its text and its answer."""

    HINTS = "hints"
    SOURCES = "sources"
    PICTURES = "pictures"
    CODE = "code"
    FORMULAS = "formulas"
    TABLES = "tables"
    SOUND = "sound"


@dataclass(frozen=True, slots=True)
class QuestionStats:
    """A question in figures.

    `words` are those of both sides of its card, of which `answer_words` are the answer's; `seconds` is the time to read them.
    `revised` is the month of its last significant edit. `built` is the day on which it was first built
    as it is now, None while that is to come.
    """

    id: str
    level: str
    title: str
    position: Position
    topics: tuple[str, ...]
    question_words: int
    answer_words: int
    words: int
    seconds: int
    features: frozenset[Feature]
    facts: int
    revised: str
    built: date | None

    @property
    def since(self) -> str:
        """The month of its last significant edit, or the day since which it is as it is; empty for a new one."""
        return self.revised or (self.built.isoformat() if self.built else "")


def measured(
    question: Question, facts: int, topics: tuple[str, ...], content: NoteContent | None, lock: Lock | None
) -> QuestionStats:
    """Return a question in figures; `content` is its note, if it can be rendered."""
    texts = list(_texts(question))
    whole = "\n\n".join(texts)
    asked, *others = texts
    answer = "\n\n".join(others) if question.fields else _value(question.answer)
    count = _length(whole)
    code = list(_code(whole))
    prose = _without_code(whole)
    lines = sum(bool(line.strip()) for block in code for line in block.splitlines())
    lines += _count(prose, TABLE_ROW, _HTML_ROW)
    pictures = _count(prose, IMAGE, _HTML_PICTURE)
    seconds = count * 60 / WORDS_PER_MINUTE
    seconds += SECONDS_PER_LINE * lines + SECONDS_PER_PICTURE * pictures
    revised = question.history.revised
    return QuestionStats(
        id=question.id,
        level=question.level,
        title=_title(question, asked),
        position=question.position,
        topics=topics,
        question_words=_length(asked),
        answer_words=_length(answer),
        words=count,
        seconds=round(seconds),
        features=frozenset(_features(question, prose, code=bool(code))),
        facts=facts,
        revised=revised.value.strip() if revised else "",
        built=_built(content, lock),
    )


def _title(question: Question, asked: str) -> str:
    is_html = bool(question.fields) and question.fields[0].is_html
    return title_of(html_to_text(asked) if is_html else asked)


def _features(question: Question, prose: str, *, code: bool) -> Iterator[Feature]:
    found = {
        Feature.HINTS: bool(question.hints),
        Feature.SOURCES: bool(question.sources),
        Feature.PICTURES: _count(prose, IMAGE, _HTML_PICTURE),
        Feature.CODE: code,
        Feature.FORMULAS: MATH.search(prose) or "<anki-mathjax" in prose,
        Feature.TABLES: _RULE_OF_TABLE.search(prose) or _HTML_ROW.search(prose),
        Feature.SOUND: _SOUND.search(prose),
    }
    return (feature for feature, has in found.items() if has)


def _count(text: str, *patterns: re.Pattern[str]) -> int:
    return sum(1 for pattern in patterns for _ in pattern.finditer(text))


def _texts(question: Question) -> Iterator[str]:
    """Yield what is asked, and then all other texts of a question's own card."""
    if question.fields:
        yield from (
            html.unescape(field.text.value) if field.is_html else field.text.value
            for field in question.fields
        )
    else:
        yield from (text.value for text in texts_of(question))


def _code(text: str) -> Iterator[str]:
    """Yield the blocks of code, without what begins and ends them."""
    for match in FENCE.finditer(text):
        yield "\n".join(match[0].splitlines()[1:-1])
    yield from (match[1] for match in _HTML_CODE.finditer(text))


def _without_code(text: str) -> str:
    for pattern in (FENCE, _HTML_CODE, CODE):
        text = pattern.sub(" ", text)
    return text


def _length(text: str) -> int:
    return len(words(_SOUND.sub(" ", text)))


def _value(text: Text | None) -> str:
    return text.value if text else ""


def _built(content: NoteContent | None, lock: Lock | None) -> date | None:
    locked = locked_for(content, lock) if content and lock else None
    if content is None or locked is None or locked.content != content_digest(content):
        return None
    return datetime.fromtimestamp(locked.mod, UTC).date()
