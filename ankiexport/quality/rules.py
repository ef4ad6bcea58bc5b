"""Rules for good questions, general ones; each only warns, and can be silenced with `allow`.

They know nothing of a subject. Where a rule depends on a language, it keeps quiet in others.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import median

from ankiexport.diagnostics import Diagnostic
from ankiexport.quality.finding import Finding, found
from ankiexport.quality.outline import Outline, Overview
from ankiexport.quality.texts import AnsweredFact, answered, sentences, words
from ankiexport.question import Fact, LoadedBank, Question
from ankiexport.tags import TOPIC_PREFIX

MAX_FACT_WORDS = 30
MAX_ANSWER_WORDS = 800
# Nobody knows how long an answer should be, but one that is far from all others of its bank is odd.
_OUTLIER_FROM = 8
_OUTLIER_FACTOR = 3
# So many words of the answer in a row are no hint any more.
_COPIED_WORDS = 7
_SHORT_ANSWER_WORDS = 6

_YES_NO = re.compile(
    r"(?:is|are|was|were|am|do|does|did|can|could|should|would|will|shall|may|might|must|has|have|had)\s",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)")


def hints_keep_the_answer(loaded: LoadedBank) -> Iterator[Finding]:
    """Warn of a hint or a question that gives the answer away."""
    for question in loaded.questions:
        answer = words(question.answer.value) if question.answer else []
        for text, what in [(question.question, "question"), *((hint, "hint") for hint in question.hints)]:
            if answer and _copied(words(text.value), answer):
                message = f"the {what} gives the answer away"
                advice = "point to the way, not to the answer"
                yield found(question, text, 0, "gives-away", message, advice)
    for question, fact, read in _facts(loaded):
        shown = words(read.shown)
        for hidden, hint in zip(read.hidden, read.hints, strict=True):
            wanted = words(hidden)
            if len("".join(wanted)) > 2 and (_contains(shown, wanted) or _contains(words(hint), wanted)):
                message = f'the fact shows "{hidden.strip()}", which its cloze hides'
                yield found(
                    question, fact.text, 0, "gives-away", message, "reword what stands around the cloze"
                )


def answers_have_a_common_length(overview: Overview) -> Iterator[Finding]:
    """Warn of an answer that is far longer or shorter than the others, or too long for any card."""
    lengths = answer_lengths(overview)
    if not has_odd_length([*lengths.values()]):
        return
    usual = usual_length([*lengths.values()])
    for question in (outline.question for outline in overview.outlines):
        length = lengths.get(question.id)
        if not length or question.answer is None:
            continue
        if _is_long(length, usual):
            message = f"the answer has {length} words" + (
                f"; half of the others have under {usual:.0f}" if usual else ""
            )
            yield found(question, question.answer, 0, "answer-length", message, "split the question, or cut")
        elif _is_short(length, usual):
            message = f"the answer has {length} words; half of the others have over {usual:.0f}"
            yield found(question, question.answer, 0, "answer-length", message, "say more, or make it a fact")


def answer_lengths(overview: Overview) -> dict[str, int]:
    """Return the words of each answer that is compared with others, by the id of its question."""
    return {
        outline.question.id: outline.answer_words
        for outline in overview.outlines
        if is_length_compared(outline)
    }


def is_length_compared(outline: Outline) -> bool:
    """Tell whether the length of an answer is compared with those of others."""
    return bool(outline.question.answer) and outline.question.note_type != "cloze"


def usual_length(lengths: Sequence[int]) -> float | None:
    """Return how many words half of the answers have at most; None when there are too few to say."""
    return median(lengths) if len(lengths) >= _OUTLIER_FROM else None


def has_odd_length(lengths: Sequence[int]) -> bool:
    """Tell whether any of the answers of a bank is far longer or shorter than the others."""
    usual = usual_length(lengths)
    told = [length for length in lengths if length]
    return bool(told) and (_is_long(max(told), usual) or _is_short(min(told), usual))


def _is_long(length: int, usual: float | None) -> bool:
    return length > MAX_ANSWER_WORDS or bool(usual and length > _OUTLIER_FACTOR * max(usual, 50))


def _is_short(length: int, usual: float | None) -> bool:
    return bool(usual and length * _OUTLIER_FACTOR < usual)


def facts_have_one_idea(loaded: LoadedBank) -> Iterator[Finding]:
    """Warn of a fact that is too long to be one, or that is two."""
    for question, fact, read in _facts(loaded):
        length = len(words(read.text))
        if length > MAX_FACT_WORDS:
            message = f"the fact has {length} words; more than {MAX_FACT_WORDS} take too long to recall"
            yield found(
                question,
                fact.text,
                0,
                "fact-length",
                message,
                "keep one idea, and give the other its own fact",
            )
        elif len(sentences(read.text)) > 1:
            message = "the fact has two sentences, so probably two ideas"
            yield found(question, fact.text, 0, "fact-length", message, "give each idea a fact of its own")


def questions_are_open(loaded: LoadedBank) -> Iterator[Finding]:
    """Warn of a question that "yes" would answer."""
    if not _is_english(loaded):
        return
    for question in loaded.questions:
        asked = [part for part in sentences(question.question.value) if part.rstrip("\"')*_ ").endswith("?")]
        if question.note_type != "cloze" and asked and all(_is_yes_no(part) for part in asked):
            message = "the question can be answered with yes or no"
            yield found(question, question.question, 0, "yes-no", message, "ask how, why, when or what")


def levels_and_tags_hold_enough(overview: Overview) -> Iterator[Finding]:
    """Warn of a topic with one question or none, and of nearly empty levels, in banks that are large enough to say."""
    used: Counter[str] = Counter()
    levels: Counter[str] = Counter()
    for question in overview.loaded.questions:
        used.update(tag.value.strip() for tag in question.tags)
        levels[question.level] += 1
    if levels.total() < 20:
        return
    for entry in overview.bank.vocabulary.values():
        if not entry.tag.startswith(TOPIC_PREFIX):
            continue
        count = sum(used[name] for name in (entry.tag, *entry.aliases))
        if count <= 1:
            message = f'the topic "{entry.tag}" is on {"one question only" if count else "no question"}'
            advice = "a topic is there to gather questions: use it, or remove it"
            yield Finding(None, Diagnostic(entry.position, "few-questions", message, advice))
    for level in overview.bank.levels:
        if 0 < levels[level.key] < 3:
            message = f'the level "{level.key}" has only {levels[level.key]} of {levels.total()} questions'
            yield Finding(None, Diagnostic(level.position, "few-questions", message, "join it with another"))


def sources_have_a_year(loaded: LoadedBank) -> Iterator[Finding]:
    """Warn of a source that cannot be told from another edition or paper."""
    for question in loaded.questions:
        for source in question.sources:
            if not _YEAR.search(source.value):
                yield found(question, source, 0, "source-year", "the source has no year", "add it: (2019)")


def _facts(loaded: LoadedBank) -> Iterator[tuple[Question, Fact, AnsweredFact]]:
    for question in loaded.questions:
        for fact in question.facts:
            yield question, fact, answered(fact.text.value)


def _copied(hint: list[str], answer: list[str]) -> bool:
    """Tell whether a hint holds the whole of a short answer, or a long run of words of a long one."""
    if len(answer) <= _SHORT_ANSWER_WORDS:
        return _contains(hint, answer) and len("".join(answer)) > 3
    whole = _joined(answer)
    # Each run holds one of every so many words, and most answers hold none of these.
    return any(
        _joined(hint[start : start + _COPIED_WORDS]) in whole
        for held in range(_COPIED_WORDS - 1, len(hint), _COPIED_WORDS)
        if _joined(hint[held : held + 1]) in whole
        for start in range(held - _COPIED_WORDS + 1, min(held, len(hint) - _COPIED_WORDS) + 1)
    )


def _contains(text: list[str], part: list[str]) -> bool:
    return not part or _joined(part) in _joined(text)


def _joined(words: list[str]) -> str:
    """Return words as a text in which another one's are found only as whole words."""
    return f" {' '.join(words)} "


def _is_yes_no(sentence: str) -> bool:
    clause = re.split(r"[,:;]\s+(?=\w)", sentence)[-1].lstrip("\"'(*_ ")
    return bool(_YES_NO.match(clause)) and not re.search(
        r"\bor\b|\b(?:how|why|what|which|when|where|who)\b", sentence, re.IGNORECASE
    )


def _is_english(loaded: LoadedBank) -> bool:
    return loaded.bank.language.partition("-")[0].casefold() == "en"
