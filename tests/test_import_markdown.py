"""Questions in Markdown, hashcards and JSON: what they hold comes into Anki, and what cannot is said by place."""

import json
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from banks import HARD_BANK, make_bank, question, questions
from hypothesis import given, settings
from hypothesis import strategies as st
from import_bench import imported, in_anki, package_of, refused, run
from markdown_it import MarkdownIt
from test_exports import FULL_QUESTION, PICTURE

from ankiexport.bank import load_bank
from ankiexport.importing import markdown_folder
from ankiexport.importing.commonmark import our_markdown
from ankiexport.importing.hashcards import cloze_text
from ankiexport.markdown_html import to_html
from ankiexport.pipeline import check_bank
from ankiexport.question import Question


def files(folder: Path, **texts: str | bytes) -> Path:
    """Write files below a folder, two underscores for a slash."""
    for name, text in texts.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def read(bank: Path) -> list[Question]:
    """Return the questions of a bank that must have no error."""
    checked = check_bank(bank)
    assert not checked.has_errors, checked.diagnostics
    loaded, _problems = load_bank(bank)
    assert loaded is not None
    return list(loaded.questions)


def told(bank: Path) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return question, answer and tags of all questions."""
    return [
        (one.question.value, one.answer.value if one.answer else "", tuple(tag.value for tag in one.tags))
        for one in read(bank)
    ]


# Markdown

NOTES = """---
tags: [course::101]
---
# Chemistry

## Bonds

### How do σ and π bonds differ?

A **σ bond** overlaps end to end:
- strong
  - really
- free to rotate

![the bonds](img/bond.png)

#bonds #chem/organic

### Polarity

Like charges. $x_1$

```python
# no heading
```

## What is a mole? {#mole}

A number.

### Why

To count.
"""


def test_headings_are_questions_levels_and_tags(tmp_path: Path) -> None:
    """Leaves ask; what ends with a question mark asks, too, with all below it; headings above are levels and tags."""
    source = files(tmp_path / "notes", img__bond_png=b"png")
    (source / "chem.md").write_text(NOTES, encoding="utf-8")
    output = imported(source / "chem.md", tmp_path / "bank").output
    assert "3 questions, 3 cards, 2 levels, 1 media file" in output
    assert told(tmp_path / "bank") == [
        (
            "How do σ and π bonds differ?",
            "A **σ bond** overlaps end to end:\n\n- strong\n    - really\n- free to rotate\n\n![the bonds](media/bond.png)",
            ("course::101", "bonds", "chem::organic"),
        ),
        ("Polarity", "Like charges. $x_1$\n\n```python\n# no heading\n```", ("course::101",)),
        ("What is a mole?", "A number.\n\n**Why**\n\nTo count.", ("course::101",)),
    ]
    assert [one.id for one in read(tmp_path / "bank")][2] == "mole"
    notes, media = in_anki(package_of(tmp_path / "bank", tmp_path / "dist"), tmp_path / "anki")
    assert list(media.values()) == [b"png"]
    assert {card[1] for note in notes.values() for card in note[2]} == {
        "Chemistry::Bonds",
        "chem::Bonds",
        "chem::Questions",
    } - {"Chemistry::Bonds"}


def test_a_folder_of_files_is_a_bank(tmp_path: Path) -> None:
    """Folders and titles are levels, lower headings tags; underlined headings, front matter, our own sections."""
    source = files(
        tmp_path / "notes",
        a__one_md="Title\n=====\n\nPart\n----\n\n### Why?\n\nBecause.\n\nTags: x, y\n",
        a__10_md="# Q1\n\nA1\n\n# Q2\n\nA2\n",
        a__2_md="---\nquestion: Who?\nanswer: Me.\ntags: [z]\ndeck: Own::Deck\n---\n",
        b_md="---\nquestion: What?\n---\nThat.\n\n## More\n\nstill\n",
        c_md="## Ask {#c-ask}\n\nmore\n\n### Hint\n\nlook\n\n### Answer\n\nthis\n\n### Key points\n\n- k1\n- k2\n\n### Tags\n\nt1, t2\n",
        README_md="# not read\n\nx\n",
    )
    (source / ".obsidian").mkdir()
    (source / ".obsidian" / "x.md").write_text("# hidden\n\nx\n")
    imported(source, tmp_path / "bank")
    assert sorted(told(tmp_path / "bank")) == sorted(
        [
            ("Why?", "Because.", ("x", "y", "topic::title::part")),
            ("Q1", "A1", ("topic::10",)),
            ("Q2", "A2", ("topic::10",)),
            ("Who?", "Me.", ("z",)),
            ("What?", "That.\n\n**More**\n\nstill", ()),
            ("Ask\n\nmore", "this", ("t1", "t2")),
        ]
    )
    by_id = {one.id: one for one in read(tmp_path / "bank")}
    assert [text.value for text in by_id["c-ask"].hints] == ["look"]
    assert [text.value for text in by_id["c-ask"].key_points] == ["k1", "k2"]
    assert by_id["who"].deck == "Own::Deck"


def test_what_belongs_to_no_question_is_named(tmp_path: Path) -> None:
    """Texts above headings, and headings with nothing below, with their lines."""
    text = "intro\n\n# Part\n\nabout it\n\n## Empty\n\n## Why?\n\nBecause.\n"
    source = files(tmp_path / "notes", x_md=text, y_md="nothing here\n")
    result = imported(source, tmp_path / "bank")
    said = " ".join(result.output.split())
    for place in ("x.md:1:1", "x.md:5:1", "x.md:7:1", "y.md:1:1"):
        assert f"{place}: warning[source-skipped]" in said
    assert told(tmp_path / "bank") == [("Why?", "Because.", ())]


def test_pictures_come_from_below_the_folder_alone(tmp_path: Path) -> None:
    """Paths out of it, links out of it, other kinds of files: the description stays, and the place is named."""
    (tmp_path / "secret.png").write_bytes(b"secret")
    source = files(
        tmp_path / "notes",
        q_md=(
            "# Q?\n\n![a](../secret.png) ![b](link.png)\n![c](/etc/passwd) ![d](q.md)\n![e](gone.png) ![[deep.png|f]]\n"
            '![g](img/my%20pic.PNG "title") <img src="sub/deep.png"> ![h](https://x.y/z.png)\n[sound:s.mp3] ![i](s.mp3)\n'
            "`![j](gone.png)`\n"
        ),
        sub__deep_png=b"deep",
        s_mp3=b"sound",
    )
    (source / "img").mkdir()
    (source / "img" / "my pic.PNG").write_bytes(b"mine")
    (source / "link.png").symlink_to(tmp_path / "secret.png")
    output = " ".join(imported(source, tmp_path / "bank").output.split())
    assert output.count("warning[source-media]") == 5
    assert "q.md:3:1: warning[source-media]" in output
    assert "q.md:5:1: warning[source-media]" in output
    ((_, answer, _),) = told(tmp_path / "bank")
    assert answer.split("\n") == [
        "(a) (b)", "(c) (d)", "(e) ![f](media/deep.png)",
        '![g](media/my%20pic.png) <img src="media/deep.png"> ![h](https://x.y/z.png)', "[sound:s.mp3] [sound:s.mp3]",
        "`![j](gone.png)`",
    ]  # fmt: skip
    found = {path.name: path.read_bytes() for path in (tmp_path / "bank" / "media").iterdir()}
    assert found == {"deep.png": b"deep", "my pic.png": b"mine", "s.mp3": b"sound"}
    _, media = in_anki(package_of(tmp_path / "bank", tmp_path / "dist"), tmp_path / "anki")
    assert sorted(media.values()) == [b"deep", b"mine", b"sound"]


def test_pictures_of_one_name_stay_two(tmp_path: Path) -> None:
    """From two folders."""
    source = files(
        tmp_path / "n",
        a__q_md="# A?\n\n![](p.png)\n",
        b__q_md="# B?\n\n![](p.png)\n",
        a__p_png=b"a",
        b__p_png=b"b",
    )
    imported(source, tmp_path / "bank")
    assert sorted(path.read_bytes() for path in (tmp_path / "bank/media").iterdir()) == [b"a", b"b"]
    assert [answer for _, answer, _ in told(tmp_path / "bank")] == ["![](media/p.png)", "![](media/p-2.png)"]


def test_scripts_and_tags_of_builds_are_said(tmp_path: Path) -> None:
    """With their numbers."""
    (tmp_path / "q.md").write_text("# Q?\n\n<script>x</script>\n\n#retired #own\n")
    output = imported(tmp_path / "q.md", tmp_path / "bank").output
    assert "1 questions hold scripts" in output
    assert "Not kept: tags of 1 questions that only builds give" in output
    assert told(tmp_path / "bank")[0][2] == ("own",)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"# Q?\n\n\xff\n", "q.md:3:1: the byte 0xff is not UTF-8"),
        (b"# Q?\n\na\x00b\n", "q.md:3:2: the character NUL"),
        (b"no heading\n", "it holds no question"),
        (b"", "it holds no question"),
        (b"---\ntags: [x\n---\n# Q?\n\nA\n", "q.md:3:1: error[yaml-syntax]"),
        (b"# Q?\n\n$\\frac{1$\n", "q.md:1:1: error[formula]"),
    ],
)
def test_bad_markdown_is_refused_with_its_place(data: bytes, said: str, tmp_path: Path) -> None:
    """In the source, and nothing is written."""
    (tmp_path / "q.md").write_bytes(data)
    assert said in refused(tmp_path / "q.md", tmp_path)


def test_odd_folders_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Markdown, with too much of it, or a bank."""
    (tmp_path / "empty").mkdir()
    assert "it holds no Markdown file" in refused(tmp_path / "empty", tmp_path)
    bank = make_bank(tmp_path / "own", {"q.yaml": questions("one", question("a"))})
    assert "it is a bank already" in refused(bank, tmp_path)
    source = files(tmp_path / "notes", a_md="# a\n\nb\n", b_md="# a\n\nb\n")
    monkeypatch.setattr(markdown_folder, "MAX_FILES", 1)
    assert "more than 1 Markdown files" in refused(source, tmp_path)


_COMMON = MarkdownIt("commonmark").enable("table")
_LINES = [
    "text",
    "- a",
    "  - b",
    "  c",
    "* d",
    "1. e",
    "   f",
    "2. g",
    "",
    "    code",
    "```",
    "| a | b |",
    "|---|---|",
    "x\\",
]


@pytest.mark.parametrize(
    "text",
    [
        "text\n- a\n- b", "text\n1. a\n2. b", "text\n2. no list", "- a\n  - b\n    - c\n- d", "- a\n\n  more\n- b",
        "1. a\n   - b\n2. c", "text\n```\ncode\n```", "text\n| a | b |\n|---|---|\n| 1 | 2 |", "one\\\ntwo", "- a\nlazy",
        "1) a\n2) b", "text\n- a\n\nafter",
    ],
)  # fmt: skip
def test_commonmark_is_read_as_it_was_meant(text: str) -> None:
    """Lists without a blank line before them, nested by two spaces, tables, fences: the same elements as in CommonMark."""
    assert _shape(to_html(our_markdown(text))) == _shape(_COMMON.render(text))


def _shape(html: str) -> str:
    """Return the elements and words of HTML, without paragraphs, spaces and classes, which have no part in it."""
    found = (
        html.replace('<div class="scroll">', "").replace("</div>", "").replace('<div class="highlight">', "")
    )
    for mark in (
        "<p>",
        "</p>",
        "<span></span>",
        "<code>",
        "</code>",
        "<thead>",
        "</thead>",
        "<tbody>",
        "</tbody>",
        "<br />",
        "<br>",
    ):
        found = found.replace(mark, " " if "br" in mark else "")
    return "".join(unescape(found).split())


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(_LINES), max_size=8))
def test_no_word_is_lost_on_the_way(lines: list[str]) -> None:
    """Whatever the lines are, all that is not a mark is still there, in its order."""
    text = "\n".join(lines)
    assert [word for word in our_markdown(text).split() if word.isalpha()] == [
        word for word in text.replace("\\", "").split() if word.isalpha()
    ]


# Hashcards

CARDS = """---
name = "My deck"
---

Q: What is *this*?
![](p.png)
A: One
- two
---
C: [Berlin] is the capital of [Germany].
Q: second?
A:

$$
x
$$
C: ![](p.png) shows \\[not hidden\\] [std::vector] and `{{c1::x}}`
Q: second?
A:

$$
x
$$
"""


def test_hashcards_are_questions_and_clozes(tmp_path: Path) -> None:
    """Texts over lines, separators, decks by front matter; a card that is there twice is one."""
    source = files(
        tmp_path / "cards", a_md=CARDS, sub__Other_md="Q: q\nA: a\n", p_png=b"png", notes_md="no card\n"
    )
    output = " ".join(imported(source, tmp_path / "bank").output.split())
    assert "5 questions, 6 cards, 2 levels, 1 media file" in output
    assert "notes.md:1:1: warning[source-skipped]: the file holds no card" in output
    texts = [(asked, answer) for asked, answer, _ in told(tmp_path / "bank")]
    assert texts == [
        ("What is *this*?\n![](media/p.png)", "One\n\n- two"),
        ("{{c1::Berlin}} is the capital of {{c2::Germany}}.", ""),
        ("second?", "$$\nx\n$$"),
        ("![](media/p.png) shows \\[not hidden\\] {{c1::std:&#58;vector}} and `{&#123;c1::x}}`", ""),
        ("q", "a"),
    ]
    notes, _ = in_anki(package_of(tmp_path / "bank", tmp_path / "dist"), tmp_path / "anki")
    fronts = [card[2].front for note in notes.values() for card in note[2]]
    assert any('data-cloze="Berlin"' in front and "Germany" in front for front in fronts)
    assert {card[1] for note in notes.values() for card in note[2]} == {"cards::My deck", "cards::Other"}


def test_decks_with_levels_keep_them(tmp_path: Path) -> None:
    """A name with :: is the full name of a deck."""
    source = files(tmp_path / "cards", a_md='---\nname = "A::B"\n---\nQ: q\nA: a\n')
    imported(source, tmp_path / "bank")
    assert [one.deck for one in read(tmp_path / "bank")] == ["A::B"]


@pytest.mark.parametrize(
    ("text", "cloze"),
    [
        ("Foo [bar] baz [quux].", "Foo {{c1::bar}} baz {{c2::quux}}."),
        ("a ![x](y.png) [b]", "a ![x](y.png) {{c1::b}}"),
        (r"a \[b\] [c \[d\]]", r"a \[b\] {{c1::c \[d\]}}"),
        ("[a}}b]", "{{c1::a}&#125;b}}"),
        ("[$\\frac{1}{{2}}$]", "{{c1::$\\frac{1}{{2}}$}}"),
        ("[`a::b`]", "{{c1::<code>a:&#58;b</code>}}"),
        ("open [a and [b]", "open a and {{c1::b}}"),
        ("closed] [b]", "closed {{c1::b}}"),
    ],
)
def test_deletions_become_clozes(text: str, cloze: str) -> None:
    """Brackets as hashcards reads them; what would end a cloze or begin a hint is written otherwise."""
    assert cloze_text(text) == cloze


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Q: a\n\nQ: b\nA: c\n", "c.md:1:1: error[source-syntax]: a question without an answer"),
        ("Q: a\n", "c.md:1:1: error[source-syntax]: a question without an answer"),
        ("A: a\n", "c.md:1:1: error[source-syntax]: an answer without a question"),
        ("Q: a\nA: b\nA: c\n", "c.md:3:1: error[source-syntax]: an answer without a question"),
        ("Q: a\nA: b\n---\n\nlost\n", "c.md:5:1: error[source-syntax]: a text that belongs to no card"),
        ("\nC: nothing hidden\n", "c.md:2:1: error[cloze-missing]"),
        ("---\nname = x\n---\nQ: a\nA: b\n", "c.md:2:1: error[source-syntax]: the front matter is not TOML"),
        ("Q:\nA: b\n", "c.md:1:1: error[empty-text]"),
    ],
)
def test_what_hashcards_refuses_is_refused(text: str, said: str, tmp_path: Path) -> None:
    """With its line, and all in one run."""
    (tmp_path / "c.md").write_text(text)
    assert said in refused(tmp_path / "c.md", tmp_path, "--from", "hashcards")


# JSON


def test_our_own_json_comes_back_as_the_same_notes_in_anki(tmp_path: Path) -> None:
    """GUIDs, fields, tags, decks, cards, both sides and media."""
    bank = make_bank(
        tmp_path,
        {
            "q.yaml": questions("one", FULL_QUESTION, question("plain")),
            "r.yaml": questions("two", question("other", tags=["x::y"])),
            "media/p.svg": PICTURE,
        },
    )
    assert run("export", "json", bank, "--out", tmp_path / "out").exit_code == 0
    imported(tmp_path / "out" / "small-bank.json", tmp_path / "again")
    first = in_anki(package_of(bank, tmp_path / "one"), tmp_path / "anki-one")
    second = in_anki(package_of(tmp_path / "again", tmp_path / "two"), tmp_path / "anki-two")
    assert len(first[0]) == 4
    assert second == first


def test_the_json_of_a_bank_full_of_difficult_texts_comes_back(tmp_path: Path) -> None:
    """By `diff`: no note differs."""
    assert run("export", "json", HARD_BANK, "--out", tmp_path / "out").exit_code == 0
    (file,) = (tmp_path / "out").glob("*.json")
    imported(file, tmp_path / "again")
    found = json.loads(run("diff", HARD_BANK, tmp_path / "again", "--json").output)
    assert found["same"] > 10
    assert [found[name] for name in ("added", "gone", "changed")] == [[], [], []]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ([{"question": "a", "answer": "*b*", "tags": ["x", "y z"]}], ("a", "*b*", ("x", "y", "z"))),
        ({"title": "T", "cards": [{"Front": "a", "Back": "b", "tags": "x, y"}]}, ("a", "b", ("x", "y"))),
        ({"questions": [{"q": "a", "a": ["b", "c"], "other": 1}]}, ("a", "b\n\nc", ())),
        ([{"question": "{{c1::a}}"}], ("{{c1::a}}", "", ())),
        ([{"question": "a", "answer": "b", "hint": ["h1", "h2"], "id": "Own"}], ("a", "b", ())),
    ],
)
def test_simple_lists_are_questions(
    data: Any, expected: tuple[str, str, tuple[str, ...]], tmp_path: Path
) -> None:
    """With the names that people give; texts are Markdown."""
    (tmp_path / "q.json").write_text(json.dumps(data), encoding="utf-8")
    imported(tmp_path / "q.json", tmp_path / "bank")
    assert told(tmp_path / "bank") == [expected]


_TYPE = {
    "key": "basic", "id": 5, "name": "B", "kind": "standard", "fields": ["F"], "css": "",
    "card_templates": [{"name": "C", "front": "{{F}}", "back": "x"}],
}  # fmt: skip
_NOTE = {"guid": "g", "note_type": "basic", "deck": "D", "tags": [], "cards": [0], "fields": {"F": "x"}}


def own(**changed: Any) -> dict[str, Any]:
    """Return a file as our export writes it."""
    return {"ankiexport_notes": 1, "decks": [], "note_types": [_TYPE], "notes": [_NOTE], **changed}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"a": 1}, 'neither what "export json" writes nor a list'),
        ("text", 'neither what "export json" writes nor a list'),
        ([1], "the entry 1 is not a JSON object"),
        ([{"question": 5, "answer": "x"}], 'the entry 1: "question" is not a text'),
        ([{"question": "a", "answer": "b"}, {"question": "c"}], "q.json:1:1: error[empty-text]: the entry 2 has no answer"),
        ([{"x": "c"}], "the entry 1 has no question"),
        ([{"question": "a", "answer": "b\x02"}], "q.json:1:1: error[source-syntax]: the text holds the control character U+0002"),
        ([{"question": "a", "answer": "\ud800"}], "its JSON holds what is no text"),
        ([{"question": "a", "answer": "[" * 5000}], "reading it would take minutes"),
        ([], "it holds no question"),
        (own(ankiexport_notes=2), "its ankiexport_notes is 2; this program reads 1"),
        (own(notes=[{**_NOTE, "note_type": "none"}]), "that is not there"),
        (own(notes=[{**_NOTE, "fields": {"G": "x"}}]), "has a field that its note type has not"),
        (own(notes=[{**_NOTE, "cards": ["x"]}]), '"cards" are not numbers of cards'),
        (own(notes=[{**_NOTE, "cards": [7]}]), "error[bad-value]"),
        (own(note_types=[_TYPE, {**_TYPE, "key": "other"}]), "two of its note types have the id 5"),
        (own(note_types=[{**_TYPE, "field_ids": [1, 2]}]), '"field_ids" are not a number for each field'),
        (own(note_types=[{**_TYPE, "field_ids": [True]}]), '"field_ids" are not a number for each field'),
        (own(note_types=[{**_TYPE, "field_ids": [2**63]}]), '"field_ids" are not a number for each field'),
        (own(note_types=[{**_TYPE, "sort_field": 1}]), "has no field 1 to sort by"),
        (own(note_types=[{**_TYPE, "sort_field": -1}]), "has no field -1 to sort by"),
        (own(notes=[{**_NOTE, "card_decks": ["x"]}]), "the decks of the cards of the note 1 is not a JSON object"),
        (own(notes=[{**_NOTE, "card_decks": {"0": 5}}]), '"0" is not a text'),
        (own(notes=[]), "it holds no note"),
    ],
)  # fmt: skip
def test_malformed_json_is_refused(data: Any, said: str, tmp_path: Path) -> None:
    """With what is wrong and where."""
    (tmp_path / "q.json").write_text(json.dumps(data))
    assert said in refused(tmp_path / "q.json", tmp_path)
