"""Whether a text is near to none is told as the rule over the whole bank would tell it."""

from dataclasses import replace
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ankiexport.diagnostics import Position
from ankiexport.quality.duplicates import is_near_to_none, lines_of, questions_are_asked_once
from ankiexport.quality.outline import Asked, Outline, Overview
from ankiexport.question import Bank, Place, Question, Text

WORDS = st.lists(st.sampled_from("abcdef"), min_size=1, max_size=7).map(" ".join)
# Some begin with what many have.
ASKED = WORDS | WORDS.map("what is the {}".format)


def overview_of(texts: list[str]) -> Overview:
    """Return a bank in which these are asked, in this order."""
    outlines = []
    for number, text in enumerate(texts):
        asked = Text(text, Place(Position("a.yaml", number + 1)))
        outlines.append(
            Outline(Question(f"q{number}", "one", asked, None), (Asked(text, ""),), 0, is_given=False)
        )
    return Overview(cast("Bank", None), tuple(outlines))


def lines_in(texts: list[str]) -> str:
    """Return the lines of all that is asked."""
    return "".join(["\n", *(line for outline in overview_of(texts).outlines for line in lines_of(outline))])


def told(texts: list[str]) -> set[tuple[object, ...]]:
    """Return what the rule finds: codes and places."""
    found = (finding.diagnostic for finding in questions_are_asked_once(overview_of(texts)))
    return {(problem.code, problem.position, problem.related) for problem in found}


@pytest.mark.parametrize("common", [2, 3, 40])
@given(st.lists(ASKED, min_size=1, max_size=14), ASKED, st.integers(0, 13))
@settings(deadline=None, max_examples=300)
def test_a_text_that_is_near_to_none_changes_nothing_that_is_told(
    common: int, texts: list[str], new: str, at: int
) -> None:
    at %= len(texts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ankiexport.quality.duplicates._COMMON", common)
        before, after = lines_in(texts[:at]), lines_in(texts[at + 1 :])[1:]
        alone = [is_near_to_none(text, before, after) for text in (texts[at], new)]
        if all(alone):
            assert told(texts) == told([*texts[:at], new, *texts[at + 1 :]])
        if False in alone:
            nearby = texts if alone[0] is False else [*texts[:at], new, *texts[at + 1 :]]
            assert told(nearby)


def near_pairs(texts: list[str], common: int) -> set[tuple[int, int]]:
    """Return which texts are near to which before them, each compared with each."""
    runs = [set(zip(words, words[1:], words[2:], strict=False)) for words in map(str.split, texts)]
    pairs = set()
    for number, own in enumerate(runs):
        rare = {run for run in own if sum(run in other for other in runs[:number]) <= common}
        for before, other in enumerate(runs[:number]):
            count = len(rare & other)
            if count and count >= 0.6 * (len(own) + len(other) - count):
                pairs.add((number, before))
    return pairs


# With few slots, nearly all runs seem to be in several texts.
@pytest.mark.parametrize("slots", [0, 1, 128])
@pytest.mark.parametrize("common", [2, 40])
@given(texts=st.lists(ASKED, max_size=14))
@settings(deadline=None)
def test_all_texts_that_are_near_to_another_are_found(slots: int, common: int, texts: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ankiexport.quality.duplicates._SLOTS_A_TEXT", slots)
        patch.setattr("ankiexport.quality.duplicates._COMMON", common)
        found = told(texts)
    positions = [outline.question.question.position for outline in overview_of(texts).outlines]
    assert found == {
        ("near-duplicate", positions[number], (positions[before],))
        for number, before in near_pairs(texts, common)
    }


def test_given_texts_are_not_compared() -> None:
    (outline,) = overview_of(["what is it"]).outlines
    assert lines_of(replace(outline, is_given=True)) == []
