"""Questions and facts that ask the same thing twice, found without comparing each with each."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ankiexport.diagnostics import Diagnostic
from ankiexport.quality.finding import Finding
from ankiexport.quality.outline import Asked, Overview
from ankiexport.question import Question, Text

# Two texts are near when this share of their runs of three words is common to both.
_NEAR = 0.6
_RUN = 3
# A run that so many texts share says nothing about any two of them.
_COMMON = 40


@dataclass(frozen=True, slots=True)
class _Entry:
    """One text that asks something, where it stands, and how many runs of three words it has."""

    question: Question
    text: Text
    asked: Asked
    runs: int


def questions_are_asked_once(overview: Overview) -> Iterator[Finding]:
    """Warn of questions or facts that are nearly the same, or the same with different answers."""
    asked = [(entry, runs) for entry in _asked(overview) if (runs := _runs(entry[2]))]
    repeated = _in_several([runs for _entry, runs in asked])
    entries: list[_Entry] = []
    holders: dict[tuple[str, ...], list[int]] = {}
    for (question, text, words), runs in asked:
        shared: Counter[int] = Counter()
        common = runs & repeated
        # No text has more in common with this one.
        is_enough = len(common) >= _NEAR * len(runs)
        for run in common:
            others = holders.setdefault(run, [])
            if is_enough and others and len(others) <= _COMMON:
                shared.update(others)
            others.append(len(entries))
        entries.append(_Entry(question, text, words, len(runs)))
        for other, count in sorted(shared.items()):
            if count >= _NEAR * (len(runs) + entries[other].runs - count):
                yield _finding(entries[-1], entries[other])


def _runs(asked: Asked) -> set[tuple[str, ...]]:
    words = asked.words.split(" ")
    return set(zip(words, words[1:], words[2:], strict=False))


def _in_several(sets: Sequence[set[tuple[str, ...]]]) -> set[tuple[str, ...]]:
    """Return what is in more than one of some sets: nearly all runs are in one text only."""
    seen: set[tuple[str, ...]] = set()
    several: set[tuple[str, ...]] = set()
    for runs in sets:
        several |= seen & runs
        seen |= runs
    return several


def _asked(overview: Overview) -> Iterator[tuple[Question, Text, Asked]]:
    for outline in overview.outlines:
        question = outline.question
        texts = (question.question, *(fact.text for fact in question.facts))
        for text, asked in zip(texts, outline.asked, strict=True):
            yield question, text, asked


def _finding(entry: _Entry, first: _Entry) -> Finding:
    if entry.asked.words == first.asked.words and entry.asked.answer != first.asked.answer:
        code, message = "same-question", "the same is asked elsewhere, with another answer"
        advice = "a learner cannot know which is meant: reword one of them"
    else:
        code, message = "near-duplicate", "nearly the same is asked elsewhere"
        advice = "keep one, or make clear how they differ"
    return Finding(
        entry.question, Diagnostic(entry.text.position, code, message, advice, (first.text.position,))
    )
