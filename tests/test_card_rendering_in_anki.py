"""What a card shows, held against real Anki: the cards of banks, hard ones by hand, and what no one thought of."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from anki_bench import opened
from anki_scratch import SENTINEL, RenderingScratch, as_rendered, same_ids
from banks import FIRST_BANK, HARD_BANK, as_yaml, make_bank, plans_of, question, questions
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

from ankiexport.card_rendering import CardInfo, RenderedCard, plain, render_card, typed_cloze
from ankiexport.formats.apkg import write_apkg
from ankiexport.notes import CardTemplate, Field, NoteType, PackagePlan
from ankiexport.resources import starter_bank

FIELDS = ("A", "B", "É", "Deck")
FILLED = {SENTINEL: "{{c1::s}}"}
HARD_CARDS = Path(__file__).parent / "hard_cards"

OWN_NOTE_TYPE = {
    "name": "Own",
    "requires": ["question"],
    "fields": [{"id": 1, "name": "Text"}, {"id": 2, "name": "Extra"}],
    "templates": [{"id": 1, "name": "Own card", "front": "front.html", "back": "back.html"}],
}

DIFFERENTIAL = settings(
    max_examples=800,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RenderingScratch]:
    """One collection of real Anki for all tests of this module."""
    bench = RenderingScratch(tmp_path_factory.mktemp("scratch"), FIELDS)
    yield bench
    bench.col.close()


def with_same_ids(card: RenderedCard) -> RenderedCard:
    """Return one of our cards with the ids of its hints counted."""
    return replace(card, front=same_ids(card.front), back=same_ids(card.back))


def ours(
    front: str, back: str, fields: Mapping[str, str], info: CardInfo, *, cloze: bool, ord_: int
) -> RenderedCard:
    """Return what we render for a card of the scratch collection."""
    template = CardTemplate(1, "Card 0" if cloze else "Card 1", front, back)
    note_type = NoteType(
        id=1, key="", name="Scratch cloze" if cloze else "Scratch standard", cloze=cloze, css="",
        fields=tuple(Field(number, name) for number, name in enumerate([*FIELDS, SENTINEL])),
        templates=(template, template),
    )  # fmt: skip
    card = render_card(note_type, {SENTINEL: "", **dict.fromkeys(FIELDS, ""), **fields}, ord_, info)
    return with_same_ids(card)


def assert_same(
    scratch: RenderingScratch,
    front: str,
    back: str,
    fields: Mapping[str, str],
    tags: Sequence[str] = (),
    *,
    cloze: bool = False,
    ord_: int | None = None,
) -> RenderedCard:
    """Hold one card against Anki, and return it."""
    all_fields = {**dict.fromkeys(FIELDS, ""), **fields}
    ord_ = scratch.STANDARD_ORD if ord_ is None else ord_
    card_id, theirs = scratch.rendered(front, back, all_fields, tags, cloze=cloze, ord_=ord_)
    info = CardInfo(tags=tuple(tags), card_id=card_id)
    card = ours(front, back, all_fields, info, cloze=cloze, ord_=ord_)
    assert card == theirs
    return card


# Banks

BANKS = (FIRST_BANK, HARD_BANK, HARD_CARDS, starter_bank())


@pytest.mark.parametrize(
    "bank", BANKS, ids=lambda bank: bank.parent.name if bank.name == "bank" else bank.name
)
def test_every_card_of_a_bank_shows_what_anki_shows(bank: Path, tmp_path: Path) -> None:
    whole = plans_of(bank)[0]
    assert sum(len(note.card_ids) for note in whole.notes) >= 2
    assert_package_renders_alike(whole, tmp_path)


def test_a_note_type_with_every_filter_shows_what_anki_shows(tmp_path: Path) -> None:
    """A note type of the bank's own, its templates written by Jinja, its fields by Markdown."""
    sides = {
        "front.html": "{{#Text}}{{text:Text}}{{/Text}}{{^Extra}}{{furigana:Text}}{{/Extra}}{{hint:Text}}{{type:Text}}",
        "back.html": "{{FrontSide}}<hr id=answer>{{kana:Text}}{{kanji:Text}}{{Tags}} {{Type}} {{Deck}} {{Subdeck}} {{Card}}"
        " {{CardFlag}} {{CardID}} {{tts en_US:Text}}{{nosuch:Text}}{{hint:Extra}}<!-- {{Nope}} -->",
    }
    templates = {f"card_templates/own/{name}": text for name, text in sides.items()}
    texts = [
        "漢字[かんじ] $x<y$ **b** e\u0301",
        "![a](media/a.svg) [sound:media/a.mp3] `{{c1::x}}`",
        "| a |\n|---|\n| b |",
    ]
    items = [
        question(f"q{number}", question=text, answer="x" * (number % 2), note_type="own", tags=["a::b", "C"])
        for number, text in enumerate(texts)
    ]
    bank = make_bank(
        tmp_path,
        {
            **templates,
            "card_templates/own/note_type.yaml": as_yaml(OWN_NOTE_TYPE),
            "card_templates/own/style.css": "",
            "card_templates/own/fields/text.html": "[[ question ]]",
            "card_templates/own/fields/extra.html": "[[ answer ]]",
            "q.yaml": questions("one", *items),
            "media/a.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
            "media/a.mp3": b"x",
        },
        deck="Root::Middle",
    )
    assert_package_renders_alike(plans_of(bank)[0], tmp_path)


def assert_package_renders_alike(plan: PackagePlan, folder: Path) -> None:
    """Import a package into Anki, and hold each of its cards against ours."""
    write_apkg(plan, folder / "x.apkg")
    note_types = {note_type.key: note_type for note_type in plan.note_types}
    compared = 0
    with opened(folder / "anki") as bench:
        bench.import_package(folder / "x.apkg")
        for note in plan.notes:
            note_type = note_types[note.content.note_type]
            fields = dict(zip(note_type.field_names, note.content.fields, strict=True))
            for ord_, card_id in zip(note.content.ords, note.card_ids, strict=True):
                info = CardInfo(note.deck, note.content.tags, card_id)
                output = bench.card(card_id).render_output()
                card = render_card(note_type, fields, ord_, info)
                assert with_same_ids(card) == as_rendered(output), note.content.key
                assert output.css == note_type.css
                compared += 1
        assert compared == bench.col.card_count()


# By hand


@pytest.mark.parametrize(
    ("front", "back", "fields", "shown"),
    [
        ("{{A}}", "{{FrontSide}}|{{B}}", {"A": "a[sound:a.mp3]", "B": "b[sound:b.mp3]"},
         ("a[anki:play:q:0]", "a[anki:play:q:0]|b[anki:play:a:0]")),
        ("a<!-- {{A}} -->{{A}}", "", {"A": "x"}, ("a<!-- {{A}} -->x", "")),
        ("{{#A}}1{{A}}{{/A}}{{^B}}2{{/B}}", "{{^A}}3{{/A}}{{#B}}4{{/B}}", {"A": "x"}, ("1x2", "")),
        ("{{A}}{{type:A}}", "{{type:nc:A}}{{type:cloze:A}}", {"A": "x"},
         ("x[[type:A]]", "[[type:nc:A]][[type:cloze:A]]")),
        ("{{text:A}}", "{{A}}", {"A": "<b>x</b>&lt;"}, ("x<", "<b>x</b>&lt;")),
        ("{{furigana:A}}", "{{kana:A}}|{{kanji:A}}", {"A": "a 漢字[かんじ]"},
         ("a<ruby><rb>漢字</rb><rt>かんじ</rt></ruby>", "aかんじ|a漢字")),
        ("{{Card}} {{Type}} {{Subdeck}} {{CardFlag}}", "{{nosuch:A}}", {"A": "x"},
         ("Card 1 Scratch standard Default flag0", "x")),
        ("{{A}} {{A", "{{=<% %>=}}<%A%>{{A}}", {"A": "x"}, ("x {{A", "x{{A}}")),
    ],
)  # fmt: skip
def test_shows_what_a_card_shows(
    scratch: RenderingScratch, front: str, back: str, fields: dict[str, str], shown: tuple[str, str]
) -> None:
    card = assert_same(scratch, front, back, fields)
    assert (card.front, card.back) == shown


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("a {{c1::b::c}} {{c2::d}}",
         (('a <span class="cloze" data-cloze="b" data-ordinal="1">[c]</span>'
          ' <span class="cloze-inactive" data-ordinal="2">d</span>'),
          'a <span class="cloze" data-ordinal="1">b</span> <span class="cloze-inactive" data-ordinal="2">d</span>')),
        ("{{c2::a {{c1,3::<b>}}}}",
         (('<span class="cloze-inactive" data-ordinal="2">a '
          '<span class="cloze" data-cloze="&lt;b&gt;" data-ordinal="1,3">[...]</span></span>'),
          '<span class="cloze-inactive" data-ordinal="2">a <span class="cloze" data-ordinal="1,3"><b></span></span>')),
        (r"\({{c1::\frac{x}{y} }}<b>z</b>\)", (r"\([...]z\)", r"\(\frac{x}{y} z\)")),
        ("a {{c1::b}} {{c2::c {{c1::d}}",
         ('a <span class="cloze" data-cloze="b" data-ordinal="1">[...]</span> ',
          'a <span class="cloze" data-ordinal="1">b</span> ')),
        ("{{c1::image-occlusion:rect:left=.1:oi=1}}",
         ('<div class="cloze" data-ordinal="1" data-shape="rect" data-left=".1" data-occludeInactive="1" ></div>',
          ('<div class="cloze-highlight" data-ordinal="1" data-shape="rect" data-left=".1"'
          ' data-occludeInactive="1" ></div>'))),
        ("a {{c2::b}}", ("", "")),
    ],
)  # fmt: skip
def test_shows_what_a_cloze_shows(scratch: RenderingScratch, html: str, shown: tuple[str, str]) -> None:
    card = assert_same(scratch, "{{cloze:A}}", "{{cloze:A}}", {"A": html, **FILLED}, cloze=True, ord_=0)
    assert (card.front, card.back) == shown


def test_shows_the_words_that_anki_has_for_what_cannot_be_shown(scratch: RenderingScratch) -> None:
    assert "front of this card is blank" in assert_same(scratch, "x{{A}}", "y", {}).front
    assert "No cloze" in assert_same(scratch, "{{cloze:A}}", "", {"A": "x"}, cloze=True, ord_=2).front
    for front in (
        "{{Nope}}",
        "{{#Nope}}{{/Nope}}",
        "{{#A}}",
        "{{/A}}",
        "{{#A}}{{/B}}",
        "{{#FrontSide}}{{/FrontSide}}",
    ):
        assert "Front template has a problem" in assert_same(scratch, front, "", {"A": "x"}).back
    assert "Back template has a problem" in assert_same(scratch, "{{A}}", "{{<Nope>}}", {"A": "x"}).front


def test_renders_deeply_nested_templates_without_recursion() -> None:
    deep = 20_000
    front = "{{#A}}" * deep + "{{A}}" + "{{/A}}" * deep
    assert ours(front, "", {"A": "x"}, CardInfo(), cloze=False, ord_=1).front == "x"


# Templates and fields that nobody thought of


# Most names are good, or there would be little to see but messages.
NAMES = one_of(
    "A|A|A|A|B|B|B|É|Deck|Tags|Card|Type|Subdeck|CardFlag|CardID|FrontSide|FrontSide|Sentinel|c1|c2|Nope|"
)
FILTERS = st.lists(
    one_of(
        "|hint|text|text|cloze|cloze|cloze|cloze-only|type|nc|furigana|kana|kanji|nope|tts-voices| hint|tts|Text"
        "|tts en_US|tts ja_JP voices=Apple_Otoya,Microsoft_Haruka speed=1.5|tts de"
    ),
    max_size=3,
).map(lambda filters: "".join(f"{name}:" for name in filters))
REPLACED = replaced("|||| |{|{{", FILTERS, NAMES)
PROSE = row_of(r"|x| |é|<b>y</b>|\(|\)|<!-- {{A}} -->|<!--|-->|}}|{|}|[sound:s.mp3]|&amp;|&", most=3)
SECTIONS = one_of("A|A|A|B|B|B|É|Deck|Tags|Card|FrontSide|Nope|c1|c2|c+07|c|Sentinel")
GRAMMAR = grammar(REPLACED | PROSE, SECTIONS, right_ends=12, most=8)
OTHER_DELIMITERS = with_other_delimiters(of_other_delimiters(GRAMMAR))
TEMPLATES = st.one_of(GRAMMAR, GRAMMAR, GRAMMAR, SOUP, OTHER_DELIMITERS)

TEXTS = row_of(
    '| |x|y z|é|E\u0301|\u3000|\n|\x00|\x1c|<br>|<BR />|<div>|</div>|<b>|</b>|<i class="a">|<!-- c -->|<!--|-->'
    '|<style>s</style>|<script>s</script>|<|>|&amp;|&lt;|&nbsp;|&|;|&#65;|&#x41;|&#xD800;|&apos;|&nosuch;|&hearts;|"'
    "|'|/|=|`|#|%|\\|$|{|}|[|]|(|)|::|:|,|漢字[かんじ]|日本[にほん]語[ご]| |kanji[kana]",
    most=8,
)
CLOZES = row_of(
    "{{c1::|{{c1::|{{c2::|{{c3,1::|{{c11::|{{c01::|{{c0::|{{c0,2::|{{c,1,::|{{c,::|{{c600::|{{c65536::|{{c1:|{{C1::"
    '|{{|::|::|::hint|:|}|}}|}}|}}|}}|}}|}}|a|b c|<b>d</b>|&lt;|"|<br>|\x00|\n|\\(|\\)|\\[|\\]|<!--|-->|\\frac{x}{y}'
    "|image-occlusion:|image-occlusion:rect:left=.1:top=.2:oi=1|image-occlusion:text:text=a b\\:c<:fs=2:scale=|:fill=#f00"
    "|[sound:a.mp3]|é",
    most=20,
)
DEEP_CLOZES = st.lists(st.integers(1, 3) | st.none(), min_size=10, max_size=45).map(
    lambda numbers: "".join("}}x" if number is None else f"{{{{c{number}::" for number in numbers)
)
SOUNDS = row_of(
    "[sound:|[sound:a b.mp3]|[sound:a&amp;b.mp3]|[sound:é\n]|]|[|x|<b>y</b>|[anki:tts lang=en_US]|[/anki:tts]|[/anki:tts]"
    '|[anki:tts]|[anki:tts lang="a b" voices=c,d speed=2]|[anki:tts lang=en other=1]|[anki:foo a=b]|[/anki:foo]|[anki:'
    '|[anki:play:q:0]|[anki:foo]|[anki:foo a="b"  ]|[/anki:| |=|"|&amp;|\n',
    most=8,
)
MASKS = row_of(
    "{{c1::image-occlusion:|{{c2::image-occlusion:|}}|rect|ellipse|text|polygon|:|:|=|\\\\|left|=.1|top=2|:width=3|:height=4|:oi=1"
    '|:fs=2|text=a b|fill=#f00|:scale=x|angle=|points=1,2 3,4|rx=|ry=|nosuch=|<|"|\n|{{c1::|::',
    most=14,
)
LATEX = row_of(
    "[latex]|[/latex]|[$]|[/$]|[$$]|[/$$]|[LATEX]|[/LaTeX]|x|<br>|<br />|<div>|</div>|&lt;|&amp;|&|\\alpha|{|}|%|é|\u0394"
    "|\n|<b>|[",
    most=8,
)
CONTENTS = st.one_of(TEXTS, CLOZES, CLOZES, MASKS, DEEP_CLOZES, SOUNDS, LATEX, st.just(""))
FIELD_CONTENTS = st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, CONTENTS))
TAGS = st.sampled_from([(), ("a",), ("a", "topic::b")])


@DIFFERENTIAL
@given(TEMPLATES, TEMPLATES, FIELD_CONTENTS, TAGS)
def test_standard_cards_show_what_anki_shows(
    scratch: RenderingScratch, front: str, back: str, fields: dict[str, str], tags: tuple[str, ...]
) -> None:
    assert_same(scratch, front, back, fields, tags)


@DIFFERENTIAL
@given(TEMPLATES, TEMPLATES, FIELD_CONTENTS, TAGS, st.sampled_from(RenderingScratch.CLOZE_ORDS))
def test_cloze_cards_show_what_anki_shows(
    scratch: RenderingScratch, front: str, back: str, fields: dict[str, str], tags: tuple[str, ...], ord_: int
) -> None:
    assert_same(scratch, front, back, fields, tags, cloze=True, ord_=ord_)


@DIFFERENTIAL
@given(FILTERS, CONTENTS, st.sampled_from([0, 0, 0, 1, 10]))
def test_filters_do_what_anki_does(scratch: RenderingScratch, filters: str, html: str, ord_: int) -> None:
    side = f"{{{{{filters}A}}}}{{{{cloze:Sentinel}}}}"
    assert_same(scratch, side, side, {"A": html, **FILLED}, cloze=True, ord_=ord_)


@DIFFERENTIAL
@given(st.lists(st.one_of(CLOZES, DEEP_CLOZES, MASKS), max_size=3).map("".join))
def test_clozes_show_what_anki_shows(scratch: RenderingScratch, html: str) -> None:
    front, back = (
        "{{cloze:A}}{{cloze:Sentinel}}",
        "{{cloze:A}}|{{cloze-only:A}}|{{text:cloze:A}}|{{cloze:text:A}}",
    )
    assert_same(scratch, front, back, {"A": html, **FILLED}, cloze=True, ord_=0)


@DIFFERENTIAL
@given(CLOZES | DEEP_CLOZES, st.sampled_from([1, 2, 3]))
def test_what_is_to_be_typed_is_what_anki_expects(scratch: RenderingScratch, html: str, number: int) -> None:
    assert typed_cloze(html, number) == plain(scratch.col.extract_cloze_for_typing(html, number))


@DIFFERENTIAL
@given(st.lists(st.one_of(SOUNDS, TEXTS, LATEX), max_size=3).map("".join))
def test_sounds_and_latex_go_where_anki_puts_them(scratch: RenderingScratch, html: str) -> None:
    assert_same(scratch, "{{A}}{{Deck}}", "{{FrontSide}}{{A}}{{tts en:A}}", {"A": html, "Deck": "x"})
