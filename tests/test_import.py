"""Import: what a package of anyone holds comes back from the bank that is made of it, note for note."""

import io
import json
import shutil
import sqlite3
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import genanki
import pytest
import yaml
from anki.collection import ExportAnkiPackageOptions
from anki.decks import DeckId
from anki_bench import Bench, opened
from banks import HARD_BANK, files_in
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from pypdf import PdfReader
from test_given_fields import vocabulary
from zstandard import ZstdCompressor

from ankiexport import resources
from ankiexport.cli.app import cli
from ankiexport.formats.export_format import ExportFormat
from ankiexport.formats.table import FORMATS
from ankiexport.importing import archive, collection
from ankiexport.importing.importer import import_source
from ankiexport.importing.markdown_fields import markdown_of
from ankiexport.importing.package import UnreadablePackageError
from ankiexport.markdown_html import parsed_html, plain_html, to_inline_html
from ankiexport.pipeline import build_bank, check_bank

PICTURE = b"\x89PNG picture"
FIELDS = [
    ["casa", "a **house**, <b>bold</b> &amp; <i>more</i>"],
    ["<div>árbol</div>", '<img src="tree.png">[sound:tree.mp3] <a href="x">x</a>'],
    ["sol\n- one\n- two", "1 < 2 &nbsp; {{c1::no cloze}} [[ no jinja ]] \\(x^2\\)"],
    ["no second card", ""],
    ['<script>alert("x")</script>', "null"],
    ["  spaces ", "yes: 'no' # \"quoted\"\ttab"],
    ["#hash", "<img src=gone.png>"],
]
CLOZES = ["{{c1::one}} and {{c2::two {{c1::inner}}}}", "{{c3::\\(\\frac{1}{2}\\)::hint}}"]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a learner has of a package that was imported: notes by GUID, and the files of the media folder."""

    notes: dict[str, Any]
    media: dict[str, bytes]


def seen(bench: Bench) -> Seen:
    """Return everything that the law speaks of: fields, tags, note types, cards, decks, both sides, media."""
    notes = {}
    for guid, note in bench.notes().items():
        note_type = note.note_type()
        assert note_type is not None
        cards = [(card.ord, bench.col.decks.name(card.did), bench.sides(card)) for card in note.cards()]
        names = [field["name"] for field in note_type["flds"]]
        templates = [template["name"] for template in note_type["tmpls"]]
        # A new collection has note types of Anki's own, beside which one of another id gets another name.
        name = note_type["name"].rstrip("+")
        kind = (note_type["id"], name, note_type["css"], note_type["sortf"], names, templates)
        notes[guid] = (list(note.fields), sorted(note.tags), kind, cards)
    return Seen(notes, bench.media())


def imported_into_anki(package: Path, folder: Path) -> Seen:
    """Import a package into a new collection of real Anki, and return what is there."""
    with opened(folder) as bench:
        bench.import_package(package)
        return seen(bench)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def built_from(package: Path, folder: Path) -> Path:
    """Make a bank of a package, build it, and return the package with everything."""
    result = run("import", package, "--out", folder / "bank")
    assert result.exit_code == 0, result.output
    built = build_bank(folder / "bank", folder / "dist")
    assert not built.has_errors, built.diagnostics
    assert built.plan is not None
    assert built.plan.is_empty
    return folder / "dist" / str(built.packages[0]["file"])


def genanki_package(folder: Path) -> Path:
    """Write a package as plain genanki does: no ids of fields, the same times for all notes."""
    folder.mkdir(parents=True, exist_ok=True)
    both = genanki.Model(
        1_500_000_001, "Basic [[ both ]]", fields=[{"name": "Front"}, {"name": "Back"}],
        templates=[
            {"name": "Forth", "qfmt": "{{Front}}", "afmt": '{{FrontSide}}<hr id="answer">{{Back}}'},
            {"name": "Back", "qfmt": "{{Back}}[% x %]", "afmt": "{{FrontSide}}<hr>{{Front}} <img src='_logo.png'>"},
        ],
        css=".card { color: blue } /* {# #} */",
    )  # fmt: skip
    cloze = genanki.Model(
        1_500_000_002, "Cloze", model_type=genanki.Model.CLOZE, fields=[{"name": "Text"}, {"name": "Extra"}],
        templates=[{"name": "Cloze", "qfmt": "{{cloze:Text}}", "afmt": "{{cloze:Text}}<br>{{Extra}}"}],
    )  # fmt: skip
    decks = [
        genanki.Deck(1_500_000_010, "Languages::Spanish", "All of <b>it</b>."),
        genanki.Deck(1_500_000_011, "Other"),
    ]
    for number, fields in enumerate(FIELDS):
        tags = ["a::b", "retired", f"n{number}"] if number % 2 else []
        decks[number == 3].add_note(genanki.Note(both, fields, tags=tags, due=number, guid=f"g\"{number}'#"))
    for text in CLOZES:
        decks[0].add_note(genanki.Note(cloze, [text, "extra"]))
    package = genanki.Package(decks)
    for name in ("tree.png", "tree.mp3", "_logo.png", "unused.png"):
        (folder / name).write_bytes(PICTURE + name.encode())
        package.media_files.append(str(folder / name))
    package.write_to_file(folder / "made.apkg", timestamp=1_700_000_000)
    return folder / "made.apkg"


def exported_by_anki(folder: Path, *, legacy: bool, whole: bool = False) -> Path:
    """Export a collection that has genanki's notes, some of Anki's own and some study, by real Anki."""
    target = folder / ("out.colpkg" if whole else "out.apkg")
    with opened(folder / "author") as bench:
        bench.import_package(genanki_package(folder / "made"))
        reverse = bench.col.models.by_name("Basic (and reversed card)")
        assert reverse is not None
        note = bench.col.new_note(reverse)
        note.fields[:] = ["<div>own</div>", "note &lt; 2"]
        note.tags = ["Own::Tag", "über"]
        bench.col.add_note(note, DeckId(bench.deck_id("Other")))
        studied = next(bench.cards())
        bench.col.decks.select(studied.did)
        queued = bench.scheduler.get_queued_cards().cards[0]
        card = bench.col.get_card(queued.card.id)
        card.start_timer()
        bench.scheduler.answerCard(card, 3)
        bench.scheduler.suspend_cards([note.cards()[0].id])
        if whole:
            bench.col.export_collection_package(str(target), include_media=True, legacy=legacy)
            bench.col.reopen()
        else:
            options = ExportAnkiPackageOptions(
                with_scheduling=True, with_deck_configs=True, with_media=True, legacy=legacy
            )
            bench.col.export_anki_package(out_path=str(target), options=options, limit=None)
    return target


def with_cards_apart(folder: Path) -> Path:
    """Export, by real Anki, notes with cards in several decks: by a deck override, and moved by hand."""
    target = folder / "apart.apkg"
    with opened(folder / "author") as bench:
        bench.import_package(genanki_package(folder / "made"))
        decks = bench.col.decks
        for number, one in enumerate(bench.notes().values()):
            moved = [card.id for card in one.cards()[number % 2 :: 2]]
            bench.col.set_deck(moved, int(decks.id(f"By hand::{number % 3}") or 0))
        reverse = bench.col.models.by_name("Basic (and reversed card)")
        assert reverse is not None
        reverse["tmpls"][1]["did"] = decks.id("Reversed::Below")
        bench.col.models.update_dict(reverse)
        note = bench.col.new_note(reverse)
        note.fields[:] = ["forth", "back"]
        bench.col.add_note(note, bench.deck_id("Other"))
        assert [decks.name(card.did) for card in note.cards()] == ["Other", "Reversed::Below"]
        options = ExportAnkiPackageOptions(with_scheduling=True, with_media=True)
        bench.col.export_anki_package(out_path=str(target), options=options, limit=None)
    return target


MAKERS: dict[str, Callable[[Path], Path]] = {
    "genanki": genanki_package,
    "cards apart": with_cards_apart,
    "anki legacy": lambda folder: exported_by_anki(folder, legacy=True),
    "anki modern": lambda folder: exported_by_anki(folder, legacy=False),
}


@pytest.mark.parametrize("maker", MAKERS)
def test_import_then_build_gives_the_same_in_anki(maker: str, tmp_path: Path) -> None:
    """Notes, cards, both sides, tags, decks, note types and media are those of the original, note for note."""
    package = MAKERS[maker](tmp_path / "source")
    again = built_from(package, tmp_path)
    original = imported_into_anki(package, tmp_path / "one")
    back = imported_into_anki(again, tmp_path / "two")
    assert len(original.notes) >= len(FIELDS) + len(CLOZES)
    assert back.notes == original.notes
    assert back.media == original.media


@pytest.mark.parametrize("maker", MAKERS)
def test_a_rebuilt_deck_updates_the_notes_of_learners(maker: str, tmp_path: Path) -> None:
    """Who has the original loses nothing: unchanged notes stay alone, an edited one is updated, none is doubled."""
    package = MAKERS[maker](tmp_path / "source")
    again = built_from(package, tmp_path)
    with opened(tmp_path / "learner") as bench:
        bench.import_package(package)
        before = {card.id: card.ord for card in bench.cards()}
        counts = bench.import_package(again)
        assert (counts.new, counts.updated, counts.conflicting, counts.others) == (0, 0, 0, 0)
        (file,) = [
            path for path in (tmp_path / "bank").glob("*.yaml") if "casa" in path.read_text(encoding="utf-8")
        ]
        file.write_text(
            file.read_text(encoding="utf-8").replace("a **house**", "a *home*", 1), encoding="utf-8"
        )
        file.write_text(
            file.read_text(encoding="utf-8").replace("Front: casa", "Front: la casa", 1), encoding="utf-8"
        )
        build_bank(tmp_path / "bank", tmp_path / "dist")
        counts = bench.import_package(again)
        assert (counts.new, counts.updated, counts.conflicting, counts.others) == (0, 1, 0, 0)
        assert {card.id: card.ord for card in bench.cards()} == before
        assert "la casa" in {note.fields[0] for note in bench.notes().values()}


def test_a_bank_that_came_by_json_updates_the_notes_of_learners(tmp_path: Path) -> None:
    """Ids of fields and card templates come along, so that Anki takes the note types for those that learners have."""
    bank = vocabulary(
        tmp_path,
        {"id": "casa", "fields": {"Word": "casa", "Meaning": "a casa"}},
        {"id": "sol", "fields": {"Word": "sol", "Meaning": "a sol"}},
    )
    settings = bank / "card_templates" / "vocabulary" / "note_type.yaml"
    settings.write_text(settings.read_text(encoding="utf-8") + "sort_field: Meaning\n", encoding="utf-8")
    build_bank(bank, tmp_path / "dist", now=1_760_000_000)
    original = tmp_path / "dist" / "small-bank.apkg"
    assert run("export", "json", bank, "--out", tmp_path / "out").exit_code == 0
    assert run("import", tmp_path / "out" / "small-bank.json", "--out", tmp_path / "back").exit_code == 0
    (file,) = [path for path in (tmp_path / "back").glob("*.yaml") if path.name != "bank.yaml"]
    with opened(tmp_path / "learner") as bench:
        bench.import_package(original)
        before = seen(bench)
        for text, updated in (("a casa", 0), ("a home", 1)):
            file.write_text(file.read_text(encoding="utf-8").replace("a casa", text), encoding="utf-8")
            (whole, *_) = build_bank(tmp_path / "back", tmp_path / "again").packages
            counts = bench.import_package(tmp_path / "again" / str(whole["file"]))
            assert (counts.new, counts.updated, counts.conflicting, counts.others) == (0, updated, 0, 0)
        after = seen(bench)
    assert sorted(note[0] for note in after.notes.values()) == [["casa", "a home"], ["sol", "a sol"]]
    assert {guid: note[2] for guid, note in after.notes.items()} == {
        guid: note[2] for guid, note in before.notes.items()
    }


def test_a_plan_of_an_imported_bank_begins_with_nothing(tmp_path: Path) -> None:
    """Before the first build, nothing would change for who has the package, by lock and package; an edit is one note."""
    package = genanki_package(tmp_path / "source")
    run("import", package, "--out", tmp_path / "bank")
    file = tmp_path / "bank" / "001-languages-spanish.yaml"
    text = file.read_text(encoding="utf-8")
    for against in ([], ["--against", package]):
        plan = ["plan", tmp_path / "bank", *against, "--json"]
        file.write_text(text, encoding="utf-8")
        report = json.loads(run(*plan).stdout)["plan"]
        assert (report["is_empty"], report["unchanged"]) == (True, len(FIELDS) + len(CLOZES))
        file.write_text(text.replace("Front: casa", "Front: la casa", 1), encoding="utf-8")
        report = json.loads(run(*plan).stdout)["plan"]
        assert [(note["note"], note["effects"]) for note in report["notes"]] == [("casa", ["changed"])]


@pytest.mark.parametrize("legacy", [True, False])
def test_a_whole_collection_is_imported(legacy: bool, tmp_path: Path) -> None:
    """A .colpkg has the notes of the collection, and the media of notes and templates."""
    package = exported_by_anki(tmp_path / "source", legacy=legacy, whole=True)
    again = built_from(package, tmp_path)
    with opened(tmp_path / "source" / "author") as bench:
        original = seen(bench)
    back = imported_into_anki(again, tmp_path / "two")
    assert back.notes == original.notes
    assert {name: data for name, data in original.media.items() if name != "unused.png"} == back.media


def test_our_own_package_is_imported(tmp_path: Path) -> None:
    """A package of a bank full of difficult texts comes back, too."""
    bank = shutil.copytree(HARD_BANK, tmp_path / "hard-bank")
    built = build_bank(bank, tmp_path / "own")
    package = tmp_path / "own" / str(built.packages[0]["file"])
    again = built_from(package, tmp_path)
    assert imported_into_anki(again, tmp_path / "two") == imported_into_anki(package, tmp_path / "one")


def test_what_cannot_be_kept_is_said(tmp_path: Path) -> None:
    """Study history, suspension, scripts: with their numbers."""
    package = exported_by_anki(tmp_path / "source", legacy=False)
    output = run("import", package, "--out", tmp_path / "bank").output
    assert "study history: 1 cards that were studied, 1 answers" in output
    assert "flags, suspension and burying of 1 cards" in output
    assert "1 notes hold scripts" in output
    assert "10 notes, 18 cards, 3 note types, 2 decks, 3 media files" in output
    assert "gone.png" in output


def test_cards_of_one_note_stay_in_several_decks(tmp_path: Path) -> None:
    """The deck of the first card is that of its file, and the others are named beside the fields."""
    package = with_sql(
        genanki_package(tmp_path / "source"),
        tmp_path / "x.apkg",
        "UPDATE cards SET did = 1500000011 WHERE ord = 1",
    )
    output = run("import", package, "--out", tmp_path / "bank").output
    assert "decks: " not in output
    assert "2 decks" in output
    text = (tmp_path / "bank" / "001-languages-spanish.yaml").read_text(encoding="utf-8")
    assert text.count("\n  card_decks:\n    2: Other\n") == 7
    schema = json.loads(resources.schema("questions").read_text(encoding="utf-8"))
    assert [error.message for error in Draft7Validator(schema).iter_errors(yaml.safe_load(text))] == []


def test_an_import_is_a_bank_that_builds_and_fits_its_schema(tmp_path: Path) -> None:
    """Plain texts are Markdown, others HTML; nothing is left beside the bank; a full folder is refused."""
    package = genanki_package(tmp_path / "source")
    (tmp_path / "bank").mkdir()
    assert run("import", package, "--out", tmp_path / "bank").exit_code == 0
    text = (tmp_path / "bank" / "001-languages-spanish.yaml").read_text(encoding="utf-8")
    assert "  fields:\n    Front: casa\n    Back: a \\*\\*house" not in text
    assert "    Front: casa\n" in text
    assert {path.name for path in tmp_path.iterdir()} == {"source", "bank"}
    result = run("import", package, "--out", tmp_path / "bank")
    assert result.exit_code == 2
    assert "is not empty" in result.output


def text_of(name: str, data: bytes) -> bytes:
    if not name.endswith(".pdf"):
        return data
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages).encode()


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_an_import_is_exported_to_every_format(form: ExportFormat, tmp_path: Path) -> None:
    """From every format to every format: notes with given fields, too."""
    package = genanki_package(tmp_path / "source")
    assert run("import", package, "--out", tmp_path / "bank").exit_code == 0
    result = run("export", form.name, tmp_path / "bank", "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    files = files_in(tmp_path / "out")
    assert any(b"rbol" in text_of(name, data) or name.endswith(".cards") for name, data in files.items())
    if form.name == "json":
        (data,) = [json.loads(data) for name, data in files.items() if name.endswith(".json")]
        schema = json.loads(resources.schema("notes").read_text(encoding="utf-8"))
        assert [error.message for error in Draft7Validator(schema).iter_errors(data)] == []
        source = next(note["source"] for note in data["notes"] if note["key"] == "casa")
        assert source["fields"]["Front"] == {"markdown": "casa"}
        assert set(source["fields"]["Back"]) == {"html"}


def test_check_fix_leaves_given_fields_alone(tmp_path: Path) -> None:
    """Repairs put keys in order at most: what notes say is the same."""
    package = genanki_package(tmp_path / "source")
    assert run("import", package, "--out", tmp_path / "bank").exit_code == 0
    before = {content.key: content for content in check_bank(tmp_path / "bank").contents}
    run("check", tmp_path / "bank", "--fix")
    assert {content.key: content for content in check_bank(tmp_path / "bank").contents} == before


_PIECES = [
    *"ab \n*_`<>&;[]()\\#-1.$é", "<b>", "</b>", "<strong>", "</strong>", "<p>", "</p>", "&amp;", "{{c1::", "}}",
]  # fmt: skip
_HTML = st.lists(st.sampled_from(_PIECES), max_size=30).map("".join)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_HTML)
def test_html_becomes_markdown_only_where_the_way_back_is_the_same(html: str) -> None:
    """Whatever the HTML is: the Markdown that is offered gives it back, letter for letter."""
    markdown = markdown_of(html, cloze=False)
    assert markdown is None or to_inline_html(markdown) == html


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("plain &amp; simple", "plain & simple"),
        ("a <strong>b</strong> <em>c</em> <code>d</code>", "a **b** *c* `d`"),
        ("<p>one</p>\n<p>two</p>", "one\n\ntwo"),
        ("a <b>bold</b><br>line", "a <b>bold</b><br>line"),
        ("2 ** 3", "2 ** 3"),
        ("<div>one</div><div>two</div>", None),
        (" a", None),
        ("", None),
    ],
)
def test_markdown_is_as_a_person_would_write_it(html: str, markdown: str | None) -> None:
    """Where more than one form gives the same HTML, the readable one is taken."""
    assert markdown_of(html, cloze=False) == markdown


_SIGNS = [
    *"a1 .,:;?!'()%\"/=+-&é¿…漢\u0300", "word", "&nbsp;", "&amp;", "& ", "<b>", "</b>", "<br>", "<br />", "<sub>",
    '<img src="a_b_.png">', "[sound:a-1.mp3]", "1. ", "http://x.y/z",
]  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(["a", "<b>a", "7 "]), st.lists(st.sampled_from(_SIGNS), max_size=12).map("".join))
def test_plain_lines_are_what_the_parser_makes_of_them(start: str, rest: str) -> None:
    """The short way for texts without Markdown gives the parser's HTML, letter for letter."""
    plain = plain_html(start + rest)
    assert plain in {"", parsed_html(start + rest)}
    assert plain_html(f"{start}, é & <b>x</b><br>&nbsp;[sound:a.mp3]") != ""


def test_searches_of_an_imported_bank_all_find_something(tmp_path: Path) -> None:
    """Notes with given fields have no tag of their level; their decks are offered in its place."""
    run("import", genanki_package(tmp_path / "source"), "--out", tmp_path / "bank")
    found = json.loads(run("searches", tmp_path / "bank", "--json").stdout)
    assert all(entry["cards"] for entry in found)
    decks = {entry["name"]: entry["notes"] for entry in found if entry["group"] == "own deck"}
    assert decks == {"Languages::Spanish": len(FIELDS) + len(CLOZES) - 1, "Other": 1}


_ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x1f"), max_size=30)
_ODD = st.sampled_from(
    [
        "\r\n",
        "\ufeff",
        "\x00",
        "\x85",
        "\u2028",
        "\t- x",
        "  lead",
        "trail ",
        "\n\n",
        "null",
        "'",
        '"',
        "{{c1::",
        "<p>",
    ]
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.lists(_ODD | _ANY_TEXT, max_size=4).map("".join), min_size=5, max_size=15))
def test_any_text_comes_back(texts: list[str], tmp_path: Path) -> None:
    """Control characters, odd spaces, what YAML or Markdown would read: the import compares and finds no difference."""
    model = genanki.Model(
        1_500_000_003, "Any", fields=[{"name": "Front"}, {"name": "Back"}],
        templates=[{"name": "Card", "qfmt": "{{Front}}", "afmt": "{{Back}}"}],
    )  # fmt: skip
    deck = genanki.Deck(1_500_000_012, "Any")
    for text in texts:
        deck.add_note(genanki.Note(model, ["front " + text, text]))
    with warnings.catch_warnings():
        # Genanki warns of fields that look as if someone had forgotten to escape HTML.
        warnings.simplefilter("ignore")
        genanki.Package(deck).write_to_file(tmp_path / "any.apkg")
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
        result = import_source(tmp_path / "any.apkg", Path(folder) / "bank")
    assert not result.has_errors
    assert result.counts["note"] == len(texts)


# Hostile packages


def repacked(source: Path, target: Path, **parts: bytes | None) -> Path:
    """Write a package with some of its parts replaced, added or (None) left out."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, data in parts.items():
            if data is not None:
                new.writestr(name, data)
    return target


def with_sql(source: Path, target: Path, *statements: str) -> Path:
    """Write a package in whose collection some SQL was run."""
    with zipfile.ZipFile(source) as old:
        connection = sqlite3.connect(":memory:")
        connection.deserialize(old.read("collection.anki2"))
    connection.execute("PRAGMA writable_schema = ON")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    return repacked(source, target, **{"collection.anki2": connection.serialize()})


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package with nothing wrong."""
    return genanki_package(tmp_path_factory.mktemp("sound"))


def refused(package: Path, folder: Path) -> str:
    """Import what must be refused, and return the message; nothing is written anywhere."""
    before = {name: data for name, data in files_in(folder).items() if name != package.name}
    result = run("import", package, "--out", folder / "bank")
    assert result.exit_code in {1, 2}
    assert "Traceback" not in result.output
    assert isinstance(result.exception, SystemExit)
    after = {name: data for name, data in files_in(folder).items() if name != package.name}
    assert after == before
    assert not (folder / "bank").exists()
    return result.output


@pytest.mark.parametrize("name", ["../evil.png", "a/b.png", "..", "C:\\x.png", "", "x\0y"])
def test_paths_out_of_the_media_folder_are_refused(name: str, sound: Path, tmp_path: Path) -> None:
    """As Anki does, the whole package is."""
    package = repacked(sound, tmp_path / "bad.apkg", media=json.dumps({"0": name}).encode())
    assert "leads out of the media folder" in refused(package, tmp_path)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("CREATE TRIGGER t AFTER INSERT ON notes BEGIN DELETE FROM cards; END", 'a trigger ("t")'),
        ("CREATE VIEW v AS SELECT * FROM notes", 'a view ("v")'),
        ("CREATE VIRTUAL TABLE f USING fts5(x)", 'a virtual table ("f")'),
        ("ALTER TABLE notes ADD COLUMN g GENERATED ALWAYS AS (length(hex(flds))) VIRTUAL", "computed columns"),
        ("DROP TABLE cards", "not one of Anki's"),
        ("DELETE FROM col", "its collection is empty"),
        ("UPDATE col SET models = '[' ", "note types are not a JSON object"),
        ("UPDATE col SET models = '[]' ", "note types are not a JSON object"),
        ("UPDATE col SET models = '{\"1\": {}}' ", "not one of Anki's (KeyError"),
        ("UPDATE col SET decks = '{}' ", "is in a deck"),
        ("UPDATE notes SET mid = 5", "has a note type (5) that is not there"),
        ("UPDATE notes SET flds = 'one'", "has 1 fields"),
        ("UPDATE notes SET flds = CAST(x'ff1f' AS TEXT)", "no sound database (Could not decode"),
        ("UPDATE cards SET did = 'x'", "'x' where a number belongs"),
        ("DELETE FROM cards", "it holds no note"),
        ("UPDATE cards SET ord = 0", "has one of its cards twice"),
        ("UPDATE col SET models = replace(models, '\"Front\"', '\"Fr:ont\"')", "Anki takes no field with the name"),
    ],
)  # fmt: skip
def test_hostile_and_malformed_collections_are_refused(
    statement: str, said: str, sound: Path, tmp_path: Path
) -> None:
    """With one message that says what is wrong."""
    assert said in refused(with_sql(sound, tmp_path / "bad.apkg", statement), tmp_path)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"collection.anki2": None}, "no collection of Anki"),
        ({"collection.anki2": b""}, "not one of Anki's"),
        ({"collection.anki2": b"SQLite format 3\0 and no more" * 50}, "no sound database"),
        ({"media": b"["}, "no sound package"),
        ({"media": b"[]"}, "list of media is not one"),
        ({"media": b'{"0": 1}'}, "list of media is not one"),
        ({"media": b"[" * 100_000}, "nested without end"),
        ({"media": b"\xff\xfe"}, "no sound package"),
        ({"collection.anki21b": b"no zstd"}, "no sound package"),
    ],
)  # fmt: skip
def test_broken_parts_are_refused(
    parts: dict[str, bytes | None], said: str, sound: Path, tmp_path: Path
) -> None:
    """Whatever is missing or damaged."""
    assert said in refused(repacked(sound, tmp_path / "bad.apkg", **parts), tmp_path)


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\3\4 cut off"])
def test_files_that_are_no_packages_are_refused(data: bytes, tmp_path: Path) -> None:
    """Also one that is not there, and a folder."""
    (tmp_path / "x.apkg").write_bytes(data)
    assert "cannot be imported" in refused(tmp_path / "x.apkg", tmp_path)
    assert "No such file" in refused(tmp_path / "nothing.apkg", tmp_path)
    (tmp_path / "folder.apkg").mkdir()
    assert "cannot be imported" in refused(tmp_path / "folder.apkg", tmp_path)


@pytest.mark.parametrize(
    ("limit", "value", "said"),
    [
        ("archive.MAX_COLLECTION", 1000, "its collection is too large"),
        ("archive.MAX_MEDIA_FILE", 10, 'its media file "tree.png" is too large'),
        ("archive.MAX_MEDIA", 30, "is too large"),
        ("archive.MAX_MEDIA_LIST", 10, "list of media is too large"),
        ("archive.MAX_ENTRIES", 2, "more than 2 entries"),
        ("collection.MAX_TEXT", 10, "too much text"),
        ("collection.MAX_ROW", 100, "too big"),
        ("collection.MAX_SECONDS", -1, "seconds to read"),
    ],
)
def test_bombs_are_stopped_at_limits(
    limit: str, value: int, said: str, sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is written is counted while it is unpacked, whatever the zip says of its size."""
    room, name = limit.split(".")
    monkeypatch.setattr({"archive": archive, "collection": collection}[room], name, value)
    monkeypatch.setattr(collection, "_STEPS", 1)
    (tmp_path / "x.apkg").write_bytes(sound.read_bytes())
    assert said in refused(tmp_path / "x.apkg", tmp_path)


def test_a_bomb_of_zstandard_is_stopped(sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few bytes that say to be many are unpacked no further than the limit."""
    monkeypatch.setattr(archive, "MAX_COLLECTION", 1 << 22)
    bomb = io.BytesIO()
    with ZstdCompressor().stream_writer(bomb, closefd=False) as writer:
        for _ in range(64):
            writer.write(bytes(1 << 20))
    data = bomb.getvalue()
    assert len(data) < 10_000
    empty = ZstdCompressor().compress(b"")
    package = repacked(sound, tmp_path / "bad.apkg", **{"collection.anki21b": data, "media": empty})
    assert "its collection is too large" in refused(package, tmp_path)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 10**6), data=st.binary(min_size=1, max_size=40))
def test_damaged_bytes_never_end_in_a_traceback(at: int, data: bytes, sound: Path, tmp_path: Path) -> None:
    """A collection with any bytes overwritten is imported or refused."""
    with zipfile.ZipFile(sound) as old:
        database = bytearray(old.read("collection.anki2"))
    at %= len(database)
    database[at : at + len(data)] = data
    package = repacked(sound, tmp_path / "bad.apkg", **{"collection.anki2": bytes(database)})
    result = run("import", package, "--out", tmp_path / "never" / "there")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    if (tmp_path / "never").exists():
        shutil.rmtree(tmp_path / "never")


@pytest.mark.parametrize("piece", ["<img ", "<img '", "[sound:", "{{c1::", "<!--", "[", "on"])
def test_texts_made_to_be_slow_are_not(piece: str, tmp_path: Path) -> None:
    """A field of hundreds of thousands of beginnings without an end is read in one go, or this test never ends."""
    model = genanki.Model(
        1_500_000_004, "Slow", fields=[{"name": "Front"}, {"name": "Back"}],
        templates=[{"name": "Card", "qfmt": "{{Front}}", "afmt": "{{Back}}"}],
    )  # fmt: skip
    deck = genanki.Deck(1_500_000_013, "Slow")
    deck.add_note(genanki.Note(model, ["front", ""]))
    genanki.Package(deck).write_to_file(tmp_path / "slow.apkg")
    text = (piece * (1_000_000 // len(piece))).replace("'", "''")
    package = with_sql(
        tmp_path / "slow.apkg",
        tmp_path / "x.apkg",
        f"UPDATE notes SET flds = 'front' || char(31) || '{text}'",
    )
    assert run("import", package, "--out", tmp_path / "bank").exit_code == 0


def test_doubled_and_odd_names_are_made_harmless(sound: Path, tmp_path: Path) -> None:
    """The first of two media files of a name is taken, names that Anki would change are left out, GUIDs are made new."""
    listed = {"0": "tree.png", "1": "tree.png", "2": "a:b.png", "9": "gone.mp3"}
    package = with_sql(sound, tmp_path / "half.apkg", "UPDATE notes SET guid = 'same' WHERE id % 2")
    package = repacked(package, tmp_path / "odd.apkg", media=json.dumps(listed).encode())
    result = run("import", package, "--out", tmp_path / "bank")
    assert result.exit_code == 0, result.output
    assert "1 media files whose name is there twice: tree.png" in result.output
    assert 'the media file "a:b.png": Anki drops the character' in result.output
    assert "1 media files that are listed but not there: gone.mp3" in result.output
    assert "GUIDs of" in result.output
    assert {path.name for path in (tmp_path / "bank" / "media").iterdir()} == {"tree.png"}
    built = build_bank(tmp_path / "bank", tmp_path / "dist")
    with opened(tmp_path / "learner") as bench:
        counts = bench.import_package(tmp_path / "dist" / str(built.packages[0]["file"]))
        assert counts.new == len(bench.notes()) == len(FIELDS) + len(CLOZES)


def test_errors_name_the_package(tmp_path: Path) -> None:
    """As an exception of the library, too."""
    (tmp_path / "x.apkg").write_bytes(b"x")
    with pytest.raises(UnreadablePackageError, match=r"x\.apkg cannot be imported"):
        import_source(tmp_path / "x.apkg", tmp_path / "bank")
