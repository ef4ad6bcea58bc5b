"""`ankiexport init`."""

from pathlib import Path

import click

from ankiexport.cli.common import friendly
from ankiexport.plural import plural


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--title", help="The title of the bank and the name of its root deck.")
@click.option("--templates", is_flag=True, help="Copy the card templates as well, to change them.")
@click.option(
    "--example", is_flag=True, help="Copy the bank that ships with the program instead of a small one."
)
@friendly
def init(directory: Path, title: str | None, *, templates: bool, example: bool) -> None:
    """Make a new bank that builds at once.

    \b
    Examples:
      ankiexport init my-bank --title "Organic chemistry"
      ankiexport init my-bank --templates
      ankiexport init interviews --example
    """
    from ankiexport.starter import make_bank

    if title is not None and example:
        message = "--title goes with a new bank, not with --example"
        raise click.UsageError(message)
    files = make_bank(directory, title=title, templates=templates, example=example)
    click.echo(f"{directory.as_posix()}: a bank of {plural(len(files), 'file')}")
    click.echo(f"Look at it while you write: ankiexport preview {directory.as_posix()}")
    click.echo(f"Make its packages:          ankiexport build {directory.as_posix()}")
