"""Note types whose fields are given: what is written is what Anki has."""

from pathlib import Path

import pytest
from anki_bench import opened
from banks import as_yaml, make_bank, questions, read_package

from ankiexport.pipeline import build_bank, check_bank
from ankiexport.selection import Choice

TEMPLATES = {
    "note_type.yaml": as_yaml(
        {
            "id": 1_600_000_000_001,
            "name": "Vocabulary [[ 1 ]]",
            "given": True,
            "fields": [{"id": -5 * 10**18, "name": "Word"}, {"id": 7, "name": "Meaning"}],
            "templates": [
                {"id": 1, "name": "Recognize", "front": "front.html", "back": "back.html"},
                {"id": 2, "name": "Recall", "front": "recall.html", "back": "back.html"},
            ],
        }
    ),
    "front.html": "<b>{{Word}}</b> [[ not.jinja ]]\n",
    "recall.html": "{{#Meaning}}{{Meaning}}{{/Meaning}}",
    "back.html": "{{FrontSide}}<hr>{{Word}}: {{Meaning}}",
    "style.css": ".card { background: url(_paper.png) } [% raw %]\n",
}
HTML = "  <div class=x>Mi casa</div>&nbsp; <img src=casa.png> **es** "
NOTICE = "<p><strong>This is no longer part of the bank.</strong></p>"


def vocabulary(folder: Path, *items: dict[str, object], **settings: object) -> Path:
    """Write a bank with a note type whose fields are given."""
    templates = {f"card_templates/vocabulary/{name}": text for name, text in TEMPLATES.items()}
    head = {"note_type": "vocabulary", "deck": "Languages::Spanish"}
    levels = [{"key": "one", "name": "One"}]
    media = {"media/casa.png": b"casa", "media/_paper.png": b"paper", "media/other.png": b"other"}
    settings = {"levels": levels, "media_names": "kept", **settings}
    return make_bank(folder, {"q.yaml": questions("one", *items, **head), **templates, **media}, **settings)


def test_fields_tags_decks_and_media_are_as_given(tmp_path: Path) -> None:
    """HTML and templates come letter for letter, Markdown is converted, and nothing is added."""
    bank = vocabulary(
        tmp_path,
        {"id": "casa", "fields": {"Word": "a *casa*", "Meaning": {"html": HTML}}, "tags": ["retired", "x"]},
        {"id": "alone", "fields": {"Word": "sol"}, "deck": "Other"},
        {"id": "some", "fields": {"Word": "luz", "Meaning": "light"}, "cards": [2]},
        deck_settings={"Languages::Spanish": "All of *it*."},
    )
    result = build_bank(bank, tmp_path / "dist")
    assert result.diagnostics == ()
    package = read_package(tmp_path / "dist" / "small-bank.apkg")
    assert [list(note.fields.values()) for note in package.notes] == [
        ["a <em>casa</em>", HTML], ["sol", ""], ["luz", "light"],
    ]  # fmt: skip
    assert [note.tags for note in package.notes] == [("retired", "x"), (), ()]
    assert [note.ords for note in package.notes] == [(0, 1), (0,), (1,)]
    assert [note.cards[0].deck for note in package.notes] == [
        "Languages::Spanish",
        "Other",
        "Languages::Spanish",
    ]
    assert package.media == {"casa.png": b"casa", "_paper.png": b"paper"}
    assert package.decks["Languages::Spanish"]["desc"] == "All of *it*."
    model = package.note_types[1_600_000_000_001]
    assert model["name"] == "Vocabulary [[ 1 ]]"
    assert model["css"] == TEMPLATES["style.css"]
    assert model["tmpls"][0]["qfmt"] == TEMPLATES["front.html"]
    assert [field["id"] for field in model["flds"]] == [-5 * 10**18, 7]
    with opened(tmp_path / "learner") as bench:
        assert bench.import_package(package.path).new == 3
        assert bench.sides(next(bench.cards())).front == "<b>a <em>casa</em></b> [[ not.jinja ]]\n"
        assert set(bench.media()) == {"casa.png", "_paper.png"}


@pytest.mark.parametrize(
    ("meaning", "fields", "ords"),
    [
        ("house", [f"{NOTICE}casa", NOTICE], (0, 1)),
        ("", [f"{NOTICE}casa", ""], (0,)),
    ],
)
def test_a_removed_note_with_given_fields_retires(
    meaning: str, fields: list[str], ords: tuple[int, ...], tmp_path: Path
) -> None:
    """Each of its cards says that it is no longer asked, with what was asked, and it gets no card that it did not have."""
    casa: dict[str, object] = {"id": "casa", "fields": {"Word": "casa", "Meaning": meaning}}
    bank = vocabulary(tmp_path, casa, {"id": "sol", "fields": {"Word": "sol"}})
    build_bank(bank, tmp_path / "dist")
    vocabulary(tmp_path, {"id": "sol", "fields": {"Word": "sol"}})
    result = build_bank(bank, tmp_path / "dist")
    assert result.plan is not None
    assert result.plan.counts["retired"] == 1
    package = read_package(tmp_path / "dist" / "small-bank.apkg")
    (retired,) = [note for note in package.notes if note.tags == ("retired",)]
    assert list(retired.fields.values()) == fields
    assert retired.ords == ords


def test_notes_with_given_fields_are_found(tmp_path: Path) -> None:
    """Named searches go by their own fields and decks, beside the settings of these decks."""
    casa: dict[str, object] = {"id": "casa", "fields": {"Word": "casa", "Meaning": "house"}}
    bank = vocabulary(
        tmp_path,
        casa,
        {"id": "sol", "fields": {"Word": "sol", "Meaning": "sun"}, "deck": "Other"},
        decks={"homes": "Meaning:*ouse deck:Languages"},
        deck_settings={"Languages::Spanish": "All of it."},
    )
    result = build_bank(bank, tmp_path / "dist", choice=Choice(decks=("homes",)))
    assert result.diagnostics == ()
    package = read_package(tmp_path / "dist" / "small-bank-homes.apkg")
    assert [list(note.fields.values()) for note in package.notes] == [["casa", "house"]]
    assert package.decks["Languages::Spanish"]["desc"] == "All of it."


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"Meaning": "no front"}, set()), ({"Word": ""}, {"no-card"})],
)
def test_a_note_with_given_fields_needs_a_card(
    fields: dict[str, object], code: set[str], tmp_path: Path
) -> None:
    """Which cards there are is Anki's rule for given fields, too."""
    bank = vocabulary(tmp_path, {"id": "casa", "fields": fields})
    (bank / "card_templates/vocabulary/front.html").write_text("{{Word}}", encoding="utf-8")
    assert {problem.code for problem in check_bank(bank).diagnostics} == code
