"""`ankiexport import`."""

from pathlib import Path

import click

from ankiexport.cli.common import count_of, friendly, plural, print_diagnostics


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), required=True, metavar="DIR",
    help="The folder of the new bank; empty, or not there yet.",
)  # fmt: skip
@friendly
def import_(file: Path, out: Path) -> None:
    """Make a bank of an Anki package (.apkg or .colpkg).

    Notes, note types, cards, tags, decks, media, GUIDs and ids are kept, so that packages which are built
    from the bank update the notes of learners who have the deck. What cannot be kept is said.

    \b
    Example:
      ankiexport import spanish.apkg --out spanish
    """
    from ankiexport.importing.importer import import_package

    result = import_package(file, out, jobs=1)
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
