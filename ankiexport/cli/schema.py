"""`ankiexport schema`."""

import click


@click.command()
@click.argument("kind", type=click.Choice(["bank", "questions", "notes"]))
def schema(kind: str) -> None:
    """Print the JSON Schema of a bank's files or of exported notes.

    For bank.yaml, for question files, or for what `ankiexport export json` writes.

    \b
    Example:
      ankiexport schema questions > .schema/questions.schema.json
    """
    from ankiexport import resources

    click.echo(resources.schema(kind).read_text(encoding="utf-8"), nl=False)
