"""`ankiexport lsp`."""

import click

from ankiexport.cli.common import friendly


@click.command()
@click.option("--stdio", is_flag=True, help="Speak over standard input and output; it always does.")
@friendly
def lsp(*, stdio: bool) -> None:
    """Run the language server, for editors to start.

    Editors start it by themselves. It shows problems as you type, completes tags, levels, ids,
    keys and media, shows cards, and goes to where a thing is declared and used.

    Needs more than the rest: pip install "ankiexport[lsp]"

    \b
    Example:
      ankiexport lsp
    """
    from ankiexport.errors import MissingExtraError

    del stdio
    try:
        from ankiexport.lsp.server import make_server
    except ImportError as error:
        msg = "lsp"
        raise MissingExtraError(msg, error) from error
    make_server().start_io()
