"""`ankiexport snippets`."""

import click


@click.command()
def snippets() -> None:
    """Print snippets for editors, in the form of VS Code.

    \b
    Example:
      ankiexport snippets > .vscode/ankiexport.code-snippets
    """
    from ankiexport import resources

    click.echo(resources.snippets().read_text(encoding="utf-8"), nl=False)
