"""A report as Markdown for a pull request: a table of what it does, and details to be opened."""

import re
from collections.abc import Iterable, Iterator, Sequence

from ankiexport.diagnostics import printable
from ankiexport.plan_report.consequences import CONSEQUENCES, Effect
from ankiexport.plan_report.diffing import Line, Part, Span
from ankiexport.plan_report.filling import Piece
from ankiexport.plan_report.report import NoteReport, Report
from ankiexport.plan_report.words import (
    NOTHING,
    brief,
    brief_deck,
    compared_with,
    field_difference,
    is_brief,
    remarks,
    title,
    unchanged,
    why_not,
)

# GitHub refuses a comment of more than 65,536 characters.
MAX_CHARACTERS = 60_000

# How much of a field, and of a list, is shown.
MAX_LINES = 30
MAX_ITEMS = 100

# What means something in Markdown, in HTML or in GitHub's mathematics. An entity is plain text in all of
# them; a backslash is not, within HTML.
_SPECIAL = {ord(char): f"&#{ord(char)};" for char in "\\`*_{}[]<>&|~#$"}
# What begins a list or a heading.
_BEGINNING = re.compile(r"^(\d*)([-+=.)])")

_MARKS = {Part.OLD: ("<del>", "</del>"), Part.NEW: ("<ins>", "</ins>")}


def as_markdown(report: Report, *, max_characters: int = MAX_CHARACTERS) -> str:
    """Return a report as a comment; details for which there is no room are left out, which it says."""
    out = [_plain(f"{compared_with(report.baseline)}."), "", *_table(report)]
    if report.import_settings:
        out += ["", report.import_settings.advice]
    if report.why_not:
        out += ["", _plain(why_not(report))]
    room = max_characters - sum(len(line) + 1 for line in out)
    left_out = 0
    for block in (block for effect in report.counts for block in _blocks(report, effect)):
        size = sum(len(line) + 1 for line in ["", *block])
        if size > room:
            left_out += 1
            continue
        room -= size
        out += ["", *block]
    if left_out:
        out += ["", f"Left out, for there was no room: {left_out:,} more. `ankiexport plan` shows all."]
    return "\n".join(out) + "\n"


def _table(report: Report) -> Iterator[str]:
    if report.is_empty:
        yield f"**{NOTHING}**: {unchanged(report)}."
        return
    yield "| The next build | In Anki |"
    yield "|---|---|"
    for effect, count in report.counts.items():
        yield f"| **{title(effect, count)}** | {_plain(CONSEQUENCES[effect])} |"
    if report.unchanged:
        yield f"| {unchanged(report)} | |"


def _blocks(report: Report, effect: Effect) -> Iterator[list[str]]:
    """Yield the details of an effect: notes with differences alone, all others in one list."""
    notes = report.having(effect)
    items = [
        _pieces(brief(note, effect)) if is_brief(note, effect) else _item(note)
        for note in notes
        if is_brief(note, effect) or not _differs(note)
    ]
    items += [
        _pieces([(entry.key, "name"), (f": {entry.name}", "")])
        for entry in report.note_types
        if entry.effect is effect
    ]
    items += [_pieces(brief_deck(deck)) for deck in report.decks if deck.effect is effect]
    alone = [note for note in notes if not is_brief(note, effect) and _differs(note)]
    if items:
        # Of cards a note may have several.
        count = len(items) if alone else report.counts[effect]
        yield _details(title(effect, count), _cut([f"- {item}" for item in items], MAX_ITEMS, "- "))
    for note in alone:
        yield _details(f"{effect.capitalize()}: {_head(note)}", _differences(note))


def _differs(note: NoteReport) -> bool:
    return bool(note.fields or note.tags_added or note.tags_removed)


def _head(note: NoteReport) -> str:
    return _pieces([(note.key, "name"), (f" {note.asked}", "")])


def _item(note: NoteReport) -> str:
    said = ", ".join(_pieces(pieces) for pieces in remarks(note))
    return f"{_head(note)} ({said})" if said else _head(note)


def _differences(note: NoteReport) -> Iterator[str]:
    for entry in note.fields:
        found = field_difference(entry)
        yield f"**{_plain(found.label)}**"
        yield ""
        lines = _cut([_line(line) for line in found.lines], MAX_LINES, "")
        if lines:
            yield f"> {'<br>'.join(lines)}"
            yield ""
    tags = [(Part.OLD, tag) for tag in note.tags_removed] + [(Part.NEW, tag) for tag in note.tags_added]
    if tags:
        yield "**Tags**"
        yield ""
        yield f"> {' '.join(_marked(part, _code(tag)) for part, tag in tags)}"
        yield ""


def _line(line: Line) -> str:
    return "".join(_span(span) for span in line.spans)


def _span(span: Span) -> str:
    return _marked(span.part, _plain(span.text))


def _marked(part: Part, html: str) -> str:
    before, after = _MARKS.get(part, ("", ""))
    return f"{before}{html}{after}"


def _details(summary: str, lines: Iterable[str]) -> list[str]:
    # Without the empty lines, what is between would be HTML and not Markdown.
    body = list(lines)
    end = [] if body and not body[-1] else [""]
    return [f"<details><summary>{summary}</summary>", "", *body, *end, "</details>"]


def _cut(lines: Sequence[str], most: int, mark: str) -> list[str]:
    if len(lines) <= most:
        return list(lines)
    return [*lines[:most], f"{mark}… and {len(lines) - most:,} more"]


def _pieces(pieces: Iterable[Piece]) -> str:
    return "".join(_code(text) if role == "name" else _plain(text) for text, role in pieces)


def _code(text: str) -> str:
    # GitHub looks for mentions and emoji (":x:", as in tags) in all text but code.
    return f"<code>{_plain(text)}</code>"


def _plain(text: str) -> str:
    """Return a text of which nothing is taken for Markdown or HTML."""
    line = printable(text.replace("\xa0", " ")).replace("\n", " ")
    indent = len(line) - len(line.lstrip(" "))
    escaped = _BEGINNING.sub(lambda found: f"{found[1]}&#{ord(found[2])};", line[indent:].translate(_SPECIAL))
    # Four spaces would begin a block of code.
    return ("&nbsp;" * indent if indent > 1 else " " * indent) + escaped
