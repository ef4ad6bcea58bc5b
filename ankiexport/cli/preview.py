"""`ankiexport preview`."""

import os
import sys
from pathlib import Path
from urllib.parse import urlencode

import click

from ankiexport.cli.common import bank_argument, complete_level, friendly, search_option


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
@search_option("Begin with the notes that a search in Anki's language finds.")
@click.option(
    "--level", metavar="KEY", shell_complete=complete_level, help="Begin with the notes of this level."
)
@friendly
def preview(
    bank: Path, port: int, mathjax: Path | None, search: str | None, level: str | None, *, browser: bool
) -> None:
    """Look at every card as Anki will show it, while you write.

    Serves pages to this machine alone: the cards in light and dark, on desktop and phone, with
    their hints and what is wrong with them; a search; and a practice with a clock. They follow
    every file that is saved. Ctrl+C ends it.

    Needs more than the rest: pip install "ankiexport[preview]"

    \b
    Examples:
      ankiexport preview
      ankiexport preview my-bank --no-browser --port 8000
      ankiexport preview --level beginner --search 'tag:topic::cold-start or recall'
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

    if level is not None:
        _there_is(level, root)
    chosen = {key: value for key, value in (("q", search), ("level", level)) if value}

    def started(address: str) -> None:
        if chosen:
            address += f"#/?{urlencode(chosen)}"
        click.echo(f"The preview of {root.as_posix()} is at {address}")
        click.echo("Ctrl+C ends it.")
        if browser and _has_screen():
            click.launch(address)

    serve(root, port=port, mathjax=mathjax or mathjax_folder(), started=started)


def _has_screen() -> bool:
    """Without one, as over SSH, a browser for the terminal would be started in this one."""
    return sys.platform in {"win32", "darwin"} or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))


def _there_is(level: str, root: Path) -> None:
    from ankiexport.bank_settings import read_settings
    from ankiexport.errors import UnknownLevelError

    bank, _problems = read_settings(root)
    # What is wrong with the settings is told by the pages.
    if bank is not None and level not in bank.level_keys:
        raise UnknownLevelError(level, bank.level_keys)
