"""What the commands share: the argument BANK, errors as a person meets them, diagnostics, progress."""

import contextlib
import functools
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import click

from ankiexport.plural import plural

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem
    from rich.progress import Progress, TaskID

    from ankiexport.cache.runs import Run
    from ankiexport.cache.store import Store
    from ankiexport.checked_bank import CheckedBank
    from ankiexport.diagnostics import Diagnostic
    from ankiexport.question import LoadedBank

P = ParamSpec("P")
R = TypeVar("R")

_STYLES: dict[str, dict[str, object]] = {
    "place": {"bold": True},
    "error": {"fg": "red", "bold": True},
    "warning": {"fg": "yellow", "bold": True},
    "source": {"dim": True},
    "advice": {"fg": "cyan"},
}

# Long enough that a run which ends in a moment shows no bar that only flickers.
_PROGRESS_AFTER_SECONDS = 1.0


def bank_argument(function: Callable[P, R]) -> Callable[P, R]:
    """Add the argument BANK: a bank's folder; without it `bank` is taken, or the folder one is in."""
    return click.argument(
        "bank",
        required=False,
        type=click.Path(path_type=Path),
        callback=lambda _c, _p, value: value or default_bank(),
    )(function)


def default_bank() -> Path:
    """Return the bank that is meant when none is named."""
    return Path("bank") if Path("bank/bank.yaml").is_file() or not Path("bank.yaml").is_file() else Path()


def level_option(function: Callable[P, R]) -> Callable[P, R]:
    """Add the repeatable option --level, which completes to the levels of the bank."""
    return click.option(
        "--level", "levels", multiple=True, metavar="KEY", shell_complete=complete_level,
        help="Only this level; may be given several times.",
    )(function)  # fmt: skip


def search_option(help_text: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return what adds the option --search, whose value is a right search."""
    return click.option("--search", metavar="QUERY", callback=_checked_search, help=help_text)


def _checked_search(_ctx: click.Context, _param: click.Parameter, query: str | None) -> str | None:
    if query is not None:
        from ankiexport.search import SearchError, parse

        try:
            parse(query)
        except SearchError as error:
            raise click.UsageError(str(error)) from error
    return query


def cache_option(function: Callable[P, R]) -> Callable[P, R]:
    """Add the option --no-cache."""
    return click.option(
        "--no-cache", is_flag=True, help="Neither take from the cache of earlier runs nor add to it."
    )(function)


@contextlib.contextmanager
def opened_cache(*, no_cache: bool) -> Iterator["Store | None"]:
    """Open the cache, or None."""
    from ankiexport.cache.store import Store, cache_folder

    if no_cache:
        yield None
        return
    with Store(cache_folder()) as store:
        yield store


def long_run() -> None:
    """Let the garbage collector look less often at what a run over a large bank holds, which is no garbage.

    To be called first of all, because imports make many values, and again when all that is needed is imported.
    """
    from ankiexport.collector import collect_seldom

    collect_seldom()


def opened_run(store: "Store | None", bank: Path) -> "Run | None":
    """Return the run over a bank that is to come, if there is a cache, and a bank."""
    from ankiexport.bank_files import find_bank
    from ankiexport.cache.runs import Run

    return Run(store, find_bank(bank)) if store else None


def friendly(function: Callable[P, R]) -> Callable[P, R]:
    """Turn the errors that end a run into a message and the exit codes 1 (failed) or 2 (wrong usage)."""

    @functools.wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        from ankiexport.errors import AnkiExportError, BuildBusyError, OutputError, TemporaryFileError

        try:
            return function(*args, **kwargs)
        except (BuildBusyError, OutputError, TemporaryFileError) as error:
            raise click.ClickException(str(error)) from error
        except AnkiExportError as error:
            raise click.UsageError(str(error)) from error

    return wrapped


def print_diagnostics(diagnostics: Sequence["Diagnostic"], *, to_stderr: bool = False) -> None:
    """Print diagnostics for a person, coloured where the stream is a terminal."""
    from ankiexport.diagnostics import as_text

    if diagnostics:
        click.echo(as_text(diagnostics, style=_paint), err=to_stderr)


def needs_no_errors(checked: "CheckedBank") -> "LoadedBank":
    """Return the bank, or print what is wrong with it and end."""
    if checked.outline is None or checked.has_errors:
        print_diagnostics(checked.diagnostics, to_stderr=True)
        click.echo(f"{count_of(checked.diagnostics)}; searches need a bank without errors", err=True)
        raise SystemExit(1)
    return checked.outline


def count_of(diagnostics: Iterable["Diagnostic"]) -> str:
    """Return a count such as "2 errors, 1 warning"."""
    found = list(diagnostics)
    errors = sum(1 for diagnostic in found if diagnostic.is_error)
    counts = [(errors, "error"), (len(found) - errors, "warning")]
    return ", ".join(plural(count, word) for count, word in counts if count) or "no problems"


def _paint(text: str, role: str) -> str:
    return click.style(text, **_STYLES.get(role, {}))  # type: ignore[arg-type]


def complete_level(ctx: click.Context, _param: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    """Return the levels of the bank that begin in this way."""
    from click.shell_completion import CompletionItem

    from ankiexport.bank_settings import read_settings

    # While an option waits for its value, click has not yet given BANK its place.
    named = Path(ctx.args[0]) if ctx.args else ctx.params.get("bank")
    bank, _problems = read_settings(named or default_bank())
    levels = bank.levels if bank else ()
    return [
        CompletionItem(level.key, help=level.name) for level in levels if level.key.startswith(incomplete)
    ]


class ProgressBar:
    """A bar on the terminal for what takes more than a second; silent when standard error is piped."""

    def __init__(self, *, enabled: bool = True) -> None:
        """Start the clock; the bar appears only later."""
        self._start = time.monotonic()
        self._enabled = enabled and sys.stderr.isatty()
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show how far a stage has come."""
        if not self._enabled or time.monotonic() - self._start < _PROGRESS_AFTER_SECONDS:
            return
        if self._bar is None:
            from rich.console import Console
            from rich.progress import Progress

            self._bar = Progress(console=Console(stderr=True), transient=True)
            self._bar.start()
            self._task = self._bar.add_task(stage)
        if self._task is not None:
            self._bar.update(self._task, description=stage, completed=done, total=total)

    def close(self) -> None:
        """Take the bar off the screen."""
        if self._bar is not None:
            self._bar.stop()
