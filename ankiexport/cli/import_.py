"""`ankiexport import`."""

from pathlib import Path

import click

from ankiexport.cli.common import count_of, friendly, print_diagnostics
from ankiexport.plural import plural


@click.command("import")
@click.argument("source", type=click.Path(path_type=Path))
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), required=True, metavar="DIR",
    help="The folder of the new bank; empty, or not there yet.",
)  # fmt: skip
@click.option(
    "--from", "form", metavar="FORMAT", default="",
    help="package, crowdanki, anki-text, csv, markdown, hashcards or json; told by what the source holds if left out.",
)  # fmt: skip
@click.option(
    "--map", "columns", metavar="WHAT=COLUMN,...", default="",
    help="For tables: which columns, by name or number, hold question, answer, hint, tags, level, deck and others.",
)  # fmt: skip
@click.option(
    "--delimiter", metavar="CHARACTER", default="",
    help="For tables: what stands between cells, such as ; or tab, if it is not told rightly.",
)  # fmt: skip
@click.option(
    "--text", type=click.Choice(["plain", "markdown"]), default=None,
    help="For tables and JSON: what their texts are. Tables are plain text, JSON is Markdown if this is left out.",
)  # fmt: skip
@friendly
def import_(source: Path, out: Path, *, form: str, columns: str, delimiter: str, text: str | None) -> None:
    """Make a bank of packages, CrowdAnki, tables, Markdown or JSON.

    What the source holds is kept: notes, note types, cards, tags, decks, media, GUIDs and ids, so that packages
    which are built from the bank update the notes of learners who have the deck. What cannot be kept is said.

    \b
    Examples:
      ankiexport import spanish.apkg --out spanish
      ankiexport import crowdanki-deck --out bank
      ankiexport import words.csv --map question=Word,answer=2,tags=Topic --out words
      ankiexport import notes --from markdown --out bank
    """
    from ankiexport.importing.importer import import_source
    from ankiexport.importing.reading import Wishes

    wishes = Wishes(_columns(columns), _delimiter(delimiter), text or "")
    result = import_source(source, out, form=form, wishes=wishes, jobs=0)
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


def _columns(text: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    for role, sign, column in pairs:
        if not sign or not column.strip():
            message = f'"{role.strip()}" says no column; write --map question=1,answer=2'
            raise click.UsageError(message)
    return {role.strip(): column.strip() for role, _, column in pairs}


def _delimiter(word: str) -> str:
    known = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
    sign = known.get(word.lower(), word)
    if len(sign) > 1 or sign in {'"', "\n", "\r", "\0"}:
        message = "a delimiter is one character, or tab"
        raise click.UsageError(message)
    return sign
