"""How two texts are compared: line by line, and word by word within a line."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ankiexport.plan_report.diffing import Line, Part, difference, shortened
from ankiexport.plan_report.filling import filled

SOME = settings(max_examples=150, deadline=None, derandomize=True)

WORDS = st.sampled_from(
    ["a", "b", "loss", "falls", "rises", "{{c1::x}}", r"\(y\)", "1.5", "don't", "  ", "- "]
)
LINES = st.lists(WORDS, max_size=6).map(" ".join)
TEXTS = st.lists(LINES, max_size=6).map("\n".join)

_MARKS = {Part.OLD: "[-{}-]", Part.NEW: "{{+{}+}}", Part.SAME: "{}"}
_SIGNS = {Part.OLD: "-", Part.NEW: "+", Part.SAME: " ", Part.BOTH: "~"}


def shown(lines: tuple[Line, ...]) -> list[str]:
    """Return a difference in short: a sign for each line, and brackets within those that differ in part."""
    out = []
    for line in lines:
        spans = (
            _MARKS[span.part].format(span.text) if line.part is Part.BOTH else span.text
            for span in line.spans
        )
        out.append(f"{_SIGNS[line.part]} {''.join(spans)}")
    return out


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", []),
        ("same", "same", ["  same"]),
        ("", "new", ["+ new"]),
        ("old", "", ["- old"]),
        ("the loss falls", "the loss rises", ["~ the loss [-falls-]{+rises+}"]),
        ("the loss falls", "the loss never falls", ["~ the loss {+never +}falls"]),
        ("the loss falls, always", "the loss falls", ["~ the loss falls[-, always-]"]),
        # Two changes that only a space parts are one.
        (
            "it has two red cats now",
            "it has three blue cats now",
            ["~ it has [-two red-]{+three blue+} cats now"],
        ),
        # Lines that have next to nothing in common are not compared.
        ("an apple a day", "nobody knows you", ["- an apple a day", "+ nobody knows you"]),
        (
            "one two three four five",
            "five four three two one",
            ["- one two three four five", "+ five four three two one"],
        ),
        ("one\ntwo\nthree", "one\nthree", ["  one", "- two", "  three"]),
        # Of several lines, those are compared that are most alike.
        (
            "- cats sleep all day\n- dogs bark at night",
            "- birds sing\n- dogs bark by night",
            ["- - cats sleep all day", "+ - birds sing", "~ - dogs bark [-at-]{+by+} night"],
        ),
        ("{{c1::one}} is", "{{c2::one}} is", ["~ [-{{c1::-]{+{{c2::+}one}} is"]),
        (r"so \(x\) is 1", r"so \(y\) is 1", [r"~ so \([-x-]{+y+}\) is 1"]),
        ("the end", "the end.", ["~ the end{+.+}"]),
        ("a = 1", "a  = 1", ["~ a[- -]{+  +}= 1"]),
    ],
)
def test_differences(old: str, new: str, expected: list[str]) -> None:
    assert shown(difference(old, new)) == expected


@SOME
@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_from_a_difference(old: str, new: str) -> None:
    lines = difference(old, new)
    for text, own, other in ((old, Part.OLD, Part.NEW), (new, Part.NEW, Part.OLD)):
        assert [
            "".join(span.text for span in line.spans if span.part is not other)
            for line in lines
            if line.part is not other
        ] == text.splitlines(), own


@SOME
@given(TEXTS)
def test_a_text_does_not_differ_from_itself(text: str) -> None:
    assert {line.part for line in difference(text, text)} <= {Part.SAME}


@SOME
@given(TEXTS, TEXTS)
def test_a_shortened_difference_keeps_all_that_differs(old: str, new: str) -> None:
    def changes(lines: tuple[Line, ...]) -> list[tuple[Part, str]]:
        spans = [span for line in lines for span in line.spans]
        return [(span.part, span.text) for span in spans if span.part is not Part.SAME]

    lines = difference(old, new)
    assert changes(shortened(lines)) == changes(lines)


def test_long_texts_are_shortened_around_their_changes() -> None:
    line = " ".join(f"w{number}" for number in range(60))
    changed = line.replace("w5 ", "v5 ").replace("w40 ", "v40 ")
    (only,) = shown(shortened(difference(line, changed)))
    assert only == (
        "~ w0 w1 w2 w3 w4 [-w5-]{+v5+} w6 w7 w8 w9 w10 w11 w12 … w33 w34 w35 w36 w37 w38 w39 [-w40-]{+v40+}"
        " w41 w42 w43 w44 w45 w46 w47 …"
    )
    late = line.replace("w58 ", "v58 ")
    (only,) = shown(shortened(difference(line, late)))
    assert only == "~ … w51 w52 w53 w54 w55 w56 w57 [-w58-]{+v58+} w59"
    lines = "\n".join(f"line {number}" for number in range(9))
    assert shown(shortened(difference(lines, lines.replace("line 4", "LINE 4").replace("line 8", "line 8!")))) == [
        "  …", "  line 3", "~ [-line-]{+LINE+} 4", "  line 5", "  …", "  line 7", "~ line 8{+!+}",
    ]  # fmt: skip
    neighbour = f"{line}\nnext"
    assert shown(shortened(difference(neighbour, f"{line}\nother"))) == [
        "  w0 w1 w2 w3 w4 w5 w6 w7 w8 w9 w10 w11 w12 w13 w14 w15 …", "- next", "+ other",
    ]  # fmt: skip
    assert shortened(()) == ()


def test_large_texts_are_compared_without_regard_to_likeness() -> None:
    """So that a difference never takes longer than a person would wait."""
    old, new = ("\n".join(f"{word} {number}" for number in range(40)) for word in ("old", "new"))
    lines = difference(old, new)
    assert {line.part for line in lines} == {Part.OLD, Part.NEW}
    words = " ".join(str(number) for number in range(2000))
    assert {line.part for line in difference(words, f"{words} x")} == {Part.OLD, Part.NEW}


# Filling


@pytest.mark.parametrize(
    ("pieces", "rows"),
    [
        ([("", "")], ["  "]),
        ([("one two three", "")], ["  one two", "    three"]),
        # Words of several pieces do not break between them.
        ([("one two", ""), ("three", "x")], ["  one", "    twothree"]),
        ([("averyverylongword", "")], ["  averyverylongword"]),
        ([("one averyverylongword two", "")], ["  one", "    averyverylongword", "    two"]),
        # What is indented stays so.
        ([("  one", "")], ["    one"]),
    ],
)
def test_filling(pieces: list[tuple[str, str]], rows: list[str]) -> None:
    assert ["".join(text for text, _ in row) for row in filled(pieces, 2, 4, 12)] == rows


@SOME
@given(st.lists(st.tuples(LINES, st.sampled_from(["", "old", "new"]))), st.integers(10, 40))
def test_filling_keeps_every_word_and_the_width(pieces: list[tuple[str, str]], width: int) -> None:
    rows = list(filled(pieces, 2, 4, width))
    words = [word for text, _ in pieces for word in text.split()]
    assert "".join("".join(text for text, _ in row) for row in rows).replace(" ", "") == "".join(words)
    for row in rows:
        text = "".join(part for part, _ in row)
        assert len(text) <= width or len(text.split()) == 1
    for role in ("old", "new"):
        written = "".join(text for row in rows for text, its in row if its == role)
        assert written.replace(" ", "") == "".join(text for text, its in pieces if its == role).replace(
            " ", ""
        )
