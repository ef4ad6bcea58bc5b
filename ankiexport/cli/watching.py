"""The option `--watch`: a command that runs again whenever a file of its bank is saved."""

import contextlib
import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec

import click

if TYPE_CHECKING:
    from watchfiles import Change

P = ParamSpec("P")

# What a build itself writes into the bank must not start the next one.
_NOT_WRITTEN_BY_AUTHORS = frozenset({"bank.lock"})
_MOST_NAMED = 3


def watchable(function: Callable[P, None]) -> Callable[P, None]:
    """Add the option --watch to a command with the argument BANK, and perhaps with an option --out."""

    @click.option(
        "--watch", is_flag=True, help="Do it again whenever a file of the bank is saved; Ctrl+C ends it."
    )
    @functools.wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        if not kwargs.pop("watch"):
            function(*args, **kwargs)
            return
        bank, out = kwargs["bank"], kwargs.get("out")
        assert isinstance(bank, Path)
        changes = _changes(bank, out if isinstance(out, Path) else None)
        _run(lambda: function(*args, **kwargs), must_work=True)
        click.echo(f"Watching {bank.as_posix()}. Ctrl+C ends it.", err=True)
        with contextlib.suppress(KeyboardInterrupt):
            for paths in changes:
                click.echo(f"\n{_listed(paths)}", err=True)
                _run(lambda: function(*args, **kwargs), must_work=False)

    return wrapped


def _run(command: Callable[[], None], *, must_work: bool) -> None:
    try:
        command()
    except SystemExit:
        # What was wrong has been said, and the next saved file may mend it.
        return
    except click.ClickException as error:
        if must_work:
            raise
        error.show()


def _changes(bank: Path, out: Path | None) -> Iterator[list[str]]:
    """Return the files of a bank that are saved, each time some are; `out` is not looked at."""
    from ankiexport.errors import MissingExtraError

    try:
        from watchfiles import DefaultFilter

        from ankiexport.changes import changes_of
    except ImportError as error:
        raise click.UsageError(str(MissingExtraError("preview", error))) from error

    usual = DefaultFilter()
    written = out.resolve() if out else None

    def is_authors(change: "Change", path: str) -> bool:
        file = Path(path)
        is_output = written is not None and file.resolve().is_relative_to(written)
        is_hidden = file.name.startswith(".") or file.name in _NOT_WRITTEN_BY_AUTHORS
        return usual(change, path) and not is_output and not is_hidden

    root = bank.parent if bank.is_file() else bank
    changes = changes_of(root, wanted=is_authors)
    # Editors write to files that are gone in a moment; only if nothing else changed, it is what is gone that matters.
    existing = ({path for path in found if path.exists()} or found for found in changes)
    return (sorted({_shown(path) for path in found}) for found in existing)


def _listed(paths: list[str]) -> str:
    # After a checkout there may be thousands.
    more = f" and {len(paths) - _MOST_NAMED:,} more" if len(paths) > _MOST_NAMED else ""
    return ", ".join(paths[:_MOST_NAMED]) + more


def _shown(path: Path) -> str:
    here = Path.cwd()
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()
