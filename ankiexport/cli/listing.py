"""`ankiexport list`."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from ankiexport.cli.common import (
    bank_argument,
    count_of,
    friendly,
    level_option,
    print_diagnostics,
    search_option,
)

if TYPE_CHECKING:
    from ankiexport.diagnostics import Diagnostic
    from ankiexport.notes import Note
    from ankiexport.question import LoadedBank


class Row(NamedTuple):
    """One question as the list shows it, or the note of a fact that a search finds."""

    id: str
    level: str
    note_type: str
    tags: tuple[str, ...]
    facts: int
    line: str


@click.command("list")
@bank_argument
@level_option
@search_option("Only the notes that a search in Anki's language finds, facts too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@friendly
def list_questions(bank: Path, levels: tuple[str, ...], search: str | None, *, as_json: bool) -> None:
    """List the questions of a bank: id, level, tags, first line.

    A table on a terminal; lines with tabs when piped, for cut, grep and awk.
    With --search, the notes that are found: questions, facts, and retired ones.

    \b
    Examples:
      ankiexport list
      ankiexport list --level beginner --json
      ankiexport list | cut -f 1
      ankiexport list --search 'tag:topic::cold-start -deck:*::Facts'
    """
    from ankiexport.bank import find_bank, load_bank
    from ankiexport.errors import UnknownLevelError

    found: tuple[Note, ...] | None = None
    if search is None:
        loaded, problems = load_bank(find_bank(bank))
    else:
        loaded, problems, found = _found(bank, search)
    errors = [problem for problem in problems if problem.is_error]
    print_diagnostics(errors, to_stderr=True)
    if loaded is not None:
        for level in levels:
            if level not in loaded.bank.level_keys:
                raise UnknownLevelError(level, loaded.bank.level_keys)
        rows = _rows(loaded, levels) if found is None else _found_rows(loaded, levels, found)
        _print(rows, as_json=as_json)
    if errors:
        click.echo(f"{count_of(errors)}; the list may be incomplete", err=True)
        raise SystemExit(1)


def _found(path: Path, search: str) -> "tuple[LoadedBank | None, list[Diagnostic], tuple[Note, ...]]":
    """Return the bank with the notes that a search finds; none where the bank has errors."""
    from ankiexport.pipeline import check_bank

    checked = check_bank(path, jobs=0)
    notes = () if checked.has_errors else checked.find(search)
    if not notes and not checked.has_errors:
        click.echo("\n".join(["nothing is found", *checked.hints(search)]), err=True)
    return checked.outline, list(checked.diagnostics), notes


def _found_rows(loaded: "LoadedBank", levels: tuple[str, ...], notes: "tuple[Note, ...]") -> list[Row]:
    from ankiexport.html_text import html_to_text

    rows = {row.id: row for row in _rows(loaded, levels)}
    for content in (note.content for note in notes):
        line = html_to_text(content.text).partition("\n")[0]
        own = Row(content.key, content.level, content.note_type, content.tags, 0, line)
        rows.setdefault(content.key, own)
    found = [rows[note.content.key] for note in notes]
    return [row for row in found if not levels or row.level in levels]


def _rows(loaded: "LoadedBank", levels: tuple[str, ...]) -> list[Row]:
    from ankiexport.tags import Vocabulary

    vocabulary = Vocabulary.of(loaded.bank)
    return [
        Row(
            id=question.id,
            level=question.level,
            note_type=question.note_type,
            tags=vocabulary.all_of(tag.value.strip() for tag in question.tags),
            facts=len(question.facts),
            line=next((line.strip() for line in question.question.value.split("\n") if line.strip()), ""),
        )
        for question in loaded.questions
        if not levels or question.level in levels
    ]


def _print(rows: list[Row], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([row._asdict() for row in rows], indent=2, ensure_ascii=False))
    elif sys.stdout.isatty():
        _print_table(rows)
    else:
        for row in rows:
            click.echo("\t".join([row.id, row.level, " ".join(row.tags), row.line]))


def _print_table(rows: list[Row]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Id", no_wrap=True, style="bold")
    table.add_column("Level", no_wrap=True)
    table.add_column("Tags", style="cyan", ratio=2)
    table.add_column("Question", ratio=3, no_wrap=True, overflow="ellipsis")
    for row in rows:
        table.add_row(Text(row.id), Text(row.level), Text(" ".join(row.tags)), Text(row.line))
    Console().print(table)
