"""Diff: what differs between banks and packages, note by note and field by field."""

import json
from pathlib import Path

import pytest
from banks import make_bank, question, questions
from click.testing import CliRunner, Result
from test_import import genanki_package

from ankiexport.cli.app import cli
from ankiexport.pipeline import build_bank


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def old_and_new(folder: Path) -> tuple[Path, Path]:
    """Return a built package of a bank, and the bank with one note changed, one added and one gone."""
    files: dict[str, str | bytes] = {
        "q.yaml": questions("one", question("a"), question("b"), question("c", tags=["old"])),
        "media/p.svg": b"<svg/>",
    }
    bank = make_bank(folder, files)
    build_bank(bank, folder / "dist")
    changed = question("c", answer="It is *see*. ![p](media/p.svg)", tags=["new"])
    make_bank(
        folder,
        {
            "q.yaml": questions(
                "one",
                question("a"),
                changed,
                question("d", question="Why do birds sing at dawn?", answer="To be heard."),
            )
        },
    )
    return folder / "dist" / "small-bank.apkg", bank


def test_notes_are_shown_field_by_field(tmp_path: Path) -> None:
    """Added, changed, gone: with their GUIDs and what is asked; a removed question shows as its retired note."""
    package, bank = old_and_new(tmp_path)
    result = run("diff", package, bank)
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert [line.split("  ")[1] for line in lines if line.startswith("+ ") and "media" not in line] == [
        "Why do birds sing at dawn?"
    ]
    assert sorted(line.split("  ")[1] for line in lines if line.startswith("~ ")) == [
        "What is b?",
        "What is c?",
    ]
    assert "    field Answer:" in lines
    assert "      - <p>It is c.</p>" in lines
    assert [line for line in lines if line.startswith("      ") and line.strip() in {"- old", "+ new"}] == [
        "      - old", "      + new",
    ]  # fmt: skip
    assert any(line.startswith("+ media p-") for line in lines)
    assert lines[-1] == "1 note added, 2 changed, 0 gone, 1 the same"


def test_the_other_way_round_what_was_added_is_gone(tmp_path: Path) -> None:
    """As JSON, for programs, and with an exit code."""
    package, bank = old_and_new(tmp_path)
    result = run("diff", bank, package, "--json", "--exit-code")
    assert result.exit_code == 1
    data = json.loads(result.output)
    assert [note["label"] for note in data["gone"]] == ["Why do birds sing at dawn?"]
    assert data["added"] == []
    parts = {
        part["part"]: part
        for change in data["changed"]
        for part in change["parts"]
        if change["label"] == "What is c?"
    }
    assert parts["tags"] == {"part": "tags", "old": "level::one\nnew", "new": "level::one\nold"}
    assert "<em>see</em>" in parts["field Answer"]["old"]


def test_an_import_does_not_differ_from_its_package(tmp_path: Path) -> None:
    """The bank of a stranger's package holds what the package holds; so does what is built from it."""
    package = genanki_package(tmp_path / "source")
    assert run("import", package, "--out", tmp_path / "bank").exit_code == 0
    built = build_bank(tmp_path / "bank", tmp_path / "dist")
    data = json.loads(run("diff", package, tmp_path / "bank", "--json").output)
    assert (data["added"], data["gone"], data["changed"], data["note_types"]) == ([], [], [], [])
    # A file that nothing refers to is in the bank's folder, but in no package.
    assert (data["media_added"], data["media_gone"], data["media_changed"]) == ([], ["unused.png"], [])
    again = tmp_path / "dist" / str(built.packages[0]["file"])
    assert (
        run("diff", tmp_path / "bank", again, "--exit-code").output
        == "0 notes added, 0 changed, 0 gone, 9 the same\n"
    )


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [("nothing.apkg", 2, "No such file"), ("bank", 1, "it cannot be compared"), (".", 2, "no bank in")],
)
def test_what_cannot_be_compared_is_said(name: str, code: int, said: str, tmp_path: Path) -> None:
    """A bank with errors shows them."""
    package = genanki_package(tmp_path / "source")
    make_bank(tmp_path, {"q.yaml": questions("one", question("a", tags=["x y"]))})
    result = run("diff", package, tmp_path / name)
    assert result.exit_code == code
    assert said in result.output


def test_control_characters_do_not_reach_the_terminal(tmp_path: Path) -> None:
    """Texts of strangers are shown with their control characters written out."""
    one = make_bank(tmp_path / "one", {"q.yaml": questions("one", question("a", answer="x"))})
    two = make_bank(
        tmp_path / "two", {"q.yaml": questions("one", question("a", answer="<b>\x1b[31mred</b>"))}
    )
    output = run("diff", one, two).output
    assert "\x1b" not in output
    assert "\\x1b[31mred" in output
