"""Questions and facts that ask the same thing twice, found without comparing each with each."""

from array import array
from collections import Counter
from collections.abc import Collection, Iterator
from itertools import pairwise

from ankiexport.diagnostics import Diagnostic
from ankiexport.quality.finding import Finding
from ankiexport.quality.outline import Asked, Outline, Overview
from ankiexport.question import Question, Text

# Two texts are near when this share of their runs of three words is common to both.
_NEAR = 0.6
_RUN = 3
# A run that so many texts share says nothing about any two of them.
_COMMON = 40
# For each text so many places to count runs at, so that two seldom meet at one.
_SLOTS_A_TEXT = 128


# A text that asks something, whose question it is, and its outline; its runs of three words go with it.
_Entry = tuple[Question, Text, Asked]
_Runs = set[tuple[str, ...]]


def questions_are_asked_once(overview: Overview) -> Iterator[Finding]:
    """Warn of questions or facts that are nearly the same, or the same with different answers."""
    # All others have too little in common with any other.
    chosen = _with_enough_in_common(overview)
    if not chosen:
        return
    wanted = _wanted(overview, chosen)
    holders: dict[tuple[str, ...], list[int]] = {}
    # Those that another can be near to.
    held: dict[int, _Entry] = {}
    for number, entry in enumerate(_asked(overview)):
        runs = _runs(entry[2])
        shared: Counter[int] = Counter()
        for run in runs & wanted:
            others = holders.setdefault(run, [])
            if len(others) > _COMMON:
                continue
            if number in chosen:
                shared.update(others)
            others.append(number)
            held[number] = entry
        for other, count in sorted(shared.items()):
            first = held[other]
            if count >= _NEAR * (len(runs) + len(_runs(first[2])) - count):
                yield _finding(entry, first)


def lines_of(outline: Outline) -> list[str]:
    """Return the words of what is asked, a line each; after a line break, they are looked through for what is near to a text."""
    return [] if outline.is_given else [f" {asked.words} \n" for asked in outline.asked]


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


def _wanted(overview: Overview, chosen: Collection[int]) -> _Runs:
    """Return the runs of the texts with these numbers."""
    texts = (entry[2] for number, entry in enumerate(_asked(overview)) if number in chosen)
    return set().union(*map(_runs, texts))


def _with_enough_in_common(overview: Overview) -> set[int]:
    """Return the numbers of the texts most of whose runs other texts have, too: nearly all runs are in one only.

    A few more may be among them: runs are told apart by a short hash, so that little is held of each.
    """
    hashes, ends = array("q"), array("Q", [0])
    for _question, _text, each in _asked(overview):
        hashes.extend(map(hash, _runs(each)))
        ends.append(len(hashes))
    mask = (1 << (len(ends) * _SLOTS_A_TEXT).bit_length()) - 1
    seen = bytearray(mask + 1)
    for own in hashes:
        slot = own & mask
        seen[slot] = 1 + (seen[slot] > 0)
    chosen = set()
    for number, (start, end) in enumerate(pairwise(ends)):
        several = sum(seen[own & mask] > 1 for own in hashes[start:end])
        if several and several >= _NEAR * (end - start):
            chosen.add(number)
    return chosen


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
