"""`ankiexport pictures`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ankiexport.cli.common import ProgressBar, bank_argument, count_of, friendly, print_diagnostics
from ankiexport.plural import plural

if TYPE_CHECKING:
    from ankiexport.picturing import Pictures


@click.command()
@bank_argument
@click.option(
    "-a",
    "--against",
    default="HEAD",
    show_default=True,
    metavar="REV",
    help="The Git revision that is before.",
)
@click.option(
    "-o", "--out", type=click.Path(path_type=Path, file_okay=False), default=Path("pictures"), show_default=True,
    metavar="DIR", help="Where to write the pictures, and index.html with all of them.",
)  # fmt: skip
@click.option(
    "--pictures/--no-pictures",
    "takes",
    default=True,
    help="Take pictures, for which Chromium is needed.  [default: take]",
)
@click.option(
    "--most",
    type=click.IntRange(1),
    default=40,
    show_default=True,
    metavar="N",
    help="Take at most N pictures.",
)
@click.option("--markdown", is_flag=True, help="Print the cards as Markdown for a job summary.")
@click.option(
    "-j", "--jobs", type=click.IntRange(0), default=0, metavar="N", help="Processes to render with."
)
@friendly
def pictures(
    bank: Path, against: str, out: Path, most: int, jobs: int, *, takes: bool, markdown: bool
) -> None:
    """Show the cards that changed since a Git revision.

    Takes a picture of each, with both beside each other, as Anki shows them in a window of medium width: new cards and cards that are gone, too.
    Those that only look different come last.

    Needs Chromium or Chrome with its chromedriver, and more than the rest: pip install "ankiexport[pictures]"

    \b
    Exit codes: 0 done, 1 the bank has errors, 2 wrong usage, or
    there is no browser.

    \b
    Examples:
      ankiexport pictures                               since the last commit
      ankiexport pictures my-bank --against v1.0
      ankiexport pictures --against main --no-pictures --markdown
    """
    from ankiexport.errors import MissingExtraError
    from ankiexport.picturing import as_markdown, picture_changes

    progress = ProgressBar()
    folder = out if takes else None
    try:
        found = picture_changes(bank, against, folder, most=most, jobs=jobs, progress=progress)
    except ImportError as error:
        msg = "pictures"
        raise MissingExtraError(msg, error) from error
    finally:
        progress.close()
    print_diagnostics(found.diagnostics, to_stderr=True)
    if found.has_errors:
        click.echo(f"{count_of(found.diagnostics)}; there is nothing to show", err=True)
        raise SystemExit(1)
    if markdown:
        click.echo(as_markdown(found.cards, found.revision), nl=False)
    else:
        _print(found)


def _print(found: "Pictures") -> None:
    for path in found.files:
        click.echo(path.as_posix())
    if not found.files:
        for card in found.cards:
            click.echo(f"{card.kind}\t{card.key}\t{card.name}\t{card.asked}")
    more = len(found.cards) - len(found.files) + 1
    left = f", {more:,} of them without a picture" if found.files and more else ""
    are = "differs" if len(found.cards) == 1 else "differ"
    click.echo(f"{plural(len(found.cards), 'card')} {are} from {found.revision}{left}", err=True)
