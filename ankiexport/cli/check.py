"""`ankiexport check`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ankiexport.cli.common import (
    ProgressBar,
    bank_argument,
    cache_option,
    count_of,
    friendly,
    long_run,
    opened_cache,
    opened_run,
    print_diagnostics,
    search_option,
)
from ankiexport.cli.watching import watchable
from ankiexport.plural import plural

if TYPE_CHECKING:
    from ankiexport.cache.store import Store
    from ankiexport.outcomes import CheckOutcome

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

    long_run()
    if fix:
        _fix(bank)
    with opened_cache(no_cache=no_cache) as store:
        outcome = _checked(bank, search, jobs, store, progress=form == "text")
    found = outcome.diagnostics
    if form == "json":
        click.echo(diagnostics.as_json(found))
    elif form == "github":
        click.echo(diagnostics.as_github(found), nl=bool(found))
    else:
        print_diagnostics(found)
        counts = [plural(outcome.notes, "note")]
        if search is None:
            counts.insert(0, plural(outcome.questions, "question"))
        click.echo(count_of(found) if outcome.has_errors else f"{', '.join(counts)}: {count_of(found)}")
    if outcome.has_errors or (strict and found):
        raise SystemExit(1)


def _checked(
    bank: Path, search: str | None, jobs: int, store: "Store | None", *, progress: bool
) -> "CheckOutcome":
    from ankiexport.cache.runs import CHECK
    from ankiexport.outcomes import CheckOutcome

    run = opened_run(store, bank)
    known = run.find(CHECK) if run and search is None else None
    if isinstance(known, CheckOutcome):
        return known
    if run and search is None:
        from ankiexport.rebuilding.rebuild import check_from_last

        followed = check_from_last(run)
        if followed is not None:
            return followed
    from ankiexport.pipeline import check_bank

    bar = ProgressBar(enabled=progress)
    try:
        checked = check_bank(bank, jobs=jobs, progress=bar, store=store)
    finally:
        bar.close()
    outcome = checked.outcome
    if run and run.lock is not None and not checked.has_errors:
        run.keep({CHECK: outcome}, run.lock, checked.seen)
    if search is None or checked.outline is None or checked.has_errors:
        return outcome
    from ankiexport.selection import concerning

    meant = checked.find(search)
    for hint in checked.hints(search) if not meant else ():
        click.echo(hint, err=True)
    found = tuple(concerning(outcome.diagnostics, checked.outline.questions, meant))
    return CheckOutcome(found, outcome.questions, len(meant))


def _fix(bank: Path) -> None:
    from ankiexport.bank import find_bank
    from ankiexport.files import replace_files
    from ankiexport.fixes import fix_bank

    files, fixes = fix_bank(find_bank(bank))
    replace_files(files)
    for done in fixes:
        click.echo(f"{done.position}: fixed: {done.message}", err=True)
