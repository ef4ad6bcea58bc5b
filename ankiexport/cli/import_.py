"""`ankiexport import`."""

from pathlib import Path

import click

from ankiexport.cli.common import count_of, friendly, plural, print_diagnostics


@click.command("import")
@click.argument("source", type=click.Path(path_type=Path))
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), required=True, metavar="DIR",
    help="The folder of the new bank; empty, or not there yet.",
)  # fmt: skip
@click.option(
    "--from", "form", metavar="FORMAT", default="",
    help="The format of the source, if it is not told rightly by what it holds.",
)  # fmt: skip
@friendly
def import_(source: Path, out: Path, form: str) -> None:
    """Make a bank of what you have: a package of Anki or a CrowdAnki folder.

    Notes, note types, cards, tags, decks, media, GUIDs and ids are kept, so that packages which are built
    from the bank update the notes of learners who have the deck. What cannot be kept is said.

    \b
    Examples:
      ankiexport import spanish.apkg --out spanish
      ankiexport import crowdanki-deck --out bank
    """
    from ankiexport.importing.importer import import_source

    # One process: most of the time goes into what cannot be shared, and a second one costs more than it saves.
    result = import_source(source, out, form=form, jobs=1)
    print_diagnostics(result.diagnostics, to_stderr=True)
    if result.has_errors:
        click.echo(f"{count_of(result.diagnostics)}; nothing was written", err=True)
        raise SystemExit(1)
    click.echo(
        f"{out.as_posix()}: " + ", ".join(plural(count, word) for word, count in result.counts.items())
    )
    for loss in result.losses:
        click.echo(f"Not kept: {loss}")
    click.echo(f"Next: ankiexport build {out.as_posix()}")
