"""CrowdAnki folders: what our export, brain-brew and others write comes back, note for note."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from banks import HARD_BANK, make_bank, question, questions
from import_bench import imported, in_anki, package_of, refused, run
from other_programs import read_with
from test_exports import FULL_QUESTION, PICTURE

from ankiexport.importing import media_folder, text_files


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """A bank with decks, clozes, tags, formulas, code and a picture."""
    return make_bank(
        tmp_path,
        {
            "q.yaml": questions("one", FULL_QUESTION, question("plain")),
            "r.yaml": questions("two", question("other", tags=["deep::er", "übung"])),
            "media/p.svg": PICTURE,
        },
    )


def exported(bank: Path, out: Path) -> Path:
    """Export a bank to CrowdAnki by the command line, and return the folder."""
    result = run("export", "crowdanki", bank, "--out", out)
    assert result.exit_code == 0, result.output
    (folder,) = out.iterdir()
    return folder


def test_an_export_comes_back_as_the_same_notes_in_anki(bank: Path, tmp_path: Path) -> None:
    """GUIDs, fields, tags, decks, cards, both sides and media: a package of the one bank and of the other are the same."""
    imported(exported(bank, tmp_path / "out"), tmp_path / "again")
    first = in_anki(package_of(bank, tmp_path / "one"), tmp_path / "anki-one")
    second = in_anki(package_of(tmp_path / "again", tmp_path / "two"), tmp_path / "anki-two")
    assert len(first[0]) == 4
    assert second == first


def test_a_bank_full_of_difficult_texts_comes_back(tmp_path: Path) -> None:
    """The law for the hard bank, by `diff`: the bank, its export and what is imported from that hold the same."""
    hard = shutil.copytree(HARD_BANK, tmp_path / "hard")
    folder = exported(hard, tmp_path / "out")
    imported(folder, tmp_path / "again")
    for one, other in ((hard, folder), (folder, tmp_path / "again"), (tmp_path / "again", hard)):
        found = json.loads(run("diff", one, other, "--json").output)
        assert found["same"] > 10
        assert [found[name] for name in ("added", "gone", "changed", "note_types", "media_changed")] == [
            []
        ] * 5


def test_a_folder_of_brain_brew_is_read(bank: Path, tmp_path: Path) -> None:
    """Taken apart and built again by brain-brew: the same notes, in the one deck that it keeps."""
    folder = exported(bank, tmp_path / "out")
    built = Path(read_with("brain_brew", "brain_brew_writer.py", folder, tmp_path / "brew"))
    output = imported(built, tmp_path / "again").output
    assert "4 notes" in output
    found = json.loads(run("diff", folder, tmp_path / "again", "--json").output)
    assert (found["added"], found["gone"], found["note_types"], found["media_changed"]) == ([], [], [], [])
    assert {part["part"] for change in found["changed"] for part in change["parts"]} == {"deck"}


def deck(**changed: Any) -> dict[str, Any]:
    """Return a small deck as the add-on writes it."""
    model = {
        "__type__": "NoteModel", "crowdanki_uuid": "model-1", "name": "Vocabulary", "type": 0, "css": ".card {}",
        "flds": [{"name": "Back", "ord": 1}, {"name": "Front", "ord": 0}], "sortf": 0, "latexPre": "",
        "tmpls": [
            {"name": "Card 1", "ord": 0, "qfmt": "{{Front}}", "afmt": "{{FrontSide}}{{Back}}", "bqfmt": "x", "did": None},
            {"name": "Card 2", "ord": 1, "qfmt": "{{#Back}}{{Back}}{{/Back}}", "afmt": "{{Front}}", "did": 5},
        ],
    }  # fmt: skip
    notes = [
        {"guid": "a#1", "fields": ["<b>casa</b>", "house"], "note_model_uuid": "model-1", "tags": ["x::y", "two words"]},
        {"guid": "a#2", "fields": ["only", ""], "note_model_uuid": "model-1", "tags": [], "flags": 0, "data": ""},
        {"guid": "a#3", "fields": ["", ""], "note_model_uuid": "model-1", "tags": []},
    ]  # fmt: skip
    child = {
        "__type__": "Deck",
        "name": "Nouns",
        "children": [],
        "notes": notes[1:],
        "media_files": ["gone.png"],
    }
    return {
        "__type__": "Deck", "crowdanki_uuid": "deck-1", "name": "Languages::Spanish", "desc": "All of it.",
        "children": [child], "deck_configurations": [], "media_files": ["p.png"], "note_models": [model],
        "notes": notes[:1], **changed,
    }  # fmt: skip


def folder_of(where: Path, data: object, name: str = "deck.json") -> Path:
    """Write a CrowdAnki folder."""
    (where / "media").mkdir(parents=True)
    (where / "media" / "p.png").write_bytes(b"picture")
    (where / name).write_text(json.dumps(data), encoding="utf-8")
    return where


@pytest.mark.parametrize("name", ["deck.json", "folder.json"])
def test_what_the_add_on_writes_is_read(name: str, tmp_path: Path) -> None:
    """Fields by their order, root names with levels, GUIDs with any sign; a note without a card gets its first."""
    folder = folder_of(tmp_path / "folder", deck(), name)
    output = imported(folder, tmp_path / "bank").output
    assert "3 notes, 4 cards, 1 note type, 2 decks, 1 media file" in output
    assert "the browser appearance of 1 card templates" in output
    assert "1 media files that are listed but not there: gone.png" in output
    notes, media = in_anki(package_of(tmp_path / "bank", tmp_path / "dist"), tmp_path / "anki")
    assert notes["a#1"][:2] == (["<b>casa</b>", "house"], ["two", "words", "x::y"])
    assert [card[:2] for card in notes["a#1"][2]] == [(0, "Languages::Spanish"), (1, "Languages::Spanish")]
    assert [card[:2] for card in notes["a#2"][2]] == [(0, "Languages::Spanish::Nouns")]
    assert [card[:2] for card in notes["a#3"][2]] == [(0, "Languages::Spanish::Nouns")]
    assert media == {}  # No note refers to it.
    assert (tmp_path / "bank" / "media" / "p.png").read_bytes() == b"picture"


def test_the_same_folder_gives_the_same_note_type(tmp_path: Path) -> None:
    """The id of a note type is made from its uuid, so that two imports of one deck fit together."""
    folder = folder_of(tmp_path / "folder", deck())
    texts = []
    for number in (1, 2):
        imported(folder, tmp_path / f"bank{number}")
        texts.append((tmp_path / f"bank{number}/card_templates/vocabulary/note_type.yaml").read_text("utf-8"))
    assert texts[0] == texts[1]


_NOTE = {"guid": "x", "fields": ["a", "b"], "note_model_uuid": "model-1", "tags": []}


def _nested() -> dict[str, Any]:
    found = deck(children=[])
    for _ in range(80):
        found = deck(children=[found])
    return found


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ([], "is not a JSON object"),
        ({"__type__": "Note"}, "is no deck of CrowdAnki"),
        (deck(notes=[{**_NOTE, "note_model_uuid": "none"}]), "has a note model (none) that is not there"),
        (deck(notes=[{**_NOTE, "fields": ["a"]}]), 'has 1 fields, its note type "Vocabulary" 2'),
        (deck(notes=[{**_NOTE, "fields": ["a", 5]}]), '"fields" is not a list of texts'),
        (deck(notes=[{**_NOTE, "guid": None}]), '"guid" is not a text'),
        (deck(notes=[{**_NOTE, "fields": ["a\x1f", "b"]}]), "holds the character U+001F"),
        (deck(notes=[{**_NOTE, "fields": ["\ud800", "b"]}]), "holds what is no text"),
        (deck(children="x"), '"children" is not a list'),
        (deck(children=[[]]), "is not a JSON object"),
        (deck(name=5), '"name" is not a text'),
        (_nested(), "nested more than 50 deep"),
        (deck(notes=[], children=[]), "it holds no note"),
    ],
)  # fmt: skip
def test_malformed_decks_are_refused(data: object, said: str, tmp_path: Path) -> None:
    """With one message that says what is wrong, and nothing written; `diff` refuses them, too."""
    folder = folder_of(tmp_path / "folder", data)
    assert said in refused(folder, tmp_path)
    if "holds no note" not in said:
        assert said in " ".join(run("diff", folder, folder).output.split())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b'{"a": 1,\n  oops}', "deck.json:2:3: it is not JSON"),
        (b"[" * 200_000, "nested without end"),
        (b'{"a": "\xe4"}', "deck.json:1:8: the byte 0xe4 is not UTF-8; save the file as UTF-8"),
        (b"", "it is not JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", "holds what is no text or number"),
    ],
)
def test_what_is_no_json_is_refused_with_its_place(text: bytes, said: str, tmp_path: Path) -> None:
    """Line and column, in characters."""
    folder = folder_of(tmp_path / "folder", {})
    (folder / "deck.json").write_bytes(text)
    assert said in refused(folder, tmp_path)


def test_media_come_from_the_folder_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Links are not followed, names that Anki would change are said, and large files are refused."""
    folder = folder_of(tmp_path / "folder", deck(media_files=["../secret.txt", "link.png"]))
    (tmp_path / "secret.txt").write_bytes(b"secret")
    (folder / "media" / "link.png").symlink_to(tmp_path / "secret.txt")
    (folder / "media" / "a:b.png").write_bytes(b"x")
    output = imported(folder, tmp_path / "bank").output
    assert 'the media file "a:b.png": Anki drops the character' in output
    assert "../secret.txt, gone.png, link.png" in output
    assert {path.name for path in (tmp_path / "bank" / "media").iterdir()} == {"p.png"}
    monkeypatch.setattr(media_folder, "MAX_MEDIA_FILE", 3)
    assert 'its media file "p.png" is too large' in refused(folder, tmp_path)


def test_a_deck_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it is read."""
    folder = folder_of(tmp_path / "folder", deck())
    monkeypatch.setattr(text_files, "MAX_BYTES", 100)
    assert "it has more than 0 MiB" in refused(folder, tmp_path)


def doubled(data: dict[str, Any]) -> None:
    for note in data["children"][0]["notes"]:
        note["guid"] = "same"


def scripted(data: dict[str, Any]) -> None:
    data["notes"][0]["fields"] = ["<script>x</script>", "<img src='../../etc/passwd'>"]


@pytest.mark.parametrize(
    ("change", "said"),
    [(doubled, "the GUIDs of 2 notes"), (scripted, "1 notes hold scripts")],
)
def test_what_is_odd_is_made_harmless_and_said(
    change: Callable[[dict[str, Any]], None], said: str, tmp_path: Path
) -> None:
    """As for packages."""
    data = deck()
    change(data)
    assert said in imported(folder_of(tmp_path / "folder", data), tmp_path / "bank").output
    package_of(tmp_path / "bank", tmp_path / "dist")
