"""Questions and facts that ask the same thing twice, found without comparing each with each."""

from collections import Counter
from collections.abc import Iterator, Sequence

from ankiexport.diagnostics import Diagnostic
from ankiexport.quality.finding import Finding
from ankiexport.quality.outline import Asked, Overview
from ankiexport.question import Question, Text

# Two texts are near when this share of their runs of three words is common to both.
_NEAR = 0.6
_RUN = 3
# A run that so many texts share says nothing about any two of them.
_COMMON = 40


# A text that asks something, whose question it is, and its outline; its runs of three words go with it.
_Entry = tuple[Question, Text, Asked]
_Runs = set[tuple[str, ...]]


def questions_are_asked_once(overview: Overview) -> Iterator[Finding]:
    """Warn of questions or facts that are nearly the same, or the same with different answers."""
    asked = [(entry, runs) for entry in _asked(overview) if (runs := _runs(entry[2]))]
    repeated = _in_several([runs for _entry, runs in asked])
    holders: dict[tuple[str, ...], list[int]] = {}
    for number, (entry, runs) in enumerate(asked):
        common = runs & repeated
        if not common:
            continue
        # No text has more in common with this one.
        is_enough = len(common) >= _NEAR * len(runs)
        shared: Counter[int] = Counter()
        for run in common:
            others = holders.setdefault(run, [])
            if is_enough and others and len(others) <= _COMMON:
                shared.update(others)
            others.append(number)
        for other, count in sorted(shared.items()):
            first, its_runs = asked[other]
            if count >= _NEAR * (len(runs) + len(its_runs) - count):
                yield _finding(entry, first)


def lines_of(overview: Overview) -> str:
    """Return the words of all that is asked, a line each, to look for what is near to a text."""
    given = (outline for outline in overview.outlines if not outline.is_given)
    return "".join(["\n", *(f" {asked.words} \n" for outline in given for asked in outline.asked)])


def is_near_to_none(words: str, before: str, after: str) -> bool | None:
    """Tell whether a text is near to none of the lines of `lines_of` before it and after it.

    None where it is among the first of many that have a run of words in common: then others count on it.
    """
    runs = _runs(Asked(words, ""))
    lines = before + after
    shared: Counter[int] = Counter()
    for run in runs:
        wanted = f" {' '.join(run)} "
        if len(_holders(wanted, before, _COMMON + 1)) > _COMMON:
            # So many have it before this one that neither this one nor what comes after it is asked.
            continue
        holders = _holders(wanted, lines, _COMMON)
        if len(holders) >= _COMMON:
            return None
        shared.update(holders)
    return not any(
        count >= _NEAR * (len(runs) + len(_runs(Asked(_line_at(at, lines), ""))) - count)
        for at, count in shared.items()
    )


def _holders(wanted: str, lines: str, most: int) -> list[int]:
    """Return where lines begin that hold some words, as many at most."""
    holders: list[int] = []
    at = lines.find(wanted)
    while at >= 0 and len(holders) < most:
        holders.append(lines.rfind("\n", 0, at))
        at = lines.find(wanted, lines.find("\n", at))
    return holders


def _line_at(at: int, lines: str) -> str:
    return lines[at + 1 : lines.index("\n", at + 1)].strip()


def _runs(asked: Asked) -> _Runs:
    words = asked.words.split(" ")
    return set(zip(words, words[1:], words[2:], strict=False))


def _in_several(sets: Sequence[_Runs]) -> _Runs:
    """Return what is in more than one of some sets: nearly all runs are in one text only."""
    seen: _Runs = set()
    several: _Runs = set()
    for runs in sets:
        several |= seen & runs
        seen |= runs
    return several


def _asked(overview: Overview) -> Iterator[_Entry]:
    for outline in overview.outlines:
        question = outline.question
        texts = (question.question, *(fact.text for fact in question.facts))
        for text, asked in zip(texts, outline.asked, strict=True):
            yield question, text, asked


def _finding(entry: _Entry, first: _Entry) -> Finding:
    question, text, asked = entry
    _question, other, its_asked = first
    if asked.words == its_asked.words and asked.answer != its_asked.answer:
        code, message = "same-question", "the same is asked elsewhere, with another answer"
        advice = "a learner cannot know which is meant: reword one of them"
    else:
        code, message = "near-duplicate", "nearly the same is asked elsewhere"
        advice = "keep one, or make clear how they differ"
    return Finding(question, Diagnostic(text.position, code, message, advice, (other.position,)))
