"""Export to other formats: what each of them holds, read by the program that it is for."""

import csv
import html
import io
import json
import re
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from anki.collection import CsvMetadata, ImportCsvRequest
from anki.notes import NoteId
from anki_bench import Bench, opened
from banks import files_in, make_bank, question, questions, read_package
from click.testing import CliRunner, Result
from jsonschema import Draft7Validator
from other_programs import read_with, read_with_org_drill
from printed_pages import has_curves, is_indented, text_of_pdf

from ankiexport import resources
from ankiexport.cli.app import cli
from ankiexport.exporting import ForeignPathError, export_bank
from ankiexport.formats.export_format import Exported, ExportFormat, Feature, Shipment
from ankiexport.formats.table import FORMATS, BadFormatError, find_format
from ankiexport.pipeline import build_bank

PICTURE = (
    b"<svg xmlns='http://www.w3.org/2000/svg' width='120' height='20'><text y='12'>PICTURE-MARK</text></svg>"
)
CODE = "```python\nif marked:\n    indented()\n```"
FULL_QUESTION = question(
    "full",
    question='What is "quoted",\ttabbed and $x_1$? ![a picture](media/p.svg)',
    answer=f"First line.\n\n{CODE}\n\n- *Second* <b>line</b> & more, a | b",
    hint=["HINT-MARK", "another"],
    key_points=["a point"],
    tags=["topic::marked"],
    facts=[{"id": "fact", "text": "A {{c1::hidden::kind}} and a {{c2::second $y$}} part."}],
)


@pytest.fixture
def full_bank(tmp_path: Path) -> Path:
    """A bank with everything that a format may keep or lose."""
    return make_bank(
        tmp_path,
        {
            "q.yaml": questions("one", FULL_QUESTION, question("plain")),
            "r.yaml": questions("two", question("other")),
            "media/p.svg": PICTURE,
        },
    )


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def exported(bank: Path, form: str, out: Path, *more: str) -> dict[str, bytes]:
    """Export by the command line, and return the files."""
    result = run("export", form, bank, "--out", out, *more)
    assert result.exit_code == 0, result.output
    return files_in(out)


def texts_of(files: dict[str, bytes]) -> str:
    """Return all that exported files say, without markup, whatever contains it."""
    found = []
    for name, data in files.items():
        if name.endswith(".cards"):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                found.append(html.unescape(archive.read("cards.xml").decode()))
        elif name.endswith(".pdf"):
            found += text_of_pdf(data)
        elif name.endswith(".json"):
            found += _strings(json.loads(data))
        elif "/media/" not in f"/{name}":
            found.append(data.decode())
    # Highlighted code is full of elements.
    return html.unescape(re.sub(r"</?(?:span|div|pre|code)\b[^>]*>", "", "\n".join(found)))


def _strings(data: Any) -> list[str]:
    if isinstance(data, dict):
        return [*data, *(text for value in data.values() for text in _strings(value))]
    if isinstance(data, list):
        return [text for value in data for text in _strings(value)]
    return [data] if isinstance(data, str) else []


def media_of(files: dict[str, bytes]) -> list[bytes]:
    found = list(files.values())
    for name, data in files.items():
        if name.endswith(".cards"):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                found += [archive.read(entry) for entry in archive.namelist()]
    return found


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_each_format_keeps_what_the_table_says(form: ExportFormat, full_bank: Path, tmp_path: Path) -> None:
    """The table in the docs is measured: what is marked as kept is there, and what is not is lost."""
    files = exported(full_bank, form.name, tmp_path / "out")
    text = texts_of(files)
    measured = {
        Feature.HINTS: "HINT-MARK" in text,
        Feature.TAGS: "topic::marked" in text or "#topic/marked" in text,
        Feature.HIERARCHY: ("Small bank" in text and "1 One" in text) or "Small-bank/1-One" in text,
        Feature.MATH: any(map(has_curves, files.values()))
        or any(formula in text for formula in (r"\(x_1\)", "<$>x_1</$>", "$x_1$")),
        Feature.CODE: any(is_indented(data, "indented()", "if marked:") for data in files.values())
        or re.search(r"if marked:\s*\n\s{4,}indented\(\)", text) is not None,
        Feature.MEDIA: PICTURE in media_of(files) or "PICTURE-MARK" in text,
        Feature.CLOZES: any(
            mark in text for mark in ("{{c1::hidden::kind}}", "A [kind] and a", ">[kind]", "==hidden;;kind==")
        ),
    }
    assert {feature for feature, kept in measured.items() if kept} == form.keeps - {Feature.UPDATES}


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_an_export_leaves_the_bank_alone_and_is_the_same_each_time(
    form: ExportFormat, full_bank: Path, tmp_path: Path
) -> None:
    """No lock is written or changed, and a later export of the same bank gives the same bytes."""
    before = files_in(full_bank)
    first = exported(full_bank, form.name, tmp_path / "one")
    assert files_in(full_bank) == before
    build_bank(full_bank, tmp_path / "dist")
    locked = files_in(full_bank)
    assert exported(full_bank, form.name, tmp_path / "two") == first
    assert files_in(full_bank) == locked


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_a_level_is_exported_alone(form: ExportFormat, full_bank: Path, tmp_path: Path) -> None:
    """With --level only its notes are there."""
    text = texts_of(exported(full_bank, form.name, tmp_path / "out", "--level", "two"))
    assert "What is other?" in text
    assert "What is plain?" not in text
    assert run("export", form.name, full_bank, "--level", "three").exit_code == 2


def exported_keys(out: Path) -> list[str]:
    return [
        note["key"] for note in json.loads((out / "small-bank.json").read_text(encoding="utf-8"))["notes"]
    ]


@pytest.mark.parametrize(
    ("arguments", "keys"),
    [
        (["--search", "tag:topic::marked"], ["full", "fact"]),
        (["--search", "tag:topic::marked -deck:*::Facts"], ["full"]),
        (["--search", ""], ["full", "plain", "other", "fact"]),
        (["--search", "What", "--level", "two"], ["other"]),
        (["--deck", "marked"], ["full", "fact"]),
        (["--deck", "marked", "--deck", "plain"], ["full", "plain", "fact"]),
        (["--deck", "plain", "--search", "tag:topic::old -deck:*::Facts"], ["full", "plain"]),
    ],
)
def test_what_searches_find_is_exported(
    arguments: list[str], keys: list[str], full_bank: Path, tmp_path: Path
) -> None:
    """The searches are those of build and list, aliases of tags among them; several find what one of them finds."""
    settings = {
        "tags": {"topic::marked": {"description": "x", "aliases": ["topic::old"]}},
        "decks": {"marked": "tag:topic::marked", "plain": "ID:plain"},
    }
    make_bank(tmp_path, {}, **settings)
    exported(full_bank, "json", tmp_path / "out", *arguments)
    assert sorted(exported_keys(tmp_path / "out")) == sorted(keys)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--search", "(a"], "for the bracket itself"),
        (["--search", "tag:nowhere"], "tag:nowhere"),
        (["--search", "What", "--level", "three"], "three"),
        (["--deck", "nowhere"], "nowhere"),
    ],
)
def test_searches_that_are_wrong_or_find_nothing_are_wrong_usage(
    arguments: list[str], message: str, full_bank: Path, tmp_path: Path
) -> None:
    """They are told as for a build, and nothing is written."""
    result = run("export", "json", full_bank, "--out", tmp_path / "out", *arguments)
    assert result.exit_code == 2
    assert message in result.output
    if arguments[0] == "--search":
        built = run("build", full_bank, "--name", "x", *arguments)
        assert result.output.partition("Error: ")[2] == built.output.partition("Error: ")[2]
    assert not (tmp_path / "out").exists()


def test_an_export_respects_diagnostics(tmp_path: Path) -> None:
    """A bank with an error is not exported, and every problem is shown."""
    bank = make_bank(tmp_path, {"q.yaml": questions("one", question("a", tags=["x y"]))})
    result = run("export", "json", bank, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "q.yaml:6:9: error [bad-tag]" in result.output or "bad-tag" in result.output
    assert not (tmp_path / "out").exists()


def test_an_unknown_format_is_wrong_usage(full_bank: Path) -> None:
    """The formats that there are are named."""
    result = run("export", "pdf2", full_bank)
    assert result.exit_code == 2
    assert "anki-text, crowdanki, json" in result.output


def test_the_formats_are_listed() -> None:
    """--formats needs no format and no bank."""
    result = run("export", "--formats")
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.output.splitlines()] == [form.name for form in FORMATS]


# Anki text


def import_text(bench: Bench, path: Path) -> dict[str, int]:
    """Import a text file with what Anki reads from its headers, and return how many notes it took for what."""
    metadata: CsvMetadata = bench.col.get_csv_metadata(path=str(path), delimiter=None)
    log = bench.col.import_csv(ImportCsvRequest(path=str(path), metadata=metadata)).log
    names = (
        "new",
        "updated",
        "duplicate",
        "conflicting",
        "missing_notetype",
        "missing_deck",
        "empty_first_field",
    )
    return {name: len(getattr(log, name)) for name in names if getattr(log, name)}


def test_anki_text_updates_notes_in_place(full_bank: Path, tmp_path: Path) -> None:
    """Anki takes the file twice; edits reach the notes that the package has brought, and their cards stay."""
    build_bank(full_bank, tmp_path / "dist")
    exported(full_bank, "anki-text", tmp_path / "before")
    make_bank(
        tmp_path,
        {
            "q.yaml": questions(
                "one", {**FULL_QUESTION, "answer": 'New "answer"\twith\n\n    code'}, question("plain")
            ),
            "r.yaml": questions("two", question("other", tags=["fresh"])),
        },
    )
    exported(full_bank, "anki-text", tmp_path / "after")
    with opened(tmp_path / "learner") as bench:
        bench.import_package(tmp_path / "dist" / "small-bank.apkg")
        cards = [card.id for card in bench.cards()]
        assert import_text(bench, tmp_path / "before" / "small-bank.txt") == {"duplicate": 4}
        assert import_text(bench, tmp_path / "after" / "small-bank.txt")["updated"] == 2
        assert import_text(bench, tmp_path / "after" / "small-bank.txt") == {"duplicate": 4}
        assert [card.id for card in bench.cards()] == cards
        notes = {note["ID"]: note for note in bench.notes().values()}
        learned = {key: (list(note.fields), sorted(note.tags)) for key, note in notes.items()}
    build_bank(full_bank, tmp_path / "dist")
    built = read_package(tmp_path / "dist" / "small-bank.apkg")
    assert learned == {note.key: (list(note.fields.values()), sorted(note.tags)) for note in built.notes}


def test_anki_text_brings_new_notes_to_their_decks(full_bank: Path, tmp_path: Path) -> None:
    """Where the note types are, notes come with their fields, tags and decks as the package has them."""
    build_bank(full_bank, tmp_path / "dist")
    exported(full_bank, "anki-text", tmp_path / "out")
    states = []
    for number in range(2):
        with opened(tmp_path / f"learner-{number}") as bench:
            bench.import_package(tmp_path / "dist" / "small-bank.apkg")
            if number:
                bench.col.remove_notes([NoteId(note) for note in bench.col.find_notes("")])
                assert import_text(bench, tmp_path / "out" / "small-bank.txt") == {"new": 4}
            states.append(
                {
                    note.guid: (list(note.fields), sorted(note.tags), [bench.col.decks.name(card.did) for card in note.cards()])
                    for note in bench.notes().values()
                }
            )  # fmt: skip
    assert states[0] == states[1]


# CrowdAnki


def test_crowdanki_is_read_by_brain_brew(full_bank: Path, tmp_path: Path) -> None:
    """brain-brew finds every note with its note type, fields and tags, and the media."""
    build_bank(full_bank, tmp_path / "dist")
    package = read_package(tmp_path / "dist" / "small-bank.apkg")
    exported(full_bank, "crowdanki", tmp_path / "out")
    found = read_with("brain_brew", "brain_brew_reader.py", tmp_path / "out" / "small-bank")
    assert found["notes"] == {
        note.guid: [note.note_type, sorted(note.tags), list(note.fields.values())] for note in package.notes
    }
    assert found["models"] == {
        model["name"]: [field["name"] for field in model["flds"]] for model in package.note_types.values()
    }
    assert found["media"] == sorted(package.media)


def test_crowdanki_has_the_documented_shape(full_bank: Path, tmp_path: Path) -> None:
    """Decks lie in one another, and every id that is used is defined."""
    files = exported(full_bank, "crowdanki", tmp_path / "out")
    root = json.loads(files["small-bank/deck.json"])
    assert root["name"] == "Small bank"
    assert sorted(deck["name"] for deck in root["children"]) == ["1 One", "2 Two", "Facts"]
    models = {model["crowdanki_uuid"] for model in root["note_models"]}
    presets = {preset["crowdanki_uuid"] for preset in root["deck_configurations"]}
    decks = [root]
    listed = []
    for deck in decks:
        decks += deck["children"]
        listed += deck["media_files"]
        assert deck["deck_config_uuid"] in presets
        assert {note["note_model_uuid"] for note in deck["notes"]} <= models
    assert len({deck["crowdanki_uuid"] for deck in decks}) == len(decks)
    assert {f"small-bank/media/{name}" for name in listed} == {name for name in files if "/media/" in name}


# JSON


def test_json_fits_its_schema_and_says_everything(full_bank: Path, tmp_path: Path) -> None:
    """Fields, decks, tags and GUIDs are those of the package; the source is what the author wrote."""
    build_bank(full_bank, tmp_path / "dist")
    (full_bank / "r.yaml").unlink()
    package = read_package(tmp_path / "dist" / "small-bank.apkg")
    data = json.loads(exported(full_bank, "json", tmp_path / "out")["small-bank.json"])
    printed = run("schema", "notes").output
    schema = json.loads(printed)
    assert printed == resources.schema("notes").read_text(encoding="utf-8")
    Draft7Validator.check_schema(schema)
    assert [error.message for error in Draft7Validator(schema).iter_errors(data)] == []
    kept = {note["key"]: note for note in data["notes"] if not note["is_retired"]}
    for key, note in kept.items():
        packed = package.by_key[key]
        assert note["fields"] == packed.fields
        assert (note["guid"], tuple(note["tags"]), tuple(note["cards"])) == (
            packed.guid,
            packed.tags,
            packed.ords,
        )
        assert note["deck"] == packed.cards[0].deck
    assert kept["full"]["source"]["question"] == FULL_QUESTION["question"]
    assert kept["full"]["source"]["hints"] == FULL_QUESTION["hint"]
    assert kept["fact"]["source"] == {"text": "A {{c1::hidden::kind}} and a {{c2::second $y$}} part."}
    assert [note["source"] for note in data["notes"] if note["is_retired"]] == [None]


# TSV


def test_tsv_has_two_columns_whatever_the_texts_hold(full_bank: Path, tmp_path: Path) -> None:
    """Tabs and line breaks within a text would make other cards of it."""
    text = exported(full_bank, "tsv", tmp_path / "out")["small-bank.tsv"].decode()
    rows = list(csv.reader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE))
    assert [len(row) for row in rows] == [2] * 5
    assert rows[0][0] == r'What is "quoted", tabbed and \(x_1\)? [a picture]'
    assert rows[0][1].startswith("First line. / if marked: / ")
    assert ["A [kind] and a second \\(y\\) part.", "A hidden and a second \\(y\\) part."] in rows
    assert ["A hidden and a [...] part.", "A hidden and a second \\(y\\) part."] in rows


# Mnemosyne


def test_mnemosyne_keeps_grades_over_a_second_import(full_bank: Path, tmp_path: Path) -> None:
    """Mnemosyne has every card with its tags; an edited card keeps its grade, and no card comes twice."""
    exported(full_bank, "mnemosyne", tmp_path / "before")
    edited = {**FULL_QUESTION, "answer": "Another answer."}
    make_bank(tmp_path, {"q.yaml": questions("one", edited, question("plain"))})
    exported(full_bank, "mnemosyne", tmp_path / "after")
    files = [tmp_path / folder / "small-bank.cards" for folder in ("before", "after")]
    found = read_with("mnemosyne", "mnemosyne_reader.py", tmp_path / "learner", *files)
    first, second = found["states"]
    assert len(first) == 5
    assert first.keys() == second.keys()
    assert {card[4] for card in second.values()} == {4}
    (full,) = [card for card in second.values() if "quoted" in card[1]]
    assert "<p>Another answer.</p>" in full[2]
    assert full[3] == ["level::one", "topic::marked"]
    assert [name.split("-")[0] for name in found["media"]] == ["p"]


# Org-drill


def test_org_drill_finds_the_cards_as_they_are(tmp_path: Path) -> None:
    """Emacs has each card once, below its decks, and lines that begin with stars are no headings."""
    bank = make_bank(
        tmp_path,
        {
            "q.yaml": questions("one", FULL_QUESTION, question("stars", answer="<pre>* one\n** two</pre>")),
            "r.yaml": questions("two", question("other")),
            "media/p.svg": PICTURE,
        },
    )
    exported(bank, "org-drill", tmp_path / "out")
    found = read_with_org_drill(tmp_path / "out" / "small-bank.org", tmp_path)
    assert len(found) == 5
    by_front = {entry["front"].strip(): entry for entry in found}
    stars = by_front["What is stars?"]
    assert stars["back"] == "  * one\n  ** two\n"
    assert stars["path"] == ["Small bank", "1 One"]
    assert by_front["A [kind] and a second \\(y\\) part."]["path"] == ["Small bank", "Facts", "1 One"]
    full = by_front[r'What is "quoted", tabbed and \(x_1\)? [a picture]']
    assert "drill" in full["tags"]
    assert "topic_marked" in full["tags"]


@pytest.mark.parametrize("line", ["#+begin_src", ":END:", "see [a||b]"])
def test_org_drill_refuses_what_it_would_corrupt(line: str, tmp_path: Path) -> None:
    """Such a card is left out by name, with the line that is to blame; the others are there."""
    bank = make_bank(
        tmp_path,
        {"q.yaml": questions("one", question("bad", answer=f"<pre>{line}\n</pre>"), question("good"))},
    )
    result = run("export", "org-drill", bank, "--out", tmp_path / "out")
    assert result.exit_code == 0
    assert (
        f'[export-refused]: "bad" is left out: Org would take its line "{line}" for syntax' in result.output
    )
    text = (tmp_path / "out" / "small-bank.org").read_text(encoding="utf-8")
    assert "What is good?" in text
    assert "What is bad?" not in text


# Formats of others


def install(folder: Path, module: str, monkeypatch: pytest.MonkeyPatch, name: str = "outline") -> None:
    """Put a package with an entry point where Python looks for packages."""
    info = folder / f"{name}_format-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}-format\nVersion: 1.0\n", encoding="utf-8"
    )
    (info / "entry_points.txt").write_text(
        f"[ankiexport.formats]\n{name} = {name}_format:FORMAT\n", encoding="utf-8"
    )
    (folder / f"{name}_format.py").write_text(module, encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, f"{name}_format", raising=False)


def test_a_package_adds_a_format_as_the_docs_show(
    full_bank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The example of docs/formats.md, installed as it stands, is a format like ours."""
    page = (Path(__file__).parent.parent / "docs" / "formats.md").read_text(encoding="utf-8")
    (module,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    install(tmp_path / "site", module, monkeypatch)
    assert version("outline-format") == "1.0"
    files = exported(full_bank, "outline", tmp_path / "out")
    assert files["small-bank.md"].decode().splitlines()[2] == "- What is plain? (level::one)"
    assert "outline" in run("export", "--formats").output


@pytest.mark.parametrize("module", ["FORMAT = 1\n", "raise RuntimeError('broken')\n", "x = 1\n"])
def test_a_broken_format_of_others_is_one_message(
    module: str, full_bank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends this command with the reason, and no traceback."""
    install(tmp_path / "site", module, monkeypatch, name="broken")
    with pytest.raises(BadFormatError):
        find_format("broken")
    result = run("export", "broken", full_bank)
    assert result.exit_code == 2
    assert 'the export format "broken" of an installed package cannot be used' in result.output


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x", "a\\b", ""])
def test_a_format_writes_below_the_output_folder_only(
    name: str, full_bank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path that leads elsewhere is refused before anything is written."""

    def export(_shipment: Shipment) -> Exported:
        return Exported({"good": "x", name: "x"})

    bad = ExportFormat("bad", "Writes elsewhere.", export)
    monkeypatch.setattr("ankiexport.formats.table.FORMATS", (bad,))
    with pytest.raises(ForeignPathError):
        export_bank(full_bank, "bad", tmp_path / "out")
    assert not (tmp_path / "out").exists()
