"""Which cards a note has, and what is wrong with templates and clozes, each held against real Anki.

The tables name the rules one by one; the properties then look for what no table thought of.
"""

import sys
from collections.abc import Iterator

import pytest
from anki_scratch import MAX_FRONTS, Scratch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_up_templates import (
    SOUP,
    grammar,
    of_other_delimiters,
    one_of,
    replaced,
    row_of,
    with_other_delimiters,
)

from ankiexport.anki_template import BLANKS, Replacement, Section
from ankiexport.anki_text import find_clozes
from ankiexport.card_generation import (
    Side,
    anki_refusals,
    blank_cloze_ords,
    cloze_ords,
    cloze_problems,
    field_is_empty,
    parse_template,
    standard_card_ords,
    template_problems,
    template_traps,
)

# "Deck" is a field of the note here, so that it hides the special one.
FIELDS = ("A", "B", "É", "Deck")
CHECKED_FIELDS = (*FIELDS, "Sentinel")

DIFFERENTIAL = settings(
    max_examples=400,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scratch]:
    """One collection of real Anki for all tests of this module."""
    bench = Scratch(tmp_path_factory.mktemp("scratch"), FIELDS)
    yield bench
    bench.col.close()


# Parsing


def test_parses_nested_sections_with_filters_and_offsets() -> None:
    parsed = parse_template("a{{#A}}<b>{{ text:hint:B }}</b>{{^ Tags }}{{C}}{{/Tags}}{{/A}}")
    inverted = Section("Tags", inverted=True, children=(Replacement("C", (), 42),), offset=31)
    outer = Section(
        "A", inverted=False, children=(Replacement("B", ("text", "hint"), 10), inverted), offset=1
    )
    assert parsed.nodes == (outer,)
    assert [node.name for node in parsed.walk()] == ["A", "B", "Tags", "C"]
    assert parsed.problems == ()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", []),
        ("plain }} text", []),
        ("{{A}}}}", ["A"]),
        ("{{{{A}}}}", ["A"]),
        ("{{\n A\u3000}}", ["A"]),
        ("{{A}B}}", ["A}B"]),
        ("{{A{{B}}", ["A{{B"]),
        ("{{ {A}}", ["{A"]),
        ("{{}}{{#}}{{/}}", ["", "#", "/"]),
        ("{{hint: A}}", [" A"]),
        ("{{hint:}}", [""]),
        ("{{A}} {{B", ["A"]),
        ("<!-- {{A}} -->{{B}}", ["B"]),
        ("<!-->{{A}}-->{{B}}", ["B"]),
        ("<!-- {{A}} --", ["A"]),
        ("{{A<!-- -->}}", ["A<!-- -->"]),
        ("{{=<% %>=}}<%A%>{{B}}", ["A"]),
        (" \n{{=<% %>=}}<% #A %><%B%><%/A%>", ["A", "B"]),
        ("x{{=<% %>=}}<%A%>", ["=<% %>="]),
    ],
)
def test_reads_tags_as_anki_does(text: str, names: list[str]) -> None:
    assert [node.name for node in parse_template(text).walk()] == names


def test_blanks_are_those_of_python_but_for_four() -> None:
    blanks = {chr(code) for code in range(sys.maxunicode) if chr(code).isspace()}
    assert set(BLANKS) == blanks - set("\x1c\x1d\x1e\x1f")


def test_names_the_fields_under_a_cloze_filter_once() -> None:
    text = "{{#A}}{{cloze:B}}{{/A}}{{type:cloze:A}}{{cloze:B}}{{cloze-only:C}}{{C}}"
    assert parse_template(text).cloze_fields == ("B", "A")


def test_parses_hostile_templates_in_linear_time_and_without_recursion() -> None:
    deep = 20_000
    nested = parse_template("{{#A}}" * deep + "{{A}}" + "{{/A}}" * deep)
    assert nested.problems == ()
    assert standard_card_ords([nested], {"A": "x"}) == (0,)
    assert parse_template("<!--" * 200_000 + "{{A}}").nodes
    assert parse_template("{{A}}" + "{{" * 200_000).unclosed == len("{{A}}")


# Problems of templates

SYNTAX, UNKNOWN, EMPTY, CLOZE = (
    "template-syntax",
    "template-unknown-field",
    "template-empty-front",
    "template-cloze",
)


@pytest.mark.parametrize(
    ("text", "cloze", "side", "places"),
    [
        ("{{A}}", False, "front", []),
        ("{{#A}}{{B}}{{/A}}{{^A}}{{É}}{{/A}}", False, "front", []),
        ("{{nosuchfilter:A}}{{:B}}{{tts en_US:A}}{{tts-voices:}}", False, "front", []),
        ("{{FrontSide}}<hr id=answer>", False, "back", []),
        ("", False, "back", []),
        ("{{cloze:A}}{{#c1}}x{{/c1}}", True, "front", []),
        ("{{^A}}{{cloze:A}}{{/A}}", True, "front", []),
        # What Anki refuses.
        ("{{A}}\n\n  {{Deckk}}", False, "front", [(3, 3, UNKNOWN)]),
        ("{{A}}{{hint: A}}", False, "front", [(1, 6, UNKNOWN)]),
        ("{{A}}{{E\u0301}}", False, "front", [(1, 6, UNKNOWN)]),
        ("{{#Nope}}{{A}}{{/Nope}}", False, "front", [(1, 1, UNKNOWN)]),
        ("{{cloze:A}}{{#c4294967296}}x{{/c4294967296}}", True, "back", [(1, 12, UNKNOWN)]),
        ("{{#A}}\n{{B}}", False, "front", [(1, 1, SYNTAX)]),
        ("{{#A}}\n{{B}}{{/a}}", False, "front", [(2, 6, SYNTAX)]),
        ("{{#A}}{{#B}}{{A}}{{/A}}", False, "front", [(1, 7, SYNTAX)]),
        ("{{A}}{{/A}}", False, "front", [(1, 6, SYNTAX)]),
        ("<b>Capital</b>", False, "front", [(1, 1, EMPTY)]),
        ("<!-- {{A}} -->", False, "front", [(1, 1, EMPTY)]),
        ("{{#c1}}x{{/c1}}", False, "front", [(1, 1, EMPTY), (1, 1, CLOZE)]),
        ("{{A}}", True, "front", [(1, 1, CLOZE)]),
        ("{{FrontSide}}", True, "back", [(1, 1, CLOZE)]),
        # What Anki accepts, and should not.
        ("{{A}}\n{{B", False, "front", [(2, 1, SYNTAX)]),
        ("{{A}}{{}}", False, "front", [(1, 6, UNKNOWN)]),
        ("{{A}}{{hint:}}", False, "front", [(1, 6, UNKNOWN)]),
        ("{{A}}{{FrontSide}}", False, "front", [(1, 6, UNKNOWN)]),
        ("{{#FrontSide}}x{{/FrontSide}}", False, "back", [(1, 1, UNKNOWN)]),
        ("{{#A}}x{{/A}}", False, "front", [(1, 1, EMPTY)]),
        ("{{^A}}{{A}}{{/A}}", False, "front", [(1, 1, EMPTY)]),
        ("{{#A}}{{#B}}{{^A}}{{É}}{{/A}}{{/B}}{{/A}}", False, "front", [(1, 1, EMPTY)]),
        ("{{^Card}}{{A}}{{/Card}}", False, "front", [(1, 1, EMPTY)]),
        ("{{Tags}}", False, "front", [(1, 1, EMPTY)]),
        ("{{#Tags}}{{A}}{{/Tags}}", False, "front", [(1, 1, EMPTY)]),
        ("{{A}}{{cloze:B}}", False, "front", [(1, 6, CLOZE)]),
        ("{{A}}{{#c1}}x{{/c1}}", False, "front", [(1, 6, CLOZE)]),
        ("{{cloze:Tags}}", True, "front", [(1, 1, CLOZE)]),
        ("{{cloze:}}", True, "front", [(1, 1, UNKNOWN)]),
    ],
)
def test_places_the_problems_of_a_template(
    text: str, cloze: bool, side: Side, places: list[tuple[int, int, str]]
) -> None:
    problems = template_problems(text, FIELDS, cloze=cloze, side=side)
    assert [(problem.line, problem.column, problem.code) for problem in problems] == places
    assert all(problem.message and problem.advice for problem in problems)


@pytest.mark.parametrize(
    ("text", "message", "advice"),
    [
        ("{{Question}}", 'the note type has no field "Question"', 'did you mean "question"?'),
        ("{{hint: answer}}", 'the note type has no field " answer"', 'did you mean "answer"?'),
        ("{{answer}}{{^question}}", "the section {{^question}} is never closed", "end it with {{/question}}"),
        (
            "{{#answer}}{{question}}{{/question}}",
            "{{/question}} stands where the section {{#answer}} should end",
            "end it with {{/answer}}",
        ),
        (
            "{{answer}}{{/answer}}",
            "{{/answer}} ends a section that was never opened",
            "open it with {{#answer}}, or remove it",
        ),
    ],
)
def test_says_what_to_do_about_a_template(text: str, message: str, advice: str) -> None:
    (problem,) = template_problems(text, ["question", "answer"], cloze=False, side="front")
    assert (problem.message, problem.advice) == (message, advice)


def test_takes_a_field_of_the_note_before_a_special_one() -> None:
    text = "{{#FrontSide}}{{FrontSide}}{{/FrontSide}}"
    assert template_problems(text, ["FrontSide"], cloze=False, side="front") == []


# Empty fields


@pytest.mark.parametrize(
    ("html", "empty"),
    [
        ("", True),
        (" \t\r\n", True),
        ("<br>", True),
        ("<BR />", True),
        ("</br>", True),
        ("<div><br></div>", True),
        ("<div", False),
        ("</div >", True),
        ("\x00\x0b\x1c\x7f", True),
        ("<\x00br>", True),
        ("<br  />", False),
        ("< br>", False),
        ("<br\n>", False),
        ("<d\u0131v>", False),
        ("<div class=x></div>", False),
        ("<p></p>", False),
        ("<!-- -->", False),
        ("&nbsp;", False),
        ("\xa0", False),
        ("\u3000", False),
        ("\u200b", False),
        ("\x85", False),
        ('<img src="x.png">', False),
        ("[sound:x.mp3]", False),
        ("0", False),
    ],
)
def test_tells_an_empty_field_as_anki_does(scratch: Scratch, html: str, empty: bool) -> None:
    assert field_is_empty(html) is empty
    assert scratch.standard_ords(["{{A}}"], {"A": html}) == (() if empty else (0,))


# Cards of standard notes


@pytest.mark.parametrize(
    ("fronts", "fields", "ords"),
    [
        (["{{A}}", "{{B}}"], {"A": "x", "B": "x"}, (0, 1)),
        (["{{A}}", "{{B}}"], {"A": " ", "B": "x"}, (1,)),
        (["{{A}}", "{{B}}"], {}, ()),
        (["{{#A}}text{{/A}}"], {"A": "x"}, ()),
        (["{{#A}}{{B}}{{/A}}"], {"A": "x", "B": "x"}, (0,)),
        (["{{#A}}{{B}}{{/A}}"], {"A": "<br>", "B": "x"}, ()),
        (["{{^A}}{{B}}{{/A}}", "{{^B}}{{A}}{{/B}}"], {"B": "x"}, (0,)),
        (["{{#A}}{{^B}}{{É}}{{/B}}{{/A}}"], {"A": "x", "É": "x"}, (0,)),
        (["{{cloze:A}}", "{{type:A}}", "{{nosuchfilter:A}}"], {"A": "x"}, (0, 1, 2)),
        (["{{FrontSide}}", "{{^FrontSide}}{{A}}{{/FrontSide}}"], {"A": "x"}, (1,)),
        (["{{#c1}}{{A}}{{/c1}}", "{{^c1}}{{A}}{{/c1}}"], {"A": "x"}, (1,)),
        (["{{Card}}", "{{^Card}}{{A}}{{/Card}}", "{{Deck}}"], {"A": "x"}, (0,)),
        (["{{Tags}}", "{{^Tags}}{{A}}{{/Tags}}"], {"A": "x"}, (1,)),
        (["{{}}", "{{hint:}}", "<!-- {{A}} -->"], {"A": "x"}, ()),
        (["{{A}}{{#A}}", "{{A}}{{/A}}", "{{A}}{{"], {"A": "x"}, (2,)),
        (["{{Nope}}", "{{^Nope}}{{A}}{{/Nope}}"], {"A": "x"}, (1,)),
    ],
)
def test_generates_the_cards_of_a_standard_note(
    scratch: Scratch, fronts: list[str], fields: dict[str, str], ords: tuple[int, ...]
) -> None:
    full = dict.fromkeys(FIELDS, "") | fields
    assert standard_card_ords([parse_template(front) for front in fronts], full) == ords
    assert scratch.standard_ords(fronts, full) == ords


def test_looks_at_tags_when_a_front_does(scratch: Scratch) -> None:
    fronts = ["{{#Tags}}{{A}}{{/Tags}}", "{{^Tags}}{{A}}{{/Tags}}"]
    fields = {**dict.fromkeys(FIELDS, ""), "A": "x"}
    assert standard_card_ords([parse_template(front) for front in fronts], fields, tags=["t"]) == (0,)
    assert scratch.standard_ords(fronts, fields, ["t"]) == (0,)


@pytest.mark.parametrize("cloze", [False, True])
def test_reports_no_card_where_anki_adds_a_blank_one(scratch: Scratch, cloze: bool) -> None:
    assert scratch.blank_ords({"A": "x"}, cloze=cloze) == ([0], [0])
    assert cloze_ords({"A": "x", "Sentinel": ""}) == ()
    assert standard_card_ords([parse_template("{{Sentinel}}")], {"A": "x", "Sentinel": ""}) == ()


# Clozes

DEEP = "".join(f"{{{{c{number}::" for number in range(1, 13))


@pytest.mark.parametrize(
    ("html", "ords"),
    [
        ("", ()),
        ("{{c1::a}} {{c3::b}} {{c1::c}}", (0, 2)),
        ("{{c2::a::hint}}", (1,)),
        ("{{c2::}}", (1,)),
        ("{{c02::a}}", (1,)),
        ("{{c1,3::a}}", (0, 2)),
        ("{{c,,2,::a}}", (1,)),
        ("{{c1, 2::a}}", ()),
        ("{{c,::{{c2::a}}", (1,)),
        ("{{c0::a}}", ()),
        ("{{c0,2::a}}", (1,)),
        ("{{c500::a}}{{c501::b}}{{c65535::c}}", (499,)),
        ("{{c65536::a}}", ()),
        ("{{c1,65536::a}}", (0,)),
        (f"{{{{c{'9' * 5000}::a}}}}", ()),
        ("{{c1:a}}", ()),
        ("{{C1::a}}{{ c1::a}}{{c 1::a}}{{c+1::a}}{{c\u0661::a}}", ()),
        ("{{c1::a", ()),
        ("{{c1::a}", ()),
        ("{{c1::a}}{{c2::b", (0,)),
        ("{{c1::a{{c2::b}}c}}", (0, 1)),
        ("{{c1::a{{c2::b}}{{c3::c}}", ()),
        ("{{c4::a::{{c5::hint}}}}", (3, 4)),
        ("{{c1::a}}}}{{c2::b}}", (0, 1)),
        ("<!-- {{c2::a}} -->", (1,)),
        (r"\(\frac{{{c2::a}}}{b}\)", (1,)),
        ("{{c<b>2</b>::a}}", ()),
        ("{{c2\x00::a}}", (1,)),
        (f"{DEEP}x{'}}' * 12}{{{{c20::y}}}}", (*range(10), 19)),
        (f"{DEEP}x{'}}' * 10}", tuple(range(10))),
        (f"{DEEP}x{'}}' * 9}", ()),
    ],
)
def test_generates_the_cards_of_a_cloze_note(scratch: Scratch, html: str, ords: tuple[int, ...]) -> None:
    assert cloze_ords({"A": html}) == ords
    assert scratch.cloze_ords({"A": html}) == ords


def test_takes_clozes_of_every_field_and_tells_those_that_ask_nothing(scratch: Scratch) -> None:
    fields = {"A": "{{c1::a}}", "B": "{{c1::b}}{{c3::c}}", "É": "{{c5::"}
    assert cloze_ords(fields) == (0, 2)
    assert scratch.cloze_ords(fields) == (0, 2)
    assert blank_cloze_ords(fields, parse_template("{{cloze:A}}{{B}}").cloze_fields) == (2,)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("a {{c1::b::c}} {{c2,3::d{{c4::e}}}} {{c1::\\frac{a}{b} }}", []),
        ("a {{c1::b", [(2, "{{c1:: is never closed, so neither it nor any cloze inside it makes a card")]),
        ("{{c0::a}}", [(0, "{{c0:: has the number 0, which makes no card")]),
        ("ab{{c1:c}}", [(2, "{{c1: does not open a cloze, so it would be shown as it is")]),
        ("{{C2::a}}", [(0, "{{C2:: does not open a cloze, so it would be shown as it is")]),
        ("{{c1, 2::a}}", [(0, "{{c1, 2:: does not open a cloze, so it would be shown as it is")]),
        ("{{c65536::a}}", [(0, "{{c65536:: does not open a cloze, so it would be shown as it is")]),
        ("{{c501::a}}", [(0, "{{c501:: shares card 500 with every greater number")]),
        ("x{{c1::}}", [(1, "{{c1:: has no content to ask for")]),
        ("x{{c1::<br>&nbsp; ::hint}}", [(1, "{{c1:: has no content to ask for")]),
        ("{{c1::{{c2::}}}}", [(6, "{{c2:: has no content to ask for")]),
        (
            "{{c1:a}}{{c0::",
            [
                (0, "{{c1: does not open a cloze, so it would be shown as it is"),
                (8, "{{c0:: is never closed, so neither it nor any cloze inside it makes a card"),
                (8, "{{c0:: has the number 0, which makes no card"),
            ],
        ),
        (
            f"{'{{c1::' * 11}x{'}}' * 11}",
            [(60, "{{c1:: stands in 10 other clozes, and Anki looks no deeper")],
        ),
    ],
)
def test_places_the_problems_of_clozes(text: str, found: list[tuple[int, str]]) -> None:
    problems = cloze_problems(text)
    assert [(problem.offset, problem.message) for problem in problems] == found
    assert all(problem.advice for problem in problems)


# Against real Anki


NAMES = one_of("A|B|É|Deck|Tags|Card|Type|Subdeck|CardFlag|CardID|FrontSide|Nope|a|A |E\u0301|c1|")
FILTERS = one_of("||||hint:|text:|cloze:|type:cloze:|furigana:|nope:|:| hint:")
REPLACED = replaced("|| |{|{{", FILTERS, NAMES)
TEXT = one_of("| |x|<b>y</b>\n|<!-- {{A}} -->|<!-- {{#B}} {{|-->|<!--|}}|{|}")
SECTIONS = one_of("A|A|B|B|É|Deck|Tags|Card|FrontSide|Nope|c1|c+07|c|A:|")
GRAMMAR = grammar(REPLACED | TEXT, SECTIONS, right_ends=6, most=10)
OTHER_DELIMITERS = with_other_delimiters(st.one_of(of_other_delimiters(GRAMMAR), GRAMMAR, SOUP))
TEMPLATES = st.one_of(GRAMMAR, GRAMMAR, SOUP, OTHER_DELIMITERS)
CONTENTS = row_of(
    "|| |\n|\t|\r|\x0b|\x1c|\x00|<br>|<BR/>|<br  >|</div >|<div>|<|>|br|&nbsp;|\xa0|\u3000|\x85|x|<img src=x>"
    "|{{c1::x}}|<d\u0130v>|<!-- -->",
    most=3,
)
CLOZES = row_of(
    "{{c1::|{{c2::|{{c3,4::|{{c5::|{{c06::|{{c0::|{{c0,7::|{{c,8,::|{{c,::|{{c600::|{{c65535::|{{c65536::"
    "|{{c9,65536::|{{c1:|{{c 1::|{{C1::|{{c|::|:|{|}|{{|}}|}}|}}|}}|}}|}}|}}|a|<br>|\x00|\n|1|,|<!--|-->",
    most=24,
)
DEEP_CLOZES = st.lists(st.integers(1, 14) | st.none(), min_size=10, max_size=45).map(
    lambda numbers: "".join("}}" if number is None else f"{{{{c{number}::" for number in numbers)
)


@DIFFERENTIAL
@given(
    st.lists(TEMPLATES, min_size=1, max_size=MAX_FRONTS),
    st.fixed_dictionaries(dict.fromkeys(FIELDS, CONTENTS)),
    st.sampled_from([(), ("tag",)]),
)
def test_standard_cards_are_those_that_anki_generates(
    scratch: Scratch, fronts: list[str], fields: dict[str, str], tags: tuple[str, ...]
) -> None:
    ours = standard_card_ords(
        [parse_template(front) for front in fronts], {**fields, "Sentinel": "x"}, tags=tags
    )
    assert ours == scratch.standard_ords(fronts, fields, tags)


@DIFFERENTIAL
@given(st.fixed_dictionaries({"A": CLOZES | DEEP_CLOZES, "B": CLOZES}))
def test_cloze_cards_are_those_that_anki_generates(scratch: Scratch, fields: dict[str, str]) -> None:
    assert cloze_ords(fields) == scratch.cloze_ords(fields)


@DIFFERENTIAL
@given(TEMPLATES, st.booleans())
def test_refuses_the_fronts_that_anki_refuses(scratch: Scratch, front: str, cloze: bool) -> None:
    refused = scratch.refuses(front, scratch.good_side(cloze=cloze), cloze=cloze)
    assert bool(anki_refusals(front, CHECKED_FIELDS, cloze=cloze, side="front")) is refused
    if refused:
        assert template_problems(front, CHECKED_FIELDS, cloze=cloze, side="front")


@DIFFERENTIAL
@given(TEMPLATES, st.booleans())
def test_refuses_the_backs_that_anki_refuses(scratch: Scratch, back: str, cloze: bool) -> None:
    refused = scratch.refuses(scratch.good_side(cloze=cloze), back, cloze=cloze)
    assert bool(anki_refusals(back, CHECKED_FIELDS, cloze=cloze, side="back")) is refused


@DIFFERENTIAL
@given(TEMPLATES, st.sets(st.sampled_from(FIELDS)), st.booleans())
def test_a_front_called_empty_never_shows_a_field(front: str, filled: set[str], tagged: bool) -> None:
    parsed = parse_template(front)
    problems = template_traps(front, FIELDS, cloze=False, side="front")
    never = any("no field on the front can have content" in problem.message for problem in problems)
    fields = {name: "x" if name in filled else "" for name in FIELDS}
    if never:
        assert standard_card_ords([parsed], fields, tags=["t"] if tagged else []) == ()


@DIFFERENTIAL
@given(CLOZES.map(lambda text: text.replace("\x00", "")))
def test_every_number_has_a_card_in_a_text_without_cloze_problems(text: str) -> None:
    if not cloze_problems(text):
        ords = {number - 1 for cloze in find_clozes(text) for number in cloze.numbers}
        assert cloze_ords({"A": text}) == tuple(sorted(ords))
