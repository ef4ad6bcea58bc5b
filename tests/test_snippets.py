"""Each snippet, its places filled in, is accepted by `ankiexport check`."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from ankiexport.cli.app import cli
from ankiexport.pipeline import check_bank

SNIPPETS: dict[str, Any] = json.loads(CliRunner().invoke(cli, ["snippets"]).stdout)
OF_YAML = {entry["prefix"]: entry for entry in SNIPPETS.values() if entry["scope"] == "yaml"}
OF_MARKDOWN = {entry["prefix"]: entry for entry in SNIPPETS.values() if entry["scope"] == "markdown"}
VARIABLES = {"RANDOM_HEX": "4f1a9c", "CURRENT_YEAR": "2026", "CURRENT_MONTH": "11"}


def filled(entry: dict[str, Any]) -> str:
    """Return the text of a snippet whose places an author leaves as they are."""
    text = "\n".join(entry["body"])
    given: dict[str, str] = {}
    for number, default in re.findall(r"\$\{(\d+):([^}]*)\}", text):
        given.setdefault(number, default)
    text = re.sub(r"\$\{(\d+)(?::[^}]*)?\}", lambda match: given[match[1]], text)
    text = re.sub(r"\$([A-Z_]+)", lambda match: VARIABLES[match[1]], text)
    text = text.replace("$0", "").rstrip() + "\n"
    assert "$" not in text
    return text


def below(key: str, text: str, indent: str = "  ") -> str:
    """Return a text as it stands below a key."""
    return f"{key}:\n" + "".join(f"{indent}{line}\n" if line else "\n" for line in text.split("\n"))


def is_accepted(folder: Path, files: dict[str, str]) -> None:
    """Fail unless a bank of these files, with the settings of the snippet, has no problem."""
    for name, text in {"bank.yaml": filled(OF_YAML["anki-bank"]), **files}.items():
        (folder / name).write_text(text, encoding="utf-8")
    assert check_bank(folder).diagnostics == ()


def test_every_snippet_is_tried() -> None:
    assert set(OF_YAML) == {
        "anki-bank", "anki-file", "anki-question", "anki-question-full", "anki-cloze", "anki-fact",
        "anki-revised", "anki-level", "anki-tag",
    }  # fmt: skip
    assert set(OF_MARKDOWN) == {"anki-file", "anki-question", "anki-facts"}
    assert all(set(entry) == {"scope", "prefix", "description", "body"} for entry in SNIPPETS.values())


def test_a_file(tmp_path: Path) -> None:
    is_accepted(tmp_path, {"a.yaml": filled(OF_YAML["anki-file"])})


@pytest.mark.parametrize("prefix", ["anki-question", "anki-question-full", "anki-cloze"])
def test_a_question(tmp_path: Path, prefix: str) -> None:
    text = filled(OF_YAML[prefix])
    is_accepted(tmp_path, {"a.yaml": "level: basics\n" + below("questions", text)})


def test_a_fact(tmp_path: Path) -> None:
    fact = below("facts", filled(OF_YAML["anki-fact"])).replace("\n", "\n    ")
    is_accepted(tmp_path, {"a.yaml": f"{filled(OF_YAML['anki-file'])}    {fact}"})


def test_an_edit_that_matters(tmp_path: Path) -> None:
    revised = filled(OF_YAML["anki-revised"]).replace("\n", "\n    ")
    is_accepted(tmp_path, {"a.yaml": f"{filled(OF_YAML['anki-file'])}    {revised}"})


def test_a_level_and_a_tag(tmp_path: Path) -> None:
    settings = filled(OF_YAML["anki-bank"])
    level, tag = filled(OF_YAML["anki-level"]), filled(OF_YAML["anki-tag"])
    settings = settings.replace("tags:\n", below("", level).removeprefix(":\n").rstrip() + "\ntags:\n")
    settings += below("", tag).removeprefix(":\n")
    assert [one["key"] for one in yaml.safe_load(settings)["levels"]] == ["basics", "reactions"]
    assert set(yaml.safe_load(settings)["tags"]) == {"topic::bonds", "topic::naming"}
    first = filled(OF_YAML["anki-file"])
    second = (
        first.replace("basics", "reactions").replace("sigma-and-pi", "other").replace("σ and π", "s and p")
    )
    is_accepted(tmp_path, {"bank.yaml": settings, "a.yaml": first, "b.yaml": second})


def test_markdown(tmp_path: Path) -> None:
    first = filled(OF_MARKDOWN["anki-file"])
    is_accepted(tmp_path, {"a.md": f"{first}\n{filled(OF_MARKDOWN['anki-facts'])}"})
    head = "---\nlevel: basics\n---\n\n"
    is_accepted(tmp_path, {"a.md": head + filled(OF_MARKDOWN["anki-question"])})
