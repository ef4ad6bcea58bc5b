"""All sources: the table in the docs is measured, formats are told by what they hold, and hostile texts cost no time."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from banks import make_bank, question, questions
from import_bench import imported, in_anki, package_of, refused, run
from test_exports import FULL_QUESTION, PICTURE

from ankiexport.importing.reading import Kept, SourceFormat
from ankiexport.importing.sources import SOURCES, format_of
from ankiexport.pipeline import build_bank

QUESTION = "What is **bold**? ![p](p.svg)"
MARKDOWN = f"---\ndeck: Own::Deck\n---\n# {QUESTION}\n\nSo.\n\nTags: t::u\n\n# {{{{c1::hidden}}}} part\n\nx\n"
HASHCARDS = f'---\nname = "Own::Deck"\n---\nQ: {QUESTION}\nA: So.\nC: [hidden] part\n'
TABLE = (
    "question,answer,tags,deck\nWhat is **bold**? ![p](p.svg),So.,t::u,Own::Deck\n{{c1::hidden}} part,,,\n"
)
JSON_LIST = [
    {"question": QUESTION, "answer": "So.", "tags": ["t::u"], "deck": "Own::Deck"},
    {"question": "{{c1::hidden}} part"},
]


def full_bank(folder: Path) -> Path:
    """Return a bank with everything that a source may hold."""
    full = {
        **FULL_QUESTION,
        "question": "What is **bold**? ![p](media/p.svg)",
        "tags": ["t::u"],
        "deck": "Small bank::Deck",
    }
    full["facts"] = [{"id": "f", "text": "{{c1::hidden}} part"}]
    files: dict[str, str | bytes] = {
        "q.yaml": questions("one", full, question("plain")),
        "media/p.svg": PICTURE,
    }
    return make_bank(folder, files, levels=[{"key": "one", "name": "One"}])


def exported(form: str, name: str) -> Callable[[Path], Path]:
    """Return what writes a source by our own export."""

    def make(folder: Path) -> Path:
        result = run("export", form, full_bank(folder), "--out", folder / "out")
        assert result.exit_code == 0, result.output
        return folder / "out" / name

    return make


def built(folder: Path) -> Path:
    build_bank(full_bank(folder), folder / "out")
    return folder / "out" / "small-bank.apkg"


def written(name: str, text: str) -> Callable[[Path], Path]:
    """Return what writes a source with a picture beside it."""

    def make(folder: Path) -> Path:
        (folder / "source").mkdir(parents=True)
        (folder / "source" / "p.svg").write_bytes(PICTURE)
        (folder / "source" / name).write_text(text, encoding="utf-8")
        return folder / "source" / name

    return make


MAKERS: dict[str, Callable[[Path], Path]] = {
    "package": built,
    "crowdanki": exported("crowdanki", "small-bank"),
    "anki-text": exported("anki-text", "small-bank.txt"),
    "csv": written("q.csv", TABLE),
    "markdown": written("q.md", MARKDOWN),
    "hashcards": written("q.md", HASHCARDS),
    "json": exported("json", "small-bank.json"),
}


@pytest.mark.parametrize("form", SOURCES, ids=lambda form: form.name)
def test_each_source_keeps_what_the_table_says(form: SourceFormat, tmp_path: Path) -> None:
    """The table in the docs: what is marked as kept is in Anki after import and build, and what is not is not."""
    source = MAKERS[form.name](tmp_path / "made")
    assert format_of(source) is form
    imported(source, tmp_path / "bank")
    notes, media = in_anki(package_of(tmp_path / "bank", tmp_path / "dist"), tmp_path / "anki")
    fronts = [card[2].front for note in notes.values() for card in note[2]]
    guids: set[str] = set()
    if (tmp_path / "made" / "bank").exists():
        original, _ = in_anki(
            package_of(tmp_path / "made" / "bank", tmp_path / "dist-0"), tmp_path / "anki-0"
        )
        guids = set(original)
        same_sides = all(notes.get(guid, ((), (), ()))[2] == note[2] for guid, note in original.items())
    else:
        same_sides = False
    measured = {
        Kept.GUIDS: bool(guids) and guids == set(notes),
        Kept.NOTE_TYPES: same_sides,
        Kept.FORM: any("<strong>bold</strong>" in front for front in fronts),
        Kept.CLOZES: any('class="cloze"' in front and "hidden" in front for front in fronts),
        Kept.TAGS: any("t::u" in note[1] for note in notes.values()),
        Kept.DECKS: any(card[1].endswith("::Deck") for note in notes.values() for card in note[2]),
        Kept.MEDIA: PICTURE in media.values(),
    }
    assert {kept for kept, there in measured.items() if there} == form.keeps


def test_simple_json_keeps_what_markdown_keeps(tmp_path: Path) -> None:
    """Form, clozes, tags, decks and pictures."""
    source = written("q.json", json.dumps(JSON_LIST))(tmp_path)
    imported(source, tmp_path / "bank")
    notes, media = in_anki(package_of(tmp_path / "bank", tmp_path / "dist"), tmp_path / "anki")
    fronts = " ".join(card[2].front for note in notes.values() for card in note[2])
    assert "<strong>bold</strong>" in fronts
    assert 'data-cloze="hidden"' in fronts
    assert any("t::u" in note[1] for note in notes.values())
    assert list(media.values()) == [PICTURE]


@pytest.mark.parametrize(
    ("name", "text", "form"),
    [
        ("a.csv", "#separator:tab\nx\ty\n", "anki-text"),
        ("a.txt", "x\ty\n", "anki-text"),
        ("a.tsv", "x\ty\n", "csv"),
        ("a.md", "# Q\n\nA\n", "markdown"),
        ("a.md", "Q: x\nA: y\n", "hashcards"),
        ("a.json", '{"__type__": "Deck"}', "crowdanki"),
        ("a.json", "[]", "json"),
        ("a", "tags: x\na\tb\n", "anki-text"),
        ("a", "nothing known", "package"),
        ("a.csv", "\ufeff#html:true\n", "anki-text"),
    ],
)
def test_formats_are_told_by_what_they_hold(name: str, text: str, form: str, tmp_path: Path) -> None:
    """And not by names alone."""
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert format_of(tmp_path / name).name == form


def test_a_package_of_any_name_is_one(tmp_path: Path) -> None:
    """By its first bytes."""
    shutil.copy(built(tmp_path), tmp_path / "deck.txt")
    assert format_of(tmp_path / "deck.txt").name == "package"


def test_a_format_can_be_forced(tmp_path: Path) -> None:
    """--from takes it for what the user says."""
    (tmp_path / "a.txt").write_text("question,answer\nx,y\n")
    assert "1 question" in imported(tmp_path / "a.txt", tmp_path / "bank", "--from", "csv").output
    assert "no sound package" in refused(tmp_path / "a.txt", tmp_path, "--from", "package")


@pytest.mark.parametrize("form", [form.name for form in SOURCES])
def test_what_is_not_there_is_said(form: str, tmp_path: Path) -> None:
    """For every format."""
    said = refused(tmp_path / "gone", tmp_path, "--from", form)
    assert "gone cannot be imported" in said


_PIECES = [
    "![",
    "[",
    "![a](",
    "`",
    "```\n",
    "~~~\n",
    "<img src='",
    "[sound:",
    "- ",
    "  - ",
    "| ",
    "# ",
    "{{c1::",
    "\\",
    "Q: a\n",
    "C: [",
]


@pytest.mark.parametrize("piece", _PIECES)
@pytest.mark.parametrize("form", ["markdown", "hashcards", "csv", "anki-text"])
def test_texts_made_to_be_slow_are_not(piece: str, form: str, tmp_path: Path) -> None:
    """Hundreds of thousands of beginnings without an end are read in one go, or this test never ends."""
    (tmp_path / "x.md").write_text("# Q?\n\n" + piece * (20_000 // len(piece)))
    result = run("import", tmp_path / "x.md", "--out", tmp_path / "bank", "--from", form)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
