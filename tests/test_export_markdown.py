"""Export to hashcards and Obsidian: every card arrives as it is in Anki, or is refused by name."""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from banks import FIRST_BANK, make_bank, question, questions
from click.testing import CliRunner
from flashcard_markdown import ReadCard, bare, read_hashcards, read_obsidian, shown
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ankiexport.cli.app import cli
from ankiexport.exporting import ExportResult, export_bank, shipment_of
from ankiexport.formats.study_cards import study_cards
from ankiexport.html_text import html_to_text
from ankiexport.pipeline import check_bank

READERS: dict[str, Callable[[Path], list[ReadCard]]] = {
    "hashcards": read_hashcards,
    "obsidian": read_obsidian,
}
BOTH = pytest.mark.parametrize("form", READERS)


def in_anki(bank: Path, left_out: set[str] | None = None) -> Counter[tuple[str, str]]:
    """Return the texts of the cards that are asked, without those of some notes."""
    cards = study_cards(shipment_of(check_bank(bank)))
    return Counter(
        (bare(html_to_text(f"{card.front}\n{card.hints}")), bare(html_to_text(card.back)))
        for card in cards
        if card.note.content.key not in (left_out or set())
    )


def arrived(form: str, out: Path) -> Counter[tuple[str, str]]:
    """Return the texts of the cards that the program for a format finds; the tags at the end are not looked at."""
    (folder,) = out.iterdir()
    without_tags = re.compile(r"^(?:> )?#[\w/-]+(?: #[\w/-]+)*$", re.MULTILINE)
    return Counter(
        (shown(without_tags.sub("", card.front)), shown(without_tags.sub("", card.back)))
        for card in READERS[form](folder)
    )


def refused(result: ExportResult) -> dict[str, str]:
    """Return the reasons by the ids of notes."""
    messages = [problem.message for problem in result.diagnostics if problem.code == "export-refused"]
    return {
        match[1]: match[2]
        for match in map(re.compile(r'"(.*?)" is left out: (.*)').fullmatch, messages)
        if match
    }


@BOTH
def test_every_card_of_the_first_bank_arrives(form: str, tmp_path: Path) -> None:
    """Each card of Anki is there once, with its hints, and says the same; none is refused."""
    result = export_bank(FIRST_BANK, form, tmp_path)
    assert refused(result) == {}
    expected = in_anki(FIRST_BANK)
    assert expected.total() == 355
    assert arrived(form, tmp_path) == expected


HARD_TEXTS = [
    "A: an answer?\n\nC: a cloze?\n\nQ: x",
    "Before.\n\n<pre>---\nQ: x\nA: y\n\n---\n?\n??\na::b</pre>\n\nAfter.",
    "```python\nA: int = 1\n\nx = a[::2]\n```",
    "```text\n---\nname: x\n---\n```\n\n```\n````\n```",
    "?\n\n??\n\n---",
    "std::vector, a:::b, `a::b`, ``a`::b``, :: and `x` :: `y`",
    "a == b == c, `==d==`, %%hidden%%, #tag #flashcards/x ^block",
    "[a](http://b.c/d?e=f&g=h::i) [b] [c]: d [e][f] [[g]] ![no picture] [^1]",
    r"\*stars\* \_x\_ __init__ snake_case `code` *em*phasis **\"strong\"**er **a:** x \\ \` \# 1\. 2\) -",
    "# not a heading?\n\n1. one\n2. two\n\n    - nested\n\n        deeper\n\n5. five",
    "- a\n\n- b\n\n<!-- -->\n\n* c",
    "> a quotation\n>\n> - with a list",
    "| a | b |\n|---|--:|\n| $P(x|y)$ | `a|b` |\n| a \\| b | **x** |",
    "$a < b$ and $$\\sum_{i=1}^n x_i \\; [0, 1]$$ cost $5 or 10$ and \\$x\\$ and $x$5",
    "&lt;b&gt; &amp;amp; <b>bold</b><i>it</i> a<sub>1</sub> x<sup>2</sup> <u>u</u> a<br>b",
    "~~gone~~ ~~~ ~80 <details><summary>More [x]</summary>\n\nInside\n\n</details>",
    "a\u00a0b \u2028 \u0085 \ue010 é ß 中文 🎴 \u202e",
    "+ x\n+ y\n\nterm\n:   definition\n\n***\n\nend ^id",
    "<!--SR is no comment of the plugin-->\n\ntext",
]
HARD_CLOZES = [
    "A {{c1::b}} [c] `d[0]` $e[1]$ ![f](media/p.svg) {{c2::g!}}!{{c3::h}} \\\\{{c4::i}}",
    "{{c1::a}} {{c1::b}} {{c3::c::hint}}",
    "{{c1::outer {{c2::inner}} text}}",
    "$x = {{c1::y}}$ and `{{c2::z}}`",
    "{{c1::0::number}} {{c2::ash::word}} {{c3::a;;b}} {{c4::=}}",
    "{{c1::**bold**}} and {{c2::$a_1$}} and **{{c3::c}}** and {{c4::a::b}}",
    "- {{c1::one}}\n- {{c2::two}}\n\n| {{c3::x}} | b |\n|---|---|\n| c | d |",
    "{{c1::one\n\ntwo}}",
    "{{c1::$$a$$}} {{c2::![x](media/p.svg)}} A: {{c3::b}}",
    "```\na[0]\n---\n```\n\n{{c1::x}} == y",
    "CLOZE_DELETION {{c1::x}}",
]


@BOTH
def test_hard_texts_arrive(form: str, tmp_path: Path) -> None:
    """Whatever means something in these formats arrives as text, on either side and in clozes."""
    items = [question(f"front-{at}", question=text, hint=[text]) for at, text in enumerate(HARD_TEXTS)]
    items += [question(f"back-{at}", answer=text) for at, text in enumerate(HARD_TEXTS)]
    facts = [{"id": f"fact-{at}", "text": text} for at, text in enumerate(HARD_CLOZES)]
    bank = make_bank(
        tmp_path,
        {"q.yaml": questions("one", *items, question("facts", facts=facts)), "media/p.svg": "<svg/>"},
    )
    result = export_bank(bank, form, tmp_path / "out")
    assert not result.has_errors, result.diagnostics
    assert refused(result) == {}
    assert arrived(form, tmp_path / "out") == in_anki(bank)


FRAGMENTS = st.sampled_from(
    [
        "A:", "Q:", "C:", "---", "?", "??", "::", ":::", "==", ";;", "[", "]", "](", "![", "!", "\\\\", "`", "``",
        "*", "**", "_", "~~", "$", "$x$", "\\(y\\)", "|", "> ", "- ", "1. ", "# ", "#tag", "%%", "^id", "<", "<b>", "</b>",
        "&amp;", "&", "a", "b c", " ", "\n", "\n\n", "\n    ", "```", "<!--", "-->", "word", "7", ".", "(", ")",
    ]
)  # fmt: skip
TEXTS = st.lists(FRAGMENTS, min_size=1, max_size=12).map(lambda parts: "x" + "".join(parts))


@BOTH
@settings(deadline=None, max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(TEXTS, min_size=8, max_size=8, unique=True))
def test_a_card_arrives_or_is_refused(
    form: str, texts: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever texts hold, the programs find the cards of Anki but those that were named, and no others."""
    folder = tmp_path_factory.mktemp("bank")
    items = [question(f"q-{at}", question=text, answer=texts[-1 - at]) for at, text in enumerate(texts)]
    facts = [{"id": f"f-{at}", "text": f"{{{{c1::y}}}} {text}"} for at, text in enumerate(texts)]
    bank = make_bank(folder, {"q.yaml": questions("one", *items, question("facts", facts=facts))})
    result = export_bank(bank, form, folder / "out")
    if not result.has_errors:
        assert arrived(form, folder / "out") == in_anki(bank, set(refused(result)))


@BOTH
def test_what_cannot_be_said_is_refused_by_name(form: str, tmp_path: Path) -> None:
    """A card that cannot arrive is left out with the reason and its place; the others are there."""
    joined_cells = "<table><tr><td colspan='2'>a</td></tr><tr><td>b</td><td>c</td></tr></table>"
    bank = make_bank(
        tmp_path,
        {
            "q.yaml": questions(
                "one",
                question("cells", answer=joined_cells),
                question("film", answer="<video src='https://example.com/a'></video>"),
                question("end", answer="$a\\\\$ "),
                question("good"),
            )
        },
    )
    result = CliRunner().invoke(cli, ["export", form, str(bank), "--out", str(tmp_path / "out")])
    assert result.exit_code == 0
    assert '[export-refused]: "cells" is left out: a table has joined cells' in result.output
    assert '[export-refused]: "end" is left out: a formula ends with a backslash' in result.output
    assert '[export-refused]: "film" is left out: <video> is neither text nor a picture' in result.output
    assert [card.front for card in READERS[form](tmp_path / "out" / f"small-bank-{form}")] == [
        "What is good?"
    ]


def test_hashcards_refuses_cards_that_it_would_take_for_one(tmp_path: Path) -> None:
    """It knows cards by their texts, so the second of two equal ones would vanish without a word."""
    same = {"question": "Who?", "answer": "Me."}
    bank = make_bank(tmp_path, {"q.yaml": questions("one", question("a", **same), question("b", **same))})
    result = export_bank(bank, "hashcards", tmp_path / "out")
    assert refused(result) == {"b": 'hashcards tells cards by their texts alone, and "a" has the same'}
    assert len(read_hashcards(tmp_path / "out")) == 1


def test_hashcards_refuses_pictures_that_do_not_come_with_the_cards(tmp_path: Path) -> None:
    """One picture that is not there keeps hashcards from starting at all."""
    picture = "![dot](data:image/gif;base64,R0lGODlhAQABAAAAACw=)"
    bank = make_bank(tmp_path, {"q.yaml": questions("one", question("a", answer=picture), question("b"))})
    result = export_bank(bank, "hashcards", tmp_path / "out")
    assert "is no file that can come with it" in refused(result)["a"]
    assert len(read_hashcards(tmp_path / "out")) == 1


def test_decks_and_tags_are_where_each_program_looks_for_them(tmp_path: Path) -> None:
    """Hashcards has a deck a file; the plugin has decks by a tag of the note, and Obsidian finds cards by theirs."""
    bank = make_bank(
        tmp_path,
        {
            "q.yaml": questions("one", question("a", tags=["topic::x y z".replace(" ", "-")])),
            "r.yaml": questions("two", question("b", facts=[{"id": "f", "text": "A {{c1::b}}."}])),
        },
    )
    export_bank(bank, "hashcards", tmp_path / "h")
    assert [card.deck for card in read_hashcards(tmp_path / "h")] == ["1 One", "2 Two", "Facts::2 Two"]
    export_bank(bank, "obsidian", tmp_path / "o")
    cards = {card.deck: card for card in read_obsidian(tmp_path / "o")}
    assert list(cards) == [
        "flashcards/Small-bank/1-One", "flashcards/Small-bank/2-Two", "flashcards/Small-bank/Facts/2-Two",
    ]  # fmt: skip
    assert cards["flashcards/Small-bank/1-One"].back == "It is a.\n#level/one #topic/x-y-z"
