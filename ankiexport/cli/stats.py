"""`ankiexport stats`."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ankiexport.cli.common import (
    ProgressBar,
    bank_argument,
    count_of,
    friendly,
    level_option,
    needs_no_errors,
    print_diagnostics,
    search_option,
)

if TYPE_CHECKING:
    from ankiexport.stats import Stats

FORMATS = ("text", "json", "html")


@click.command()
@bank_argument
@level_option
@search_option("Only the questions and facts that a search in Anki's language finds.")
@click.option(
    "--by", default="topic", show_default=True, metavar="PREFIX", help="Coverage of the tags below PREFIX."
)
@click.option(
    "-f", "--format", "form", type=click.Choice(FORMATS), default="text", show_default=True,
    help="text for people, json for programs, html for a page with plots.",
)  # fmt: skip
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Write to a file; without it, to standard output.",
)  # fmt: skip
@click.option(
    "-j", "--jobs", type=click.IntRange(0), default=0, metavar="N", help="Processes to render with."
)
@friendly
def stats(
    bank: Path, levels: tuple[str, ...], search: str | None, by: str, form: str, out: Path | None, jobs: int
) -> None:
    """Show a bank in figures: coverage, lengths, what is old.

    Tables on a terminal; lines with tabs when piped. A bank with errors is counted as far as it can be read, which is said.

    \b
    Examples:
      ankiexport stats
      ankiexport stats my-bank --level basics --by skill
      ankiexport stats --format html --out stats.html
      ankiexport stats --json | jq '.questions[] | select(.answer_words > 400) | .id'
    """
    from ankiexport.bank import find_bank, load_bank
    from ankiexport.errors import UnknownLevelError
    from ankiexport.pipeline import check_bank
    from ankiexport.stats import Scope, as_json, as_page, stats_of

    progress = ProgressBar(enabled=form == "text" or out is not None)
    try:
        checked = check_bank(bank, jobs=jobs, progress=progress)
    finally:
        progress.close()
    keys = None
    if search is not None:
        needs_no_errors(checked)
        keys = {note.content.key for note in checked.find(search)}
        if not keys:
            click.echo("\n".join(["nothing is found", *checked.hints(search)]), err=True)
    errors = [problem for problem in checked.diagnostics if problem.is_error]
    print_diagnostics(errors, to_stderr=True)
    # What was checked holds the questions in outline only.
    loaded, _problems = load_bank(find_bank(bank))
    if loaded is not None:
        for level in levels:
            if level not in loaded.bank.level_keys:
                raise UnknownLevelError(level, loaded.bank.level_keys)
        scope = Scope(levels, keys)
        lock = checked.lock
        found = stats_of(loaded, checked.contents, lock, scope=scope, prefix=by, errors=len(errors))
        if form == "text":
            _print(found, out)
        else:
            _write(as_json(found) if form == "json" else as_page(found), out)
    if errors:
        click.echo(f"{count_of(errors)}; the numbers may be incomplete", err=True)
        raise SystemExit(1)


def _write(text: str, out: Path | None) -> None:
    from ankiexport.files import replace_files

    if out is None:
        click.echo(text, nl=False)
        return
    replace_files({out: text})
    click.echo(out.as_posix())


def _print(found: "Stats", out: Path | None) -> None:
    if out is not None or not sys.stdout.isatty():
        _write("\n".join(_lines(found)) + "\n", out)
    else:
        from ankiexport.cli.stats_tables import print_tables

        print_tables(found)


def _lines(found: "Stats") -> Iterator[str]:
    """Yield lines with tabs, in parts with an empty line between them."""
    from ankiexport.cli.stats_tables import MOST_QUESTIONS, lengths
    from ankiexport.stats import Feature

    groups = [*found.levels, found.whole]
    yield "\t".join(["level", "questions", "facts", "least", "median", "greatest", "seconds", *Feature])
    for group in groups:
        numbers = [group.questions, group.facts, *lengths(group), group.seconds, *group.features.values()]
        yield "\t".join([group.key or "all", *map(str, numbers)])
    yield ""
    yield "\t".join([found.prefix, *(group.key for group in found.levels), "all"])
    for topic in found.coverage:
        yield "\t".join([topic.name, *map(str, topic.counts), str(topic.total)])
    yield ""
    yield "since\tid\tquestion"
    for entry in found.oldest[:MOST_QUESTIONS]:
        yield f"{entry.since}\t{entry.id}\t{entry.title}"
