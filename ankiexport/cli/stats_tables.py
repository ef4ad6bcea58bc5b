"""Statistics as tables on a terminal."""

import os
import shutil
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ankiexport.plural import plural

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from ankiexport.stats import Group, Stats

MOST_QUESTIONS = 10
_MOST_TOPICS = 60
_MOST_COLUMNS = 110
_BAR = 8


class _Cell(NamedTuple):
    """A text, and its style by rich's names."""

    text: str
    style: str = ""


def lengths(group: "Group") -> tuple[int, int, int]:
    """Return the shortest, the median and the longest answer of a group in words; without any, nothing."""
    spread = group.answers
    return (spread.least, spread.median, spread.greatest) if spread else (0, 0, 0)


def print_tables(found: "Stats") -> None:
    """Print all tables on the terminal, no wider than it is."""
    from rich.console import Console

    columns = min(shutil.get_terminal_size().columns, _MOST_COLUMNS)
    console = Console(width=columns, highlight=False, no_color=bool(os.environ.get("NO_COLOR")) or None)
    console.print()
    console.print(f"[bold]{_plain(found.title)}[/]")
    console.print(_plain(_headline(found)), style="dim")
    for title, table in (
        ("Levels", _levels_table(found)),
        ("What questions have, in percent", _features_table(found)),
        *_coverage_tables(found),
        *_oldest_tables(found),
    ):
        console.print(f"\n[bold cyan]{title}[/]")
        console.print(table)
    _print_remarks(console, found)


def _headline(found: "Stats") -> str:
    from ankiexport.stats.as_page import duration

    whole = found.whole
    parts = [
        plural(whole.questions, "question"),
        plural(whole.facts, "fact"),
        f"{duration(whole.seconds)} to read",
    ]
    if whole.answers:
        parts.append(f"{whole.answers.median:,} words in a usual answer")
    return " · ".join(parts)


def _print_remarks(console: "Console", found: "Stats") -> None:
    from rich.text import Text

    bare = [topic.name for topic in found.coverage if not topic.total]
    if not any(topic.total for topic in found.coverage):
        console.print(
            Text(
                f'\nNo question bears a tag below "{found.prefix}"; choose another with --by.', style="yellow"
            )
        )
    elif bare:
        console.print(Text(f"\nWithout a question: {', '.join(bare)}", style="yellow"))
    if found.unbuilt:
        are = "question is" if found.unbuilt == 1 else "questions are"
        console.print(Text(f"\n{found.unbuilt:,} {are} new, or edited since the last build.", style="dim"))
    console.print()


def _levels_table(found: "Stats") -> "Table":
    from ankiexport.stats.as_page import duration

    heads = [("", "right"), ("Level", "left"), ("Questions", "right"), ("", "left"), ("Facts", "right")]
    table = _table([*heads, ("Answer", "right"), ("from–to", "right"), ("Reading", "right")], text=1)
    most = max((group.questions for group in found.levels), default=0)
    for number, group in enumerate([*found.levels, found.whole], start=1):
        is_whole = group is found.whole
        least, median, greatest = lengths(group)
        cells = [
            _Cell("" if is_whole else str(number), "dim"),
            _Cell(group.name),
            _Cell(f"{group.questions:,}"),
            _Cell("" if is_whole or not most else "█" * -(-group.questions * _BAR // most), "cyan"),
            _Cell(f"{group.facts:,}"),
            _Cell(f"{median:,}" if group.answers else "–"),
            _Cell(f"{least:,}–{greatest:,}" if group.answers else "–", "dim"),
            _Cell(duration(group.seconds)),
        ]
        _add(table, cells, is_last=is_whole)
    return table


def _features_table(found: "Stats") -> "Table":
    from ankiexport.stats import Feature

    heads = [("", "right"), ("Level", "left"), *((str(feature), "right") for feature in Feature)]
    table = _table(heads, text=1)
    for number, group in enumerate([*found.levels, found.whole], start=1):
        is_whole = group is found.whole
        cells = [_Cell("" if is_whole else str(number), "dim"), _Cell(group.name)]
        for feature in Feature:
            share = round(100 * group.share(feature))
            cells.append(_Cell(str(share) if share else "·", "" if share else "dim"))
        _add(table, cells, is_last=is_whole)
    return table


def _coverage_tables(found: "Stats") -> "Iterator[tuple[str, Table]]":
    rows = [topic for topic in found.coverage if topic.total]
    if not rows:
        return
    numbers = [(str(number), "right") for number, _ in enumerate(found.levels, start=1)]
    table = _table([(found.prefix, "left"), *numbers, ("all", "right"), ("", "left")], text=0)
    for topic in rows[:_MOST_TOPICS]:
        cells = [_Cell(topic.name)]
        cells += [_Cell(f"{count:,}" if count else "·", "" if count else "dim") for count in topic.counts]
        bar = "█" * -(-topic.total * _BAR // rows[0].total)
        _add(table, [*cells, _Cell(f"{topic.total:,}", "bold"), _Cell(bar, "cyan")])
    more = len(rows) - _MOST_TOPICS
    yield (
        f"Coverage: questions by {found.prefix} and level"
        + (f" ({more:,} more in --json)" if more > 0 else ""),
        table,
    )


def _oldest_tables(found: "Stats") -> "Iterator[tuple[str, Table]]":
    oldest = found.oldest[:MOST_QUESTIONS]
    if oldest:
        table = _table([("Since", "left"), ("Id", "left"), ("Question", "left")], text=2)
        # One line each: the id is enough to find it.
        table.columns[2].no_wrap, table.columns[2].overflow, table.columns[2].ratio = True, "ellipsis", 1
        table.expand = True
        for entry in oldest:
            _add(table, [_Cell(entry.since), _Cell(entry.id, "bold"), _Cell(entry.title)])
        yield "Not revised for longest", table


def _table(columns: Sequence[tuple[str, str]], *, text: int) -> "Table":
    """Return a table whose column number `text` gives way when there is no room."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    for number, (name, justify) in enumerate(columns):
        table.add_column(name, justify=justify, no_wrap=number != text, overflow="fold")  # type: ignore[arg-type]
    return table


def _add(table: "Table", cells: Sequence[_Cell], *, is_last: bool = False) -> None:
    from rich.text import Text

    texts: list[Text] = [Text(text, style=style) for text, style in cells]
    if is_last:
        table.add_section()
    table.add_row(*texts, style="bold" if is_last else "")


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)
