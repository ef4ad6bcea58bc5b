"""Anki's text files: what Anki's exporter and our own write comes back, and any text is read as Anki reads it."""

from pathlib import Path
from typing import Any

import pytest
from anki.collection import ImportCsvRequest
from anki.decks import DeckId
from anki_bench import Bench, opened
from banks import make_bank, question, questions
from hypothesis import given, settings
from hypothesis import strategies as st
from import_bench import imported, in_anki, package_of, refused, run
from test_exports import FULL_QUESTION, PICTURE
from test_import import genanki_package

from ankiexport.importing import delimited
from ankiexport.importing.importer import import_source

OWN = {
    "Basic": ["<b>a</b> &amp; #b", 'with "quotes",\ttabs'],
    "Basic (and reversed card)": ["#begins\nlike a comment", "two<br>lines"],
    "Basic (optional reversed card)": ["front", "back", "y"],
    "Basic (type in the answer)": ["capital of Peru", "Lima"],
    "Cloze": ["{{c1::one}} and {{c2::two::hint}}", "extra"],
}


def author(bench: Bench) -> None:
    """Give a collection notes of Anki's own note types, in decks and with tags."""
    for number, (name, fields) in enumerate(OWN.items()):
        kind = bench.col.models.by_name(name)
        assert kind is not None
        note = bench.col.new_note(kind)
        note.fields[:] = fields
        note.tags = ["Own::Tag", "über"] if number % 2 else []
        deck = bench.col.decks.id("Mixed::Üben") if number % 2 else 1
        bench.col.add_note(note, DeckId(deck or 1))


def notes_of(bench: Bench) -> dict[str, Any]:
    """Return the notes of a collection: fields, tags, and cards with decks and both sides."""
    return {
        guid: (
            list(note.fields),
            sorted(note.tags),
            [(card.ord, bench.col.decks.name(card.did), bench.sides(card)) for card in note.cards()],
        )
        for guid, note in bench.notes().items()
    }


def export(bench: Bench, path: Path, *, html: bool = True, everything: bool = True) -> Path:
    """Let Anki write its notes as text."""
    bench.col.export_note_csv(
        out_path=str(path), limit=None, with_html=html, with_tags=True, with_deck=everything,
        with_notetype=everything, with_guid=everything,
    )  # fmt: skip
    return path


def test_what_anki_exports_comes_back_as_it_is(tmp_path: Path) -> None:
    """With all columns and Anki's own note types: GUIDs, fields, tags, decks, cards and both sides."""
    with opened(tmp_path / "author") as bench:
        author(bench)
        original = notes_of(bench)
        path = export(bench, tmp_path / "notes.txt")
    output = imported(path, tmp_path / "bank").output
    assert "5 notes, 8 cards, 5 note types, 2 decks" in output
    assert "Not kept" not in output
    back, _ = in_anki(package_of(tmp_path / "bank", tmp_path / "dist"), tmp_path / "learner")
    assert back == original


def test_fields_of_other_note_types_come_back(tmp_path: Path) -> None:
    """What such a file does not hold, card templates, is said; fields, tags, decks and GUIDs are those of Anki."""
    with opened(tmp_path / "author") as bench:
        bench.import_package(genanki_package(tmp_path / "made"))
        original = notes_of(bench)
        path = export(bench, tmp_path / "notes.txt")
    output = imported(path, tmp_path / "bank").output
    assert 'card templates of 2 note types ("Basic [[ both ]]", "Cloze+")' in output
    back, _ = in_anki(package_of(tmp_path / "bank", tmp_path / "dist"), tmp_path / "learner")
    assert {guid: note[:2] for guid, note in back.items()} == {
        guid: note[:2] for guid, note in original.items()
    }
    decks = [{guid: note[2][0][1] for guid, note in found.items()} for found in (back, original)]
    assert decks[0] == decks[1]


@pytest.mark.parametrize("html", [True, False])
def test_a_file_without_columns_is_read_as_anki_reads_it(html: bool, tmp_path: Path) -> None:
    """Fields and tags alone; without HTML the text is encoded as Anki encodes it."""
    with opened(tmp_path / "author") as bench:
        author(bench)
        path = export(bench, tmp_path / "notes.txt", html=html, everything=False)
    assert ours(path, tmp_path) == anki(path, tmp_path)


def ours(path: Path, tmp_path: Path, title: str = "Basic") -> list[tuple[list[str], list[str]]]:
    """Return fields and tags as our import reads a file that means note types of Anki's own."""
    named = tmp_path / "ours" / f"{title}.txt"
    named.parent.mkdir(exist_ok=True)
    named.write_bytes(path.read_bytes())
    result = import_source(named, tmp_path / f"bank-{len(list(tmp_path.iterdir()))}")
    assert not result.has_errors, result.diagnostics
    notes, _ = in_anki(
        package_of(result.out, tmp_path / f"dist-{result.out.name}"), tmp_path / f"in-{result.out.name}"
    )
    return sorted((fields, tags) for fields, tags, _ in notes.values())


def anki(path: Path, tmp_path: Path) -> list[tuple[list[str], list[str]]]:
    """Return fields and tags as Anki's own import reads a file."""
    with opened(tmp_path / "reads") as bench:
        metadata = bench.col.get_csv_metadata(path=str(path), delimiter=None)
        # Otherwise the first of two rows that begin alike is replaced by the second.
        metadata.dupe_resolution = type(metadata).DUPLICATE
        bench.col.import_csv(ImportCsvRequest(path=str(path), metadata=metadata))
        return sorted((list(note.fields), sorted(note.tags)) for note in bench.notes().values())


CASES = [
    '#separator:tab\n#html:false\na <b> & \'x\'\t"line1\nline2 ""q"""\n',
    '#separator:tab\n#html:true\n"abc"def\tx"y"z\n\n#comment\n  sp  \t t \n',
    "#separator:Comma\n#deck:A::B\n#tags:t1 t2\n#notetype:Cloze\n{{c1::x}},extra,more\n",
    "#separator:,\n#columns:Back,Front\n#notetype:Basic\nb,f\n",
    "tags:one two\na;b\n",
    "a|b\tc\nd|e\n",
    "<b>x</b>,y\n",
    "x & <y,z\n",
    "#SEPARATOR:pipe\n#html:TRUE\n#guid column:1\n#tags column:4\ng1|f1|b1|ta tb\n|f2|b2|\n",
    "a\r\nb\r\n",
    "\ufeff#separator:tab\n#html:true\n#deck column:3\nf\tb\tX::Y\n",
    "#html:true\nf&amp;\tb<br>\n#separator:comma\n",
    "#separator:tab\n#html:true\n#notetype column:1\nBasic\tf\tb\textra\nCloze\t{{c1::x}}\n",
    "#separator:semicolon\nlast;",
]


@pytest.mark.parametrize("text", CASES)
def test_headers_quotes_and_delimiters_are_read_as_anki_reads_them(text: str, tmp_path: Path) -> None:
    """Fields and tags are those that Anki's own import makes of the same file."""
    path = tmp_path / "x.txt"
    path.write_text(text, encoding="utf-8", newline="")
    assert ours(path, tmp_path) == anki(path, tmp_path)


_CELL = st.lists(st.sampled_from([*'ab "#,\n<&é', '""', "<b>", "&amp;"]), max_size=6).map("".join)


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(st.tuples(_CELL, _CELL), min_size=1, max_size=4), quoted=st.booleans())
def test_any_cells_are_read_as_anki_reads_them(
    rows: list[tuple[str, str]], quoted: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever stands in quoted cells, and what of it can stand without quotes."""
    folder = tmp_path_factory.mktemp("any")
    lines = []
    for number, (one, other) in enumerate(rows):
        cells = [f"{number}{one}", other]
        if quoted:
            cells = ['"' + cell.replace('"', '""') + '"' for cell in cells]
        else:
            cells = [cell.replace("\n", "").replace(",", "").lstrip('"') for cell in cells]
        lines.append(",".join(cells))
    path = folder / "x.txt"
    path.write_text("#separator:comma\n#html:true\n" + "\n".join(lines) + "\n", encoding="utf-8", newline="")
    assert ours(path, folder) == anki(path, folder)


def test_our_own_export_comes_back(tmp_path: Path) -> None:
    """Fields, tags, decks, GUIDs and media of a bank; its note types become plain ones, which is said."""
    bank = make_bank(
        tmp_path,
        {"q.yaml": questions("one", FULL_QUESTION, question("plain")), "media/p.svg": PICTURE},
        levels=[{"key": "one", "name": "One"}],
    )
    assert run("export", "anki-text", bank, "--out", tmp_path / "out").exit_code == 0
    output = imported(tmp_path / "out" / "small-bank.txt", tmp_path / "again").output
    assert "3 notes" in output
    assert "1 media file" in output
    first, media = in_anki(package_of(bank, tmp_path / "one"), tmp_path / "anki-one")
    second, again = in_anki(package_of(tmp_path / "again", tmp_path / "two"), tmp_path / "anki-two")
    assert media == again
    assert second.keys() == first.keys()
    for guid, (fields, tags, cards) in first.items():
        last = max(number for number, text in enumerate(fields, start=1) if text)
        assert second[guid][0][:last] == fields[:last]
        assert second[guid][1] == tags
        assert {card[1] for card in second[guid][2]} == {card[1] for card in cards}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            b'#separator:tab\n#html:true\na\t"unclosed\nb\tc\n',
            "x.txt:3:3: the quote that opens here is never closed",
        ),
        (b"#separator:tab\na\tb\nc\t\x00d\n", "x.txt:3:3: the cell holds the character NUL"),
        (b"#separator:tab\na\t\x1fb\n", "x.txt:2:1: the row holds the character U+001F"),
        (
            "#separator:tab\na\tä\n".encode("latin-1"),
            "x.txt:2:3: the byte 0xe4 is not UTF-8; save the file as UTF-8",
        ),
        (b"#separator:tab\n#html:true\n", "it holds no note"),
        (b"", "it holds no note"),
        (b"a\t" * 600, "500 columns"),
    ],
)
def test_bad_files_are_refused_with_their_place(data: bytes, said: str, tmp_path: Path) -> None:
    """File, line and column; nothing is written."""
    (tmp_path / "x.txt").write_bytes(data)
    assert said in refused(tmp_path / "x.txt", tmp_path)


def test_too_many_cells_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before they fill the memory."""
    monkeypatch.setattr(delimited, "MAX_CELLS", 10)
    (tmp_path / "x.txt").write_text("a\tb\n" * 20)
    assert "it has more than 10 cells" in refused(tmp_path / "x.txt", tmp_path)


def test_utf_16_with_its_mark_is_read(tmp_path: Path) -> None:
    """As spreadsheets write it."""
    (tmp_path / "x.txt").write_bytes("häuser\thouses\n".encode("utf-16"))
    imported(tmp_path / "x.txt", tmp_path / "bank")
    notes, _ = in_anki(package_of(tmp_path / "bank", tmp_path / "dist"), tmp_path / "anki")
    assert [note[0] for note in notes.values()] == [["häuser", "houses"]]


def test_names_of_columns_and_doubled_guids(tmp_path: Path) -> None:
    """Labels become names of fields where Anki takes them; GUIDs that two notes have are made new."""
    text = "#separator:;\n#guid column:1\n#columns:id;Word;Mean:ing;Word2\ng;a;b;c\ng;d;e;f\n"
    (tmp_path / "Words.txt").write_text(text)
    output = imported(tmp_path / "Words.txt", tmp_path / "bank").output
    assert "the GUIDs of 2 notes" in output
    described = next((tmp_path / "bank" / "card_templates").glob("*/note_type.yaml")).read_text()
    assert "name: Word\n" in described
    assert "name: Field 2\n" in described
