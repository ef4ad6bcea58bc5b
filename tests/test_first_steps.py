"""The page with the first steps leads from nothing to a deck in real Anki: all of its commands, as they stand."""

import re
import shlex
from pathlib import Path

import pytest
from anki_bench import opened, visible
from banks import REPOSITORY
from click.testing import CliRunner

from ankiexport.cli.app import cli

PAGE = (REPOSITORY / "docs" / "first-steps.md").read_text(encoding="utf-8")


def test_the_first_steps_lead_to_a_deck_in_anki(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The question of the page is a card of the deck that the page names."""
    monkeypatch.chdir(tmp_path)
    commands = re.findall(r"^ankiexport (.+)$", PAGE, re.MULTILINE)
    assert [command.split()[0] for command in commands] == ["init", "check", "preview", "build"]
    ((path, text),) = re.findall(r"`(my-bank/\S+)`:\n\n```yaml\n(.*?)```", PAGE, re.DOTALL)
    printed = {}
    for command in commands:
        name, *arguments = shlex.split(command)
        # Its own tests look at the preview.
        if name != "preview":
            result = CliRunner().invoke(cli, [name, *arguments])
            assert result.exit_code == 0, result.output
            printed[name] = result.output
        if name == "init":
            Path(path).write_text(text, encoding="utf-8")
    assert printed["check"].endswith("4 questions, 6 notes: no problems\n")
    (package,) = re.findall(r"then `(dist/\S+)`", PAGE)
    with opened(tmp_path) as bench:
        assert bench.import_package(tmp_path / package).new == 6
        assert {"Chemistry", "Chemistry::1 Basics", "Chemistry::Facts"} <= set(bench.decks())
        fronts = {visible(bench.sides(card).front) for card in bench.cards()}
        assert any("How do bonds differ: sigma and pi?" in front for front in fronts)
        assert any("A [...] bond blocks rotation." in front for front in fronts)
        assert bench.media_problems() == []
