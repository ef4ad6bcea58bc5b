"""`ankiexport check`."""

from pathlib import Path

import click

from ankiexport.cli.common import (
    ProgressBar,
    bank_argument,
    cache_option,
    count_of,
    friendly,
    opened_cache,
    plural,
    print_diagnostics,
    search_option,
)
from ankiexport.cli.watching import watchable

FORMATS = ("text", "json", "github")


@click.command()
@bank_argument
@click.option(
    "-f", "--format", "form", type=click.Choice(FORMATS), default="text", show_default=True,
    help="text for people, json for programs, github for annotations in CI.",
)  # fmt: skip
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
@click.option(
    "--fix", is_flag=True, help="First repair what has exactly one right answer; comments are kept."
)
@click.option("--strict", is_flag=True, help="Let warnings fail as well.")
@search_option("Warn only of the notes that a search finds; errors are always shown.")
@click.option(
    "-j", "--jobs", type=click.IntRange(0), default=0, metavar="N", help="Processes to render with."
)
@cache_option
@watchable
@friendly
def check(
    bank: Path, form: str, search: str | None, jobs: int, *, fix: bool, strict: bool, no_cache: bool
) -> None:
    """Find every problem of a bank, in one run.

    --fix adds missing ids, replaces aliases of tags, and puts keys and blank lines in order.

    \b
    Exit codes: 0 no problems, 1 problems found, 2 wrong usage.

    \b
    Examples:
      ankiexport check
      ankiexport check my-bank --fix
      ankiexport check --format github --strict
      ankiexport check --search tag:topic::cold-start
      ankiexport check --watch
    """
    from ankiexport import diagnostics
    from ankiexport.pipeline import check_bank
    from ankiexport.selection import concerning

    if fix:
        _fix(bank)
    progress = ProgressBar(enabled=form == "text")
    try:
        with opened_cache(no_cache=no_cache) as store:
            checked = check_bank(bank, jobs=jobs, progress=progress, store=store)
    finally:
        progress.close()
    found, notes = checked.diagnostics, len(checked.contents)
    if search is not None and checked.loaded and not checked.has_errors:
        meant = checked.find(search)
        found, notes = tuple(concerning(found, checked.loaded.questions, meant)), len(meant)
        for hint in checked.hints(search) if not meant else ():
            click.echo(hint, err=True)
    if form == "json":
        click.echo(diagnostics.as_json(found))
    elif form == "github":
        click.echo(diagnostics.as_github(found), nl=bool(found))
    else:
        print_diagnostics(found)
        questions = len(checked.loaded.questions) if checked.loaded else 0
        counts = (
            [plural(questions, "question"), plural(notes, "note")]
            if search is None
            else [plural(notes, "note")]
        )
        click.echo(count_of(found) if checked.has_errors else f"{', '.join(counts)}: {count_of(found)}")
    if checked.has_errors or (strict and found):
        raise SystemExit(1)


def _fix(bank: Path) -> None:
    from ankiexport.bank import find_bank
    from ankiexport.files import replace_files
    from ankiexport.fixes import fix_bank

    files, fixes = fix_bank(find_bank(bank))
    replace_files(files)
    for done in fixes:
        click.echo(f"{done.position}: fixed: {done.message}", err=True)
