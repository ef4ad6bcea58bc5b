"""`ankiexport export`."""

from pathlib import Path

import click
from click.shell_completion import CompletionItem

from ankiexport.cli.common import (
    bank_argument,
    count_of,
    friendly,
    level_option,
    print_diagnostics,
    search_option,
)
from ankiexport.plural import plural


def _complete_format(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from ankiexport.formats.table import format_names

    return [CompletionItem(name) for name in format_names() if name.startswith(incomplete)]


def _list_formats(ctx: click.Context, _param: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's
    if not value or ctx.resilient_parsing:
        return
    from ankiexport.formats.table import find_format, format_names

    names = format_names()
    width = max(len(name) for name in names)
    for name in names:
        click.echo(f"{name:<{width}}  {find_format(name).description}")
    ctx.exit()


@click.command()
@click.argument("form", metavar="FORMAT", shell_complete=_complete_format)
@bank_argument
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), default=Path("export"), show_default=True, metavar="DIR",
    help="Where to write the files.",
)  # fmt: skip
@level_option
@search_option("Only the notes that a search in Anki's language finds.")
@click.option(
    "--deck", "decks", multiple=True, metavar="NAME",
    help="Only what this search of bank.yaml finds; may be given several times.",
)  # fmt: skip
@click.option("--paper", type=click.Choice(["a4", "letter"]), help="What is printed on: a4 if left out.")
@click.option(
    "-j", "--jobs", type=click.IntRange(0), default=0, metavar="N", help="Processes to render with."
)
@click.option(
    "--formats", is_flag=True, is_eager=True, expose_value=False, callback=_list_formats,
    help="List the formats, with a sentence on each, and exit.",
)  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="Print problems only.")
@friendly
def export(
    form: str,
    bank: Path,
    out: Path,
    levels: tuple[str, ...],
    search: str | None,
    decks: tuple[str, ...],
    paper: str | None,
    jobs: int,
    *,
    quiet: bool,
) -> None:
    """Write a bank in another format, for another program.

    The bank is checked as for a build, and needs none before. The lock stays as it is. What each format
    keeps and loses is a table in docs/formats.md.

    --search and --deck take whole notes: all cards of each note of which one of the searches finds a card.

    PDF needs more than the rest: pip install "ankiexport[pdf]"

    \b
    Examples:
      ankiexport export --formats
      ankiexport export anki-text
      ankiexport export json my-bank --out shared --level basics
      ankiexport export obsidian --search 'tag:topic::cold-start -deck:*::Facts'
      ankiexport export pdf-cards --deck week-1 --paper letter
    """
    from ankiexport.exporting import export_bank
    from ankiexport.formats.export_format import Paper
    from ankiexport.selection import Choice

    choice = Choice(search, "", decks) if search is not None or decks else None
    result = export_bank(
        bank, form, out, levels=levels, choice=choice, paper=Paper(paper) if paper else None, jobs=jobs
    )
    print_diagnostics(result.diagnostics, to_stderr=True)
    if result.has_errors:
        click.echo(f"{count_of(result.diagnostics)}; nothing was written", err=True)
        raise SystemExit(1)
    if not quiet:
        for name in [name for name in result.files if name.split("/")[-2:-1] != ["media"]]:
            click.echo((out / name).as_posix())
        files = plural(len(result.files), "file")
        click.echo(f"{plural(result.notes, 'note')}, {files} in {out.as_posix()}/")
