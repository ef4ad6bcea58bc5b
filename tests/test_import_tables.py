"""Tables of questions: CSV and TSV with and without names of columns, and what is wrong with them, by place."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from import_bench import imported, in_anki, package_of, refused

from ankiexport.html_text import html_to_text
from ankiexport.importing.plain_text import markdown_of_plain
from ankiexport.markdown_html import to_html
from ankiexport.pipeline import check_bank

ROWS = 'Word;Meaning;Tags;Chapter\n"casa ""mía""\nsecond line";house;food, topic::x;1 Home\nmar;<b>sea</b> & $5$;;2 Out\n'


def table(folder: Path, text: str | bytes, name: str = "words.csv") -> Path:
    """Write a table."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def asked(bank: Path) -> list[tuple[str, str]]:
    """Return questions and answers of a bank as a person reads them."""
    checked = check_bank(bank)
    assert not checked.has_errors, checked.diagnostics
    note_types = checked.note_types
    found = []
    for content in checked.contents:
        names = note_types[content.note_type].note_type.field_names
        fields = dict(zip(names, content.fields, strict=True))
        found.append((html_to_text(content.text), html_to_text(fields.get("Answer", ""))))
    return found


def ids(bank: Path) -> set[str]:
    """Return the ids of a bank's questions."""
    return {content.key for content in check_bank(bank).contents}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_names_delimiters_and_encodings_are_told(encoding: str, delimiter: str, tmp_path: Path) -> None:
    """The delimiter by the rows, columns by their names, UTF-16 and UTF-32 by their marks; line ends of any system."""
    text = ROWS.replace("food, ", "food ").replace(";", delimiter).replace("\n", "\r\n")
    output = imported(table(tmp_path, text.encode(encoding)), tmp_path / "bank").output
    assert "2 questions, 2 cards, 2 levels" in output
    assert asked(tmp_path / "bank") == [('casa "mía"\nsecond line', "house"), ("mar", "<b>sea</b> & $5$")]


def test_what_a_table_holds_is_in_anki(tmp_path: Path) -> None:
    """Texts as they are in the cells, tags, and decks for the levels."""
    imported(table(tmp_path, ROWS), tmp_path / "bank")
    notes, _ = in_anki(package_of(tmp_path / "bank", tmp_path / "dist"), tmp_path / "anki")
    found = sorted((tags, cards[0][1], html_to_text(cards[0][2].front)) for _, tags, cards in notes.values())
    assert [entry[:2] for entry in found] == [
        (["food", "level::1-home", "topic::x"], "words::1 Home"),
        (["level::2-out"], "words::2 Out"),
    ]
    assert 'casa "mía"\nsecond line' in found[0][2]


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("a,b\nc,d\n", [], [("a", "b"), ("c", "d")]),
        ("a,b,x y\n", [], [("a", "b")]),
        ("b,n,a\n1,2,3\n", ["--map", "question=a,answer=B"], [("3", "1")]),
        ("1,2,3,4\n", ["--map", "question=4,answer=2,tags=1"], [("4", "2")]),
        ("Front,Back,N,M\n1,2,3,4\n", ["--map", "question=1,answer=2"], [("1", "2")]),
        ("a b,c\nd,e\n", ["--delimiter", ","], [("a b", "c"), ("d", "e")]),
        ("a,x:b,y\n", ["--delimiter", ":"], [("a,x", "b,y")]),
        ("*a*\tb\n", ["--text", "markdown"], [("a", "b")]),
        ("*a*\tb\n", ["--text", "plain"], [("*a*", "b")]),
    ],
)
def test_columns_are_told_or_said(
    text: str, options: list[str], expected: list[tuple[str, str]], tmp_path: Path
) -> None:
    """Without names the first column asks, the second answers, the third holds tags; --map says it otherwise."""
    imported(table(tmp_path, text, "t.tsv"), tmp_path / "bank", *options)
    assert asked(tmp_path / "bank") == expected


def test_all_that_a_question_can_have_is_mapped(tmp_path: Path) -> None:
    """Hints, lists by lines, ids, decks, clozes; columns that are left out are named."""
    text = (
        "id,question,answer,hint,key points,deck,colour\n"
        'Own Id,Why?,Because.,look,"one\ntwo",Other::Deck,red\n'
        ",{{c1::Lima}} is in {{c2::Peru::country}},,,,,\n"
    )
    output = imported(table(tmp_path, text), tmp_path / "bank").output
    assert "2 questions, 3 cards" in output
    assert "Not kept: the columns colour" in output
    assert ids(tmp_path / "bank") == {"own-id", "lima-is-in-peru"}
    notes, _ = in_anki(package_of(tmp_path / "bank", tmp_path / "dist"), tmp_path / "anki")
    assert {card[1] for note in notes.values() for card in note[2]} == {"Other::Deck", "words::Questions"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"question,answer\na,b\nc,d,e\n", "words.csv:3:5: error[source-row]: the row has 3 cells, the first one has 2"),
        (b"question,answer\nlonely\n", "words.csv:2:1: error[source-row]: the row has 1 cells"),
        (b"question,answer\na,b\n ,d\n", "words.csv:3:1: error[empty-text]: the row has no question"),
        (b'question,answer\n"a\nb",\n', "words.csv:3:4: error[empty-text]: the row has no answer"),
        (b'question,answer\na,"b\nc,d\n', "words.csv:2:3: the quote that opens here is never closed"),
        (b"question,answer\na,\x00b\n", "words.csv:2:3: the cell holds the character NUL"),
        ("question,answer\nü,b\n".encode("latin-1"), "words.csv:2:1: the byte 0xfc is not UTF-8; save the file as UTF-8"),
        (b"a\nb\nc\n", "no delimiter divides its lines into two columns"),
        (b"a,b,c,d\n1,2,3,4\n", "words.csv:1:1: the file has 4 columns, and none is called question"),
        (b"question,tags\na,b\n", "words.csv:2:1: error[empty-text]: no column holds the answers"),
        (b"\n\n", "it holds no row"),
        (b"", "it holds no row"),
        (b"question,answer\n", "it holds no question"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(data: bytes, said: str, tmp_path: Path) -> None:
    """File, line and column; all rows in one run; nothing is written."""
    assert said in refused(table(tmp_path, data), tmp_path)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--map", "question"], '"question" says no column'),
        (["--map", "questoin=1"], 'did you mean "question"?'),
        (["--map", "answer=1"], "--map does not say which column holds the question"),
        (["--map", "question=Wrod"], 'there is no column "Wrod"; did you mean "Word"?'),
        (["--map", "question=9"], 'there is no column "9"'),
        (["--delimiter", "ab"], "a delimiter is one character, or tab"),
        (["--from", "csw"], '"csw" cannot be imported; did you mean "csv"?'),
    ],
)
def test_wrong_wishes_are_said(options: list[str], said: str, tmp_path: Path) -> None:
    """With what was meant."""
    assert said in refused(table(tmp_path, ROWS), tmp_path, *options)


def test_all_ragged_rows_come_in_one_run(tmp_path: Path) -> None:
    """One diagnostic each."""
    text = "question,answer\n" + "a,b,c\n" * 5 + "a,b\n"
    assert refused(table(tmp_path, text), tmp_path).count("source-row") == 5


def test_problems_of_texts_are_told_by_the_places_of_the_table(tmp_path: Path) -> None:
    """A formula that cannot be typeset stands in the table, and not in a bank that was never written."""
    path = table(tmp_path, "question,answer\nfine,x\nbad,$\\frac{1$\n")
    assert "words.csv:3:1: error[formula]" in refused(path, tmp_path, "--text", "markdown")


def test_questions_that_begin_alike_get_ids_of_their_own(tmp_path: Path) -> None:
    """Also without a letter that an id could hold."""
    imported(table(tmp_path, "a,1\na,2\n漢,3\n字,4\na-2,5\n"), tmp_path / "bank")
    assert ids(tmp_path / "bank") == {"a", "a-2", "question", "question-2", "a-2-2"}


_SIGN = st.sampled_from(
    [*"ab1. \n*_`#>-+~|$<&:=^[](){}\\!\"'é", "1. ", "- ", "    ", "<b>", "&amp;", "==", "http://x.y"]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(_SIGN, max_size=15).map("".join))
def test_plain_text_reads_as_it_is_whatever_it_holds(text: str) -> None:
    """Markdown of a plain text shows its lines, with all signs."""
    shown = [line.strip() for line in html_to_text(to_html(markdown_of_plain(text))).split("\n")]
    wanted = [" ".join(line.split()) for line in text.split("\n")]
    assert [" ".join(line.split()) for line in shown if line] == [line for line in wanted if line]
