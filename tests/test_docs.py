"""The documentation says what the program does."""

import re
import runpy
from pathlib import Path

import click
import pytest

from ankiexport.bank_settings import BANK_KEYS
from ankiexport.cli.app import COMMANDS, cli
from ankiexport.question_nodes import FACT_KEYS, QUESTION_KEYS
from ankiexport.starter import make_bank

ROOT = Path(__file__).parent.parent
PAGES = sorted([*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "dist" / "README.md"])


def test_generated_pages_are_current() -> None:
    """Help texts and codes in the docs are those of the program; run `make docs`."""
    pages: dict[Path, str] = runpy.run_path(str(ROOT / "docs" / "generate.py"))["pages"]()
    for page, text in pages.items():
        assert page.read_text(encoding="utf-8") == text, f"{page.name} is stale: run make docs"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name: str) -> None:
    """A help text that shows no example is not finished."""
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert "Example" in (command.help or "")


def test_every_key_is_documented() -> None:
    """The page on the bank's format names every key."""
    text = (ROOT / "docs" / "bank-format.md").read_text(encoding="utf-8")
    for key in {*BANK_KEYS, *QUESTION_KEYS, *FACT_KEYS}:
        assert f"`{key}`" in text, key


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link and picture of a page is there."""
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if "://" not in target and not target.startswith(("media/", "word", "path")):
            assert (page.parent / target).exists(), target


def test_examples_of_the_bank_format_build(tmp_path: Path) -> None:
    """The example files of the page on the bank's format make a bank without a problem."""
    from ankiexport.pipeline import check_bank

    text = (ROOT / "docs" / "bank-format.md").read_text(encoding="utf-8")
    bank, yaml = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    markdown = re.findall(r"```markdown\n(.*?)```", text, re.DOTALL)[0]
    (tmp_path / "bank.yaml").write_text(bank, encoding="utf-8")
    (tmp_path / "a.yaml").write_text(yaml, encoding="utf-8")
    # Both examples are the same question; in one bank they need two ids.
    other = markdown.replace("sigma-and-pi", "other").replace("level: basics", "level: reactions")
    (tmp_path / "b.md").write_text(other, encoding="utf-8")
    problems = check_bank(tmp_path).diagnostics
    assert {problem.code for problem in problems} == {"near-duplicate"}


def test_the_bank_in_the_readme_builds(tmp_path: Path) -> None:
    """The bank in ten lines of the README is one."""
    from ankiexport.pipeline import check_bank

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    files = re.findall(r"```yaml\n# (\S+)\n(.*?)```", text, re.DOTALL)
    assert len(files) == 2
    for name, content in files:
        (tmp_path / Path(name).name).write_text(content, encoding="utf-8")
    assert check_bank(tmp_path).diagnostics == ()


def test_a_new_bank_is_documented_as_it_is(tmp_path: Path) -> None:
    """What `init` writes, the page on the bank's format shows."""
    names = {path.relative_to(tmp_path / "b").parts[0] for path in make_bank(tmp_path / "b", templates=True)}
    text = (ROOT / "docs" / "bank-format.md").read_text(encoding="utf-8")
    for name in ("bank.yaml", "media", "card_templates"):
        assert name in names
        assert name in text
