"""The quality rules: each finds what it is for, at its place, keeps quiet otherwise, and can be silenced."""

import re
from pathlib import Path

import pytest
from banks import make_bank
from hypothesis import given, settings
from hypothesis import strategies as st

from ankiexport.codes import CODES
from ankiexport.pipeline import check_bank
from ankiexport.quality import CODES as QUALITY_CODES
from ankiexport.quality import texts
from ankiexport.quality.rules import _copied

HEAD = "level: one\nquestions:\n"

# For each rule: a question, and where the rule points (line and column in the file).
BAD = {
    "gives-away: short answer in the hint": (
        "  - id: a\n    question: What is the capital of France?\n    hint: It is Paris, of course.\n    answer: Paris.\n",
        (5, 11),
    ),
    "gives-away: short answer in the question": (
        "  - id: a\n    question: Paris is the capital of which country, if not France?\n    answer: France\n",
        (4, 15),
    ),
    "gives-away: seven words of the answer": (
        (
            "  - id: a\n    question: Why does it rain in the end?\n    hint:\n      - Think.\n"
            "      - Say that the air cools as it rises and so on.\n"
            "    answer: Because the air cools as it rises and so on to the clouds.\n"
        ),
        (7, 9),
    ),
    "gives-away: a fact that shows what it hides": (
        (
            "  - id: a\n    question: Why does it rain?\n    answer: Cold.\n    facts:\n"
            "      - id: b\n        text: Cold air holds less water, for {{c1::cold}} air is dense.\n"
        ),
        (8, 15),
    ),
    "gives-away: a cloze whose hint is the answer": (
        (
            "  - id: a\n    question: Why does it rain?\n    answer: Cold.\n    facts:\n"
            "      - id: b\n        text: Rain needs {{c1::moist::moist or dry}} air.\n"
        ),
        (8, 15),
    ),
    "answer-length: too long for any card": (
        "  - id: a\n    question: Why is that so?\n    answer: |\n      " + "word " * 801 + "\n",
        (6, 7),
    ),
    "fact-length: too many words": (
        "  - id: a\n    question: Why is that so?\n    answer: A\n    facts:\n      - id: b\n"
        "        text: A {{c1::fact}} " + "goes on and on " * 8 + "\n",
        (8, 15),
    ),
    "fact-length: two sentences": (
        (
            "  - id: a\n    question: Why is that so?\n    answer: A\n    facts:\n      - id: b\n"
            "        text: One is {{c1::here}}. Two is *there*.\n"
        ),
        (8, 15),
    ),
    "long-list: in the answer": (
        "  - id: a\n    question: Why is that so?\n    answer: |\n      These:\n\n"
        + "".join(f"      {n}. item\n\n" for n in range(1, 9)),
        (8, 7),
    ),
    "long-list: key points": (
        "  - id: a\n    question: Why is that so?\n    answer: A\n    key_points: [a, b, c, d, e, f, g, h]\n",
        (6, 18),
    ),
    "unseen-list: no blank line": (
        "  - id: a\n    question: Why is that so?\n    answer: |\n      These:\n      - one\n      - two\n",
        (7, 7),
    ),
    "unseen-list: nested by two": (
        "  - id: a\n    question: Why is that so?\n    answer: |\n      - one\n        - nested\n      - two\n",
        (7, 9),
    ),
    "yes-no": (
        "  - id: a\n    question: |\n      A scene. If so, does it **rain**?\n    answer: Often.\n",
        (5, 7),
    ),
    "near-duplicate": (
        (
            "  - id: a\n    question: Why does it rain so much in the north?\n    answer: A\n"
            "  - id: b\n    question: And why does it rain so much in the north?\n    answer: A\n"
        ),
        (7, 15),
    ),
    "same-question": (
        (
            "  - id: a\n    question: Why does it rain?\n    answer: A\n"
            "  - id: b\n    question: Why *does* it rain?\n    answer: B\n"
        ),
        (7, 15),
    ),
    "acronym: in the answer": (
        "  - id: a\n    question: Why is that so?\n    answer: |\n      Look.\n\n      At the NDCG of it, and `IDCG`.\n",
        (8, 14),
    ),
    "acronym: in a fact alone": (
        (
            "  - id: a\n    question: Why is NDCG (normalized gain) so?\n    answer: A\n    facts:\n"
            "      - id: b\n        text: The NDCG is {{c1::good}}.\n"
        ),
        (8, 19),
    ),
    "source-year": (
        "  - id: a\n    question: Why is that so?\n    answer: A\n    sources:\n      - Somebody (2020).\n      - Somebody.\n",
        (8, 9),
    ),
    "dead-link": (
        "  - id: a\n    question: Why is that so?\n    answer: See [here](more.md) and [there](https://example.org).\n",
        (5, 24),
    ),
}

GOOD = {
    "a hint that points the way": "    question: What is the capital of France?\n    hint: On the Seine.\n    answer: Paris.\n",
    "alternatives are no yes or no": "    question: Is it one or the other?\n    answer: A\n",
    "an open question after a closed one": "    question: Is it so? Why?\n    answer: A\n",
    "an acronym with its words": "    question: What is the NDCG (normalized gain)?\n    answer: The NDCG is a gain.\n",
    "an acronym behind its words": "    question: What is the normalized gain (NDCG)?\n    answer: The NDCGs are gains.\n",
    "acronyms that everybody knows": "    question: What is SQL in the USA?\n    answer: A\n",
    "capitals in code, math and links": "    question: What is `SELECT`, $NDCG$, [x](https://e.org/ABC)?\n    answer: A\n",
    "two sentences with an abbreviation": "    question: What is it?\n    answer: A\n    facts:\n"
    "      - {id: b, text: 'About 3.5 of it, e.g. some, is {{c1::good}}.'}\n",
    "code is no list": "    question: What is it?\n    answer: |\n      Text\n\n      ```\n      text\n      - item\n      ```\n",
    "a list within a list": "    question: What is it?\n    answer: |\n      - one\n\n          - nested\n      - two\n\n      Text\n",
    "text that goes on in a list": "    question: What is it?\n    answer: |\n      - one that goes\n        on here\n      - two\n",
    "a number that occurs elsewhere": "    question: What is it?\n    answer: A\n    facts: [{id: b, text: 'Of 10 there are {{c1::10}}.'}]\n",
}


def found(folder: Path, text: str, **settings: object) -> list[tuple[str, int, int]]:
    """Return code, line and column of each problem of a bank with one file."""
    bank = make_bank(folder, {"q.yaml": text}, levels=[{"key": "one", "name": "One"}], **settings)
    return [(p.code, p.position.line, p.position.column) for p in check_bank(bank).diagnostics]


@pytest.mark.parametrize("case", BAD)
def test_a_rule_finds_what_it_is_for(case: str, tmp_path: Path) -> None:
    """The rule, and no other, points at the line and column."""
    text, place = BAD[case]
    assert found(tmp_path, HEAD + text) == [(case.partition(":")[0], *place)]


@pytest.mark.parametrize("case", BAD)
def test_allow_silences_it(case: str, tmp_path: Path) -> None:
    """`allow` in the question, or in bank.yaml, takes the warning away."""
    code = case.partition(":")[0]
    text = BAD[case][0].replace("    answer:", f"    allow: [{code}]\n    answer:")
    assert found(tmp_path, HEAD + text) == []
    assert found(tmp_path, HEAD + BAD[case][0], allow=[code]) == []


@pytest.mark.parametrize("case", GOOD)
def test_rules_keep_quiet(case: str, tmp_path: Path) -> None:
    """What only looks like a problem is none."""
    assert found(tmp_path, f"{HEAD}  - id: a\n{GOOD[case]}") == []


def test_every_rule_is_tried() -> None:
    """Each code has a bad example here or below, and only warns."""
    assert {case.partition(":")[0] for case in BAD} == set(QUALITY_CODES) - {"few-questions"}
    assert all(CODES[code].warning for code in QUALITY_CODES)


def _many(count: int, answer: str = "An answer of six words here.", tag: str = "topic::a") -> str:
    words = [
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "zeta",
        "eta",
        "theta",
        "iota",
        "kappa",
        "lambda",
        "mu",
        "nu",
        "xi",
        "omicron",
        "pi",
        "rho",
        "sigma",
        "tau",
        "upsilon",
    ]
    return HEAD + "".join(
        f"  - {{id: q-{n}, question: 'What is {words[n]}, {words[-n]} and {words[n // 2]}?', answer: {answer}, tags: [{tag}]}}\n"
        for n in range(count)
    )


def test_an_answer_unlike_the_others(tmp_path: Path) -> None:
    """In a bank of short answers a long one stands out, and a short one among long ones."""
    long = "  - {id: x, question: Why is it so?, answer: '" + "word " * 200 + "', tags: [topic::a]}\n"
    assert found(tmp_path / "a", _many(10) + long) == [("answer-length", 13, 47)]
    short = "  - {id: x, question: Why is it so?, answer: Because., tags: [topic::a]}\n"
    assert found(tmp_path / "b", _many(10, answer="'" + "word " * 50 + "'") + short) == [
        ("answer-length", 13, 46)
    ]


def test_topics_and_levels_with_too_few_questions(tmp_path: Path) -> None:
    """In a bank of twenty questions a topic gathers more than one, and a level more than two."""
    tags = {"topic::a": "A", "topic::b": "B", "tool::c": "C"}
    text = (
        _many(20) + "  - {id: x, question: Why is it so?, answer: A of six words here., tags: [topic::b]}\n"
    )
    assert found(tmp_path, text, tags=tags) == [("few-questions", 8, 3)]


def test_other_languages_are_left_alone(tmp_path: Path) -> None:
    """What is a yes-or-no question is known for English only."""
    text = HEAD + "  - id: a\n    question: Do they know it?\n    answer: A\n"
    assert found(tmp_path / "en", text, language="en-GB") == [("yes-no", 4, 15)]
    assert found(tmp_path / "pt", text, language="pt") == []


def test_acronyms_of_the_field(tmp_path: Path) -> None:
    """bank.yaml can list what needs no explanation."""
    text = HEAD + "  - id: a\n    question: What is NDCG?\n    answer: A\n"
    assert found(tmp_path, text, acronyms=["NDCG"]) == []


@pytest.mark.parametrize("allow", ["yes-mo", "duplicate-id"])
def test_only_matters_of_taste_can_be_allowed(allow: str, tmp_path: Path) -> None:
    """A misspelt code, or one that is no matter of taste, is an error."""
    text = HEAD + f"  - id: a\n    question: Why is it so?\n    answer: A\n    allow: [{allow}]\n"
    assert found(tmp_path, text) == [("bad-value", 6, 13)]


@settings(deadline=None, max_examples=500)
@given(st.text(alphabet="|\n []()<>ab.-'_A9`$éİß\\ \u2019", max_size=20))
def test_texts_are_read_the_same_in_the_shorter_ways(text: str) -> None:
    """Words of ASCII, texts without links and tags, and formulas are found as the plain patterns find them."""
    plain_math = re.compile(
        r"\$\$.+?\$\$|\\\[.+?\\\]|\\\(.+?\\\)|(?<![\\$])\$(?![\s$])[^$\n]+?(?<!\s)\$(?!\d)", re.DOTALL
    )
    assert [match.span() for match in texts.MATH.finditer(text)] == [
        match.span() for match in plain_math.finditer(text)
    ]
    running = texts._TAG.sub(" ", texts._LINK.sub(r"\1", texts.TABLE_ROW.sub("", texts.blanked(text))))
    assert texts.prose(text) == running
    assert texts.words(text) == [word.casefold() for word in texts._WORD.findall(running)]


WORDS = st.lists(st.sampled_from("abcde"), max_size=16)


@settings(deadline=None)
@given(WORDS, WORDS, WORDS, st.integers(0, 20), st.integers(4, 9))
def test_a_hint_copies_where_seven_words_in_a_row_are_the_answer_s(
    before: list[str], answer: list[str], after: list[str], start: int, size: int
) -> None:
    """Wherever they stand in the hint, and wherever in the answer."""
    hint = [*before, *answer[start : start + size], *after]
    answer = [*answer, *"fghijkl"]
    runs, there = ({tuple(words[at : at + 7]) for at in range(len(words) - 6)} for words in (hint, answer))
    assert _copied(hint, answer) == (not runs.isdisjoint(there))
