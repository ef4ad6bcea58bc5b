"""`ankiexport tags`."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ankiexport.cli.common import bank_argument, count_of, friendly, print_diagnostics
from ankiexport.plural import plural

if TYPE_CHECKING:
    from ankiexport.tag_counts import Matrix, TagCount


class _ShowsByDefault(click.Group):
    """A group whose command `show` is meant when none is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put in the name that was left out."""
        if not args or args[0] not in {*self.commands, *ctx.help_option_names}:
            args = ["show", *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of their registration."""
        del ctx
        return list(self.commands)


@click.group(cls=_ShowsByDefault)
def tags() -> None:
    """Show how the tags of a bank are used, or rename one.

    \b
    Examples:
      ankiexport tags                    the same as: ankiexport tags show
      ankiexport tags my-bank --json
      ankiexport tags --by topic         questions by level and topic
      ankiexport tags rename topic::recall topic::memory
    """


@tags.command()
@bank_argument
@click.option("--by", metavar="PREFIX", help="A table of the tags below PREFIX (such as topic) by level.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@friendly
def show(bank: Path, by: str | None, *, as_json: bool) -> None:
    """Show the tags, with numbers of questions and facts.

    A tag counts what bears it or a tag below it. Below come the tags of bank.yaml that nothing bears, and tags that it lacks. On a terminal it is a
    table; lines with tabs when piped.

    \b
    Examples:
      ankiexport tags
      ankiexport tags --by skill
      ankiexport tags | sort -t "$(printf '\\t')" -k 2 -n
    """
    from ankiexport.pipeline import check_bank
    from ankiexport.tag_counts import level_matrix, tag_counts, undeclared, unused

    checked = check_bank(bank, jobs=0)
    errors = [problem for problem in checked.diagnostics if problem.is_error]
    print_diagnostics(errors, to_stderr=True)
    if checked.outline is not None:
        contents = (*checked.contents, *checked.retired)
        counts = tag_counts(checked.outline.bank, contents)
        matrix = level_matrix(checked.outline.bank, contents, by or "topic")
        lists = {"unused": unused(counts), "undeclared": undeclared(checked.outline.bank, contents)}
        if as_json:
            data = {"tags": [asdict(count) for count in counts], "matrix": asdict(matrix), **lists}
            click.echo(json.dumps(data, indent=2, ensure_ascii=False))
        elif by:
            _print_matrix(matrix)
        else:
            _print_counts(counts)
            for name, found in lists.items():
                if found:
                    click.echo(f"{name}: {', '.join(found)}", err=True)
    if errors:
        click.echo(f"{count_of(errors)}; the numbers may be incomplete", err=True)
        raise SystemExit(1)


def _print_counts(counts: Sequence["TagCount"]) -> None:
    if not sys.stdout.isatty():
        for count in counts:
            click.echo(f"{count.tag}\t{count.questions}\t{count.facts}\t{count.description}")
        return
    rows = [
        (_indented(count.tag), str(count.questions), str(count.facts), count.description) for count in counts
    ]
    _print_table(["Tag", "Questions", "Facts", "What it is for"], rows)


def _indented(tag: str) -> str:
    *above, last = tag.split("::")
    return "  " * len(above) + last


def _print_matrix(matrix: "Matrix") -> None:
    if not matrix.rows:
        message = f'no question has a tag below "{matrix.prefix}"'
        raise click.UsageError(message)
    rows = [
        (tag.removeprefix(f"{matrix.prefix}::"), *(str(number) for number in row), str(sum(row)))
        for tag, row in matrix.rows.items()
    ]
    heads = [matrix.prefix, *matrix.levels, "all"]
    if sys.stdout.isatty():
        _print_table(heads, [tuple("" if cell == "0" else cell for cell in row) for row in rows])
    else:
        for row in [tuple(heads), *rows]:
            click.echo("\t".join(row))


def _print_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for number, head in enumerate(heads):
        is_number = number > 0 and all(not row[number] or row[number].isdigit() for row in rows)
        table.add_column(head, justify="right" if is_number else "left", no_wrap=number == 0)
    for row in rows:
        table.add_row(*map(Text, row))
    Console().print(table)


@tags.command()
@click.argument("old")
@click.argument("new")
@bank_argument
@click.option("-n", "--dry-run", is_flag=True, help="Show what would change, and write nothing.")
@friendly
def rename(old: str, new: str, bank: Path, *, dry_run: bool) -> None:
    """Give a tag another name in the whole bank.

    The tags below it follow. Comments stay. The old name becomes an alias in bank.yaml, so that searches and authors which still use it
    are understood; learners' notes get the new tag with the next build. A name that is there already takes
    the tag in.

    \b
    Examples:
      ankiexport tags rename topic::recall topic::memory
      ankiexport tags rename --dry-run skill::talk skill::communicate my-bank
    """
    from ankiexport.bank import find_bank
    from ankiexport.files import replace_files
    from ankiexport.fixes import rename_tag

    files, fixes = rename_tag(find_bank(bank), old, new)
    if not dry_run:
        replace_files(files)
    for done in fixes:
        click.echo(f"{done.position}: {done.message}")
    changed = f"{plural(len(fixes), 'place')} in {plural(len(files), 'file')}"
    click.echo(f"{changed} would change" if dry_run else f"{changed} changed")
