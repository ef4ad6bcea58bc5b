"""`ankiexport plan`."""

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ankiexport.cli.common import ProgressBar, bank_argument, count_of, friendly, print_diagnostics

if TYPE_CHECKING:
    from ankiexport.planning import PlanResult

FORMATS = ("text", "json", "markdown")

# Words that are old or new within a line can be told apart without regard to their colours.
_STYLES: dict[str, dict[str, object]] = {
    "title": {"bold": True},
    "name": {"fg": "cyan"},
    "aside": {"dim": True},
    "old": {"fg": "red", "strikethrough": True},
    "new": {"fg": "green", "underline": True},
    "old line": {"fg": "red"},
    "new line": {"fg": "green"},
}

_MOST_COLUMNS = 110


@click.command()
@bank_argument
@click.option(
    "-a", "--against", default="", metavar="REV|PACKAGE",
    help="What learners have: the build of a Git revision, or a package (a name that ends in .apkg); "
    "without it, the last build.",
)  # fmt: skip
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), default=Path("dist"), show_default=True, metavar="DIR",
    help="Where the packages of the last build are, to show what texts were.",
)  # fmt: skip
@click.option(
    "-f", "--format", "form", type=click.Choice(FORMATS), default="text", show_default=True,
    help="text for people, json for programs, markdown for a pull request.",
)  # fmt: skip
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 if learners would notice anything.")
@click.option(
    "-j", "--jobs", type=click.IntRange(0), default=0, metavar="N",
    help="Processes to render with; 0 chooses by the size of the bank.",
)  # fmt: skip
@friendly
def plan(bank: Path, against: str, out: Path, form: str, jobs: int, *, exit_code: bool) -> None:
    """Show what the next build would do to learners; write nothing.

    For a learner who has the last build: which notes would be added, changed (and how), moved or
    retired, what becomes of note types and decks, and what each of these means in Anki.

    \b
    Exit codes: 0 done, 1 the bank has errors, or with --exit-code
    something would change, 2 wrong usage.

    \b
    Examples:
      ankiexport plan                                since the last build
      ankiexport plan my-bank --against v1.0         since a release
      ankiexport plan --against published/bank.apkg  for those who have it
      ankiexport plan --format markdown > plan.md    for a pull request
    """
    from ankiexport.planning import plan_bank

    progress = ProgressBar(enabled=form == "text")
    try:
        result = plan_bank(bank, against=against, out=out, jobs=jobs, progress=progress)
    finally:
        progress.close()
    if form != "json":
        print_diagnostics(result.diagnostics, to_stderr=True)
    click.echo(_printed(result, form), nl=False)
    if result.has_errors and form != "json":
        click.echo(f"{count_of(result.diagnostics)}; there is no plan", err=True)
    if result.has_errors or (exit_code and result.report and not result.report.is_empty):
        raise SystemExit(1)


def _printed(result: "PlanResult", form: str) -> str:
    from ankiexport import plan_report

    if form == "json":
        return plan_report.as_json(result.report, result.diagnostics)
    if result.report is None:
        return ""
    if form == "markdown":
        return plan_report.as_markdown(result.report)
    if not sys.stdout.isatty():
        return plan_report.as_text(result.report)
    columns = min(shutil.get_terminal_size().columns, _MOST_COLUMNS)
    style = None if os.environ.get("NO_COLOR") else _paint
    return plan_report.as_text(result.report, style=style, width=columns)


def _paint(text: str, role: str) -> str:
    return click.style(text, **_STYLES.get(role, {}))  # type: ignore[arg-type]
