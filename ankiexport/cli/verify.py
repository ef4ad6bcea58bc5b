"""`ankiexport verify`."""

from pathlib import Path

import click

from ankiexport.cli.common import ProgressBar, friendly

FORMATS = ("text", "json", "markdown")

_PACKAGE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.argument("old", type=_PACKAGE)
@click.argument("new", type=_PACKAGE)
@click.option(
    "-f", "--format", "form", type=click.Choice(FORMATS), default="text", show_default=True,
    help="text for people, json for programs, markdown for a comment in a review.",
)  # fmt: skip
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
@click.option("--quick", is_flag=True, help="Only the options that Anki's import dialog offers at first.")
@friendly
def verify(old: Path, new: Path, form: str, *, quick: bool) -> None:
    """Rehearse an upgrade from the package OLD to NEW in real Anki.

    In a scratch collection, OLD is imported and studied: cards are answered over several weeks,
    some notes edited, tagged, suspended, flagged, moved, deleted. Then NEW is imported, once for
    each set of import options, and what that did to the learner is counted.

    Needs Anki's engine: pip install 'ankiexport[anki]'.

    \b
    Exit codes: 0 nothing is lost under the default options, 1 something
    is lost that need not be, 2 wrong usage.

    \b
    Examples:
      ankiexport verify released/bank.apkg dist/bank.apkg
      ankiexport verify old.apkg new.apkg --quick --json
    """
    from ankiexport import verify as rehearsals

    progress = ProgressBar(enabled=form == "text")
    try:
        options = [rehearsals.DEFAULT] if quick else rehearsals.ALL
        report = rehearsals.rehearse(old, new, options=options, progress=progress)
    finally:
        progress.close()
    if form == "json":
        text = rehearsals.as_json(report, old, new)
    elif form == "markdown":
        text = rehearsals.as_markdown(report)
    else:
        text = rehearsals.as_text(report)
    click.echo(text, nl=False)
    if report.losses:
        raise SystemExit(1)
