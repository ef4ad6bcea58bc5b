"""`ankiexport diff`."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ankiexport.cli.common import count_of, friendly, print_diagnostics
from ankiexport.plural import plural

if TYPE_CHECKING:
    from ankiexport.comparing import Change, Comparison, Contents


@click.command()
@click.argument("old", metavar="A", type=click.Path(path_type=Path))
@click.argument("new", metavar="B", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 if there is a difference.")
@friendly
def diff(old: Path, new: Path, *, as_json: bool, exit_code: bool) -> None:
    """Compare two banks, packages or CrowdAnki folders.

    Notes are matched by their GUIDs: added (+), gone (-), and changed (~), field by field. A package may be any of
    Anki's (.apkg, .colpkg).

    \b
    Examples:
      ankiexport diff dist/my-bank.apkg my-bank
      ankiexport diff old.apkg new.apkg --json
    """
    from ankiexport.comparing import compare

    found = compare(_contents(old), _contents(new))
    if as_json:
        click.echo(json.dumps(asdict(found), indent=2, ensure_ascii=False))
    else:
        for line in _lines(found):
            click.echo(line)
    if exit_code and not found.is_empty:
        raise SystemExit(1)


def _contents(path: Path) -> "Contents":
    from ankiexport.comparing import contents_of

    contents, problems = contents_of(path)
    if problems:
        print_diagnostics(problems, to_stderr=True)
        click.echo(f"{path}: {count_of(problems)}; it cannot be compared", err=True)
        raise SystemExit(1)
    return contents


def _lines(found: "Comparison") -> Iterator[str]:
    for note in found.gone:
        yield click.style(_printable(f"- {note.guid}  {note.label}"), fg="red")
    for note in found.added:
        yield click.style(_printable(f"+ {note.guid}  {note.label}"), fg="green")
    for change in found.changed:
        yield from _change_lines(change, f"~ {change.name}  {change.label}")
    for change in found.note_types:
        yield from _change_lines(change, f"~ note type {change.name}")
    for sign, names in (("-", found.media_gone), ("+", found.media_added), ("~", found.media_changed)):
        yield from (_printable(f"{sign} media {name}") for name in names)
    counts = (
        f"{plural(len(found.added), 'note')} added",
        f"{len(found.changed)} changed",
        f"{len(found.gone)} gone",
    )
    yield f"{', '.join(counts)}, {found.same} the same"


def _change_lines(change: "Change", head: str) -> Iterator[str]:
    from difflib import ndiff

    yield _printable(head)
    for part in change.parts:
        yield _printable(f"    {part.part}:")
        for line in ndiff(part.old.splitlines(), part.new.splitlines()):
            if line[:1] in {"-", "+"}:
                colour = "red" if line[0] == "-" else "green"
                yield click.style(_printable(f"      {line}"), fg=colour)


def _printable(text: str) -> str:
    # A package is someone else's text: its control characters must not reach the terminal.
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)
