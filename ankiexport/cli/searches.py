"""`ankiexport searches`."""

import json
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ankiexport.cli.common import bank_argument, friendly, needs_no_errors
from ankiexport.plural import plural

if TYPE_CHECKING:
    from ankiexport.checked_bank import CheckedBank
    from ankiexport.suggestions import Suggestion

FORMATS = ("text", "json", "markdown")

_HEADINGS = {
    "deck": "Named searches",
    "level": "Levels",
    "own deck": "Decks",
    "topic": "Topics",
    "skill": "Skills",
    "tool": "Tools",
    "kind": "Questions and facts",
    "revised": "Revised questions",
    "retired": "Retired questions",
    "tag": "Other tags",
}


@click.command()
@bank_argument
@click.option("-f", "--format", "form", type=click.Choice(FORMATS), default="text", show_default=True,
              help="text for people, json for programs, markdown for a page beside the decks.")  # fmt: skip
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
@click.option("--verify", is_flag=True, help="Make a filtered deck of each in real Anki, and compare.")
@friendly
def searches(bank: Path, form: str, *, verify: bool) -> None:
    """Print searches for Anki's browser and for filtered decks.

    Filtered decks cannot travel in a package. These searches make them, pasted into Anki: one for each named search of
    bank.yaml, each level and each tag, and for questions without facts, revised and retired ones.

    --verify needs Anki's engine: pip install 'ankiexport[anki]'. It exits with 1 if a filtered deck
    gathers other cards than are said.

    \b
    Examples:
      ankiexport searches
      ankiexport searches --verify
      ankiexport searches my-bank --format markdown > SEARCHES.md
      ankiexport searches --json
    """
    from ankiexport.pipeline import check_bank
    from ankiexport.suggestions import suggestions

    checked = check_bank(bank, jobs=0)
    loaded = needs_no_errors(checked)
    found = suggestions(loaded.bank, checked.facts)
    if verify:
        _verify(checked, found)
    if form == "json":
        rows = [{name: getattr(entry, name) for name in entry.__slots__} for entry in found]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    elif form == "markdown":
        click.echo(_as_markdown(loaded.bank.title, found))
    else:
        click.echo(_as_text(found))


def _verify(checked: "CheckedBank", found: Sequence["Suggestion"]) -> None:
    from ankiexport.proving import unproved

    wrong = unproved(checked, found)
    for entry, count in wrong:
        click.echo(f"{entry.query}: a filtered deck in Anki gathers {count:,}, not {entry.cards:,}", err=True)
    if wrong:
        raise SystemExit(1)
    click.echo(
        f"{plural(len(found), 'filtered deck')} made in Anki, each with the cards that it should have",
        err=True,
    )


def _as_text(found: Sequence["Suggestion"]) -> str:
    width = max(len(entry.name) for entry in found)
    parts = []
    for heading, entries in _grouped(found):
        lines = [
            f"{entry.name:<{width}}  {plural(entry.cards, 'card'):>11}  {entry.query}" for entry in entries
        ]
        parts.append("\n".join([heading, *(f"  {line}" for line in lines)]))
    return "\n\n".join(parts)


def _as_markdown(title: str, found: Sequence["Suggestion"]) -> str:
    parts = [f"# Searches: {title}", _MARKDOWN_HEAD]
    for heading, entries in _grouped(found):
        rows = [f"| {_cell(entry.name)} | {entry.cards:,} | {_code(entry.query)} |" for entry in entries]
        parts.append("\n".join([f"## {heading}", "", "| | Cards | Search |", "|---|---:|---|", *rows]))
    return "\n\n".join(parts)


_MARKDOWN_HEAD = """Paste one into the search box of Anki's browser, or into a filtered deck (*Tools › Create Filtered Deck*)."""


def _grouped(found: Sequence["Suggestion"]) -> list[tuple[str, list["Suggestion"]]]:
    groups = groupby(found, key=lambda entry: entry.group)
    return [(_HEADINGS.get(group, group.capitalize()), list(entries)) for group, entries in groups]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _code(text: str) -> str:
    # A row of backticks that is longer than any inside.
    longest = max((len(list(run)) for char, run in groupby(text) if char == "`"), default=0)
    fence = "`" * (longest + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{_cell(text)}{space}{fence}"
