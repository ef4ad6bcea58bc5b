"""`ankiexport build`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ankiexport.cli.common import (
    ProgressBar,
    bank_argument,
    cache_option,
    count_of,
    friendly,
    level_option,
    long_run,
    opened_cache,
    opened_run,
    print_diagnostics,
    search_option,
)
from ankiexport.cli.watching import watchable
from ankiexport.plural import plural

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ankiexport.cache.runs import Run
    from ankiexport.outcomes import BuildOutcome
    from ankiexport.selection import Choice


@click.command()
@bank_argument
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), default=Path("dist"), show_default=True, metavar="DIR",
    help="Where to write the packages.",
)  # fmt: skip
@level_option
@search_option("Only one package, of the notes that a search in Anki's language finds.")
@click.option("--name", metavar="NAME", help="How the file name of that package ends.")
@click.option(
    "--deck", "decks", multiple=True, metavar="NAME",
    help="Only a package of what this search of bank.yaml finds; may be given several times.",
)  # fmt: skip
@click.option(
    "--split-by", metavar="PREFIX", help="A package for each tag below this one, such as topic or level."
)
@click.option(
    "-j", "--jobs", type=click.IntRange(0), default=0, metavar="N",
    help="Processes to render with; 0 chooses by the size of the bank.",
)  # fmt: skip
@click.option("--locked", is_flag=True, help="Fail if bank.lock is not up to date, and leave it as it is.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="Print problems only.")
@cache_option
@watchable
@friendly
def build(
    bank: Path,
    out: Path,
    levels: tuple[str, ...],
    search: str | None,
    name: str | None,
    decks: tuple[str, ...],
    split_by: str | None,
    jobs: int,
    *,
    locked: bool,
    as_json: bool,
    quiet: bool,
    no_cache: bool,
) -> None:
    """Build Anki packages from a bank.

    Writes one package with everything (levels are sub-decks), one for each level and for its
    facts, and manifest.json with their contents and checksums. If anything is wrong with the
    bank, every problem is shown and nothing is written.

    What was shipped is remembered in bank.lock beside bank.yaml, which belongs into Git: from it
    a build knows which notes have changed, and leaves the others of every learner alone.

    With --search, --deck or --split-by other packages are written, and no usual one is touched.
    A package holds whole notes: all cards of each note of which the search finds one.

    \b
    Examples:
      ankiexport build                          from bank/ to dist/
      ankiexport build my-bank --out packages
      ankiexport build --level beginner --level advanced
      ankiexport build --locked                 in CI: the lock must be committed
      ankiexport build --search 'tag:topic::cold-start -tag:level::beginner' --name bandits
      ankiexport build --deck week-1            a search that bank.yaml names
      ankiexport build --split-by topic         a package for each topic
      ankiexport build --watch                  again whenever a file is saved
    """
    import time

    long_run()
    choice = _choice(search, name, decks, split_by)
    start = time.monotonic()
    with opened_cache(no_cache=no_cache) as store:
        run = opened_run(store, bank) if choice is None else None
        outcome = _told_before(run, out, levels, locked=locked)
        if outcome is None:
            progress = ProgressBar(enabled=not quiet and not as_json)
            try:
                if run and not levels and not locked:
                    from ankiexport.rebuilding.rebuild import build_from_last

                    outcome = build_from_last(run, out, progress)
                if outcome is None:
                    from ankiexport.pipeline import build_bank

                    outcome = build_bank(
                        bank, out, levels=levels, jobs=jobs, progress=progress, locked=locked, choice=choice,
                        store=store, run=run,
                    ).outcome  # fmt: skip
            finally:
                progress.close()
    if as_json:
        _print_json(outcome, out)
    else:
        print_diagnostics(outcome.diagnostics, to_stderr=True)
        if not outcome.has_errors and not quiet:
            _print_summary(outcome, out, time.monotonic() - start)
    if outcome.has_errors:
        if not as_json:
            click.echo(f"{count_of(outcome.diagnostics)}; nothing was written", err=True)
        raise SystemExit(1)


def _told_before(
    run: "Run | None", out: Path, levels: tuple[str, ...], *, locked: bool
) -> "BuildOutcome | None":
    """Return what the same build has told when everything was as it is now."""
    from ankiexport.cache.runs import build_command
    from ankiexport.outcomes import BuildOutcome

    found = run.find(build_command(out, levels, locked=locked)) if run else None
    return found if isinstance(found, BuildOutcome) else None


def _choice(
    search: str | None, name: str | None, decks: tuple[str, ...], split_by: str | None
) -> "Choice | None":
    if search is not None and not name and not split_by:
        message = "--search makes a package: say with --name how its file name is to end"
        raise click.UsageError(message)
    if name and search is None:
        message = "--name goes with --search"
        raise click.UsageError(message)
    if search is None and not decks and not split_by:
        return None
    from ankiexport.selection import Choice

    return Choice(search, name or "", decks, split_by or "")


def _print_json(outcome: "BuildOutcome", out: Path) -> None:
    import json

    from ankiexport import diagnostics

    data = {
        "out": out.as_posix(),
        "changes": dict(outcome.changes),
        "packages": list(outcome.packages),
        "removed": list(outcome.removed),
        "diagnostics": json.loads(diagnostics.as_json(outcome.diagnostics)),
    }
    click.echo(json.dumps(data, indent=2, ensure_ascii=False))


def _print_summary(outcome: "BuildOutcome", out: Path, seconds: float) -> None:
    width = max(len(str(entry["file"])) for entry in outcome.packages)
    for entry in outcome.packages:
        kilobytes = -(-int(str(entry["bytes"])) // 1024)
        click.echo(
            f"{entry['file']!s:<{width}}  {entry['notes']:>6,} notes  {entry['cards']:>6,} cards  "
            f"{entry['media']:>4,} media  {kilobytes:>7,} KB"
        )
    for name in outcome.removed:
        click.echo(f"{name:<{width}}  removed: the bank no longer makes it")
    if outcome.changes:
        click.echo(_changes(outcome.changes))
    if outcome.advice:
        click.echo(outcome.advice)
    click.echo(f"{plural(len(outcome.packages), 'package')} in {out.as_posix()}/ ({seconds:.1f} s)")


def _changes(counts: "Mapping[str, int]") -> str:
    said = [f"{count:,} {change}" for change, count in counts.items() if count and change != "unchanged"]
    if sum(counts.values()) == counts["added"]:
        return "All notes are new: this is the first build"
    if not said:
        return "For a learner who has the last build nothing changes"
    return f"Notes since the last build: {', '.join(said)}, {counts['unchanged']:,} unchanged"
