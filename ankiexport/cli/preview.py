"""`ankiexport preview`."""

from pathlib import Path

import click

from ankiexport.cli.common import bank_argument, friendly


@click.command()
@bank_argument
@click.option(
    "-p", "--port", type=click.IntRange(0, 65535), default=0, metavar="N",
    help="The port to serve on; 0 takes any that is free.",
)  # fmt: skip
@click.option(
    "--browser/--no-browser", default=True, help="Open the preview in the browser.  [default: open]"
)
@click.option(
    "--mathjax", type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="DIR",
    help="A folder with MathJax 3, in place of the installed one.",
)  # fmt: skip
@friendly
def preview(bank: Path, port: int, mathjax: Path | None, *, browser: bool) -> None:
    """Look at every card as Anki will show it, while you write.

    Serves pages to this machine alone: the cards in light and dark, on desktop and phone, with
    their hints and what is wrong with them; a search; and a practice with a clock. They follow
    every file that is saved. Ctrl+C ends it.

    Needs more than the rest: pip install "ankiexport[preview]"

    \b
    Examples:
      ankiexport preview
      ankiexport preview my-bank --no-browser --port 8000
    """
    from ankiexport.bank import find_bank
    from ankiexport.errors import MissingExtraError

    root = find_bank(bank)
    try:
        from ankiexport.pages.assets import mathjax_folder
        from ankiexport.preview.serve import serve
    except ImportError as error:
        msg = "preview"
        raise MissingExtraError(msg, error) from error

    def started(address: str) -> None:
        click.echo(f"The preview of {root.as_posix()} is at {address}")
        click.echo("Ctrl+C ends it.")
        if browser:
            click.launch(address)

    serve(root, port=port, mathjax=mathjax or mathjax_folder(), started=started)
