"""`ankiexport lock`."""

from pathlib import Path

import click

from ankiexport.cli.common import bank_argument, count_of, friendly, print_diagnostics
from ankiexport.plural import plural


@click.command()
@bank_argument
@click.option("--repair", is_flag=True, help="Mend the lock after a merge that left conflicts in it.")
@click.option(
    "--retire", multiple=True, metavar="ID",
    help="A removed question is gone for good: a new one that is like it is another.",
)  # fmt: skip
@click.option(
    "--forget", multiple=True, metavar="ID", help="Ship a removed question no more, not even as retired."
)
@friendly
def lock(bank: Path, retire: tuple[str, ...], forget: tuple[str, ...], *, repair: bool) -> None:
    """Look after bank.lock, which remembers what was shipped.

    Builds bring it up to date; without an option this shows what it holds. It is never edited by hand.

    \b
    Exit codes: 0 done, 1 the lock cannot be read or repaired, 2 wrong usage.

    \b
    Examples:
      ankiexport lock                      what was shipped
      ankiexport lock --repair             after git left a conflict in it
      ankiexport lock --retire old-id      it is not the new question renamed
      ankiexport lock --forget old-id      no learner needs it any more
    """
    from ankiexport import upkeep

    problems = upkeep.repair_lock(bank) if repair else []
    if retire and not problems:
        problems = upkeep.retire_notes(bank, retire)
    if forget and not problems:
        problems = upkeep.forget_notes(bank, forget)
    if problems:
        print_diagnostics(problems, to_stderr=True)
        click.echo(f"{count_of(problems)}; nothing was written", err=True)
        raise SystemExit(1)
    _print_state(bank)


def _print_state(path: Path) -> None:
    from ankiexport.bank import find_bank, load_bank
    from ankiexport.lock.entries import State
    from ankiexport.lock.file import LOCK_FILE, read_lock

    root = find_bank(path)
    loaded, problems = load_bank(root)
    found = None
    if loaded is not None:
        found, problems = read_lock(root / LOCK_FILE, loaded.bank.namespace)
    if found is None:
        print_diagnostics(problems, to_stderr=True)
        raise SystemExit(1)
    if not found.notes:
        click.echo("Nothing was shipped yet; the first build writes bank.lock")
        return
    retired = [key for key, note in found.notes.items() if note.state is State.RETIRED]
    latest = max(note.mod for note in found.notes.values())
    click.echo(f"{plural(len(found.notes) - len(retired), 'note')} shipped, the last change {_date(latest)}")
    for key in sorted(retired):
        click.echo(f"retired: {key}")


def _date(seconds: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
