"""A report as text, as Markdown and as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from string import ascii_uppercase

from ankiexport.verify.options import ALL, DEFAULT
from ankiexport.verify.report import Figures, Report, counts, is_always_shown, label_of

_CHOSEN = {options.name: options.chosen for options in ALL}

_NOTHING_LOST = "Nothing is lost under the default options."
_LOST = "Lost under the default options, though it need not be:"


def as_text(report: Report) -> str:
    """Return a report as a table of figures and what is lost; sets of options that do the same share a column."""
    columns = list(dict.fromkeys((rehearsal.figures, rehearsal.error) for rehearsal in report.rehearsals))
    rows = _rows([figures for figures, _ in columns])
    letters = list(ascii_uppercase[: len(columns)])
    label_width = max(len(label) for label, _ in rows)
    widths = [max(len(row[number]) for _, row in rows) for number in range(len(columns))]
    lines = [_line(label, row, label_width, widths) for label, row in [("", letters), *rows]]
    lines.append("")
    name_width = max(len(rehearsal.options_name) for rehearsal in report.rehearsals)
    for rehearsal in report.rehearsals:
        letter = letters[columns.index((rehearsal.figures, rehearsal.error))]
        name = f"{rehearsal.options_name:<{name_width}}"
        lines.append(f"{letter}  {name}  {_CHOSEN.get(rehearsal.options_name, '')}".rstrip())
    lines += [
        f"{letter}: Anki refused the package: {error}"
        for letter, (_, error) in zip(letters, columns, strict=True)
        if error
    ]
    lines += ["", *_verdict(report)]
    return "\n".join(lines) + "\n"


def as_markdown(report: Report) -> str:
    """Return a report as a table in Markdown, and what is lost."""
    names = [rehearsal.options_name for rehearsal in report.rehearsals]
    lines = [f"| | {' | '.join(names)} |", f"|---|{'---:|' * len(names)}"]
    lines += [
        f"| {label} | {' | '.join(row)} |"
        for label, row in _rows([each.figures for each in report.rehearsals])
    ]
    lines.append("")
    lines += [
        f"Anki refused the package ({rehearsal.options_name}): {rehearsal.error}"
        for rehearsal in report.rehearsals
        if rehearsal.error
    ]
    first, *losses = _verdict(report)
    return (
        "\n".join([*lines, first, *([""] if losses else []), *(f"- {loss.strip()}" for loss in losses)])
        + "\n"
    )


def as_json(report: Report, old: Path, new: Path) -> str:
    """Return a report as JSON; a figure is named as in `Figures`."""
    data = {
        "old": old.as_posix(),
        "new": new.as_posix(),
        "losses": report.losses,
        "rehearsals": [
            {
                "options": rehearsal.options_name,
                "default": rehearsal.options_name == DEFAULT.name,
                "chosen": _CHOSEN.get(rehearsal.options_name, ""),
                "figures": asdict(rehearsal.figures),
                "error": rehearsal.error,
            }
            for rehearsal in report.rehearsals
        ],
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _rows(columns: Sequence[Figures]) -> list[tuple[str, list[str]]]:
    """Return the labels and figures of the rows that say something."""
    figures = [dict(counts(column)) for column in columns]
    return [
        (label_of(name), [f"{column[name]:,}" if column[name] else "-" for column in figures])
        for name in figures[0]
        if is_always_shown(name) or any(column[name] for column in figures)
    ]


def _verdict(report: Report) -> list[str]:
    losses = report.losses
    if not losses:
        return [_NOTHING_LOST]
    return [_LOST, *(f"  {label_of(name)}: {count:,}" for name, count in losses.items())]


def _line(label: str, cells: list[str], label_width: int, widths: list[int]) -> str:
    padded = (f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
    return f"{label:<{label_width}}  {'  '.join(padded)}".rstrip()
