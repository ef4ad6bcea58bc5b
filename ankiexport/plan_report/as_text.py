"""A report as text for a terminal, readable with and without colours."""

from collections.abc import Callable, Iterable, Iterator

from ankiexport.diagnostics import printable
from ankiexport.plan_report.consequences import CONSEQUENCES, Effect
from ankiexport.plan_report.diffing import Line, Part, Span
from ankiexport.plan_report.filling import Piece, filled
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

Style = Callable[[str, str], str]

WIDTH = 100

# Without colours, words that differ are marked as git does it.
_MARKS = {Part.OLD: ("[-", "-]"), Part.NEW: ("{+", "+}")}
_SIGNS = {Part.OLD: "-", Part.NEW: "+"}


def as_text(report: Report, *, style: Style | None = None, width: int = WIDTH) -> str:
    """Return a report for a person, in lines of a width.

    `style(text, role)` may colour a part; the roles are "title", "name", "aside", "old" and "new" (words), "old line"
    and "new line". Without it, words that differ stand in brackets.
    """
    return "\n".join(_Printer(style, width).report(report)) + "\n"


class _Printer:
    """Yields lines, coloured or with marks."""

    def __init__(self, style: Style | None, width: int) -> None:
        self._style = style
        self._width = width

    def report(self, report: Report) -> Iterator[str]:
        yield from self._text(compared_with(report.baseline))
        for effect in report.counts:
            yield ""
            yield from self._section(report, effect)
        yield ""
        if report.is_empty:
            yield from self._text(f"{NOTHING}: {unchanged(report)}", role="title")
        else:
            said = [title(effect, count) for effect, count in report.counts.items()]
            yield from self._text(
                ", ".join([*said, *([unchanged(report)] if report.unchanged else [])]), role="title"
            )

    def _section(self, report: Report, effect: Effect) -> Iterator[str]:
        yield from self._text(title(effect, report.counts[effect]), role="title")
        yield from self._text(CONSEQUENCES[effect], 2, role="aside")
        if effect is Effect.NOTE_TYPE_SCHEMA and report.import_settings:
            yield from self._text(report.import_settings.advice.replace("*", ""), 2, role="aside")
        for note in report.having(effect):
            if is_brief(note, effect):
                yield from self._pieces(brief(note, effect), 4, 6)
            else:
                yield ""
                yield from self._note(note)
        for entry in report.note_types:
            if entry.effect is effect:
                yield from self._text(f"{entry.key}: {entry.name}", 4)
        for deck in report.decks:
            if deck.effect is effect:
                yield from self._pieces(brief_deck(deck), 4, 6)
        if effect is Effect.CHANGED and report.why_not:
            yield ""
            yield from self._text(why_not(report), 4, role="aside")

    def _note(self, note: NoteReport) -> Iterator[str]:
        yield from self._pieces([(note.key, "name"), ("  ", ""), (note.asked, "")], 4, 6)
        for pieces in remarks(note):
            yield from self._pieces(pieces, 6, 8)
        for entry in note.fields:
            found = field_difference(entry)
            yield from self._text(found.label, 6, role="aside")
            for line in found.lines:
                yield from self._line(line)
        if note.tags_removed or note.tags_added:
            yield from self._text("Tags", 6, role="aside")
        for part, tags in ((Part.OLD, note.tags_removed), (Part.NEW, note.tags_added)):
            for tag in tags:
                yield from self._line(Line(part, (Span(part, tag),)))

    def _line(self, line: Line) -> Iterator[str]:
        sign = _SIGNS.get(line.part)
        if sign:
            yield from self._pieces([(f"{sign} {line.text}", f"{line.part} line")], 8, 10)
            return
        pieces: list[Piece] = []
        for span in line.spans:
            before, after = _MARKS.get(span.part, ("", "")) if self._style is None else ("", "")
            pieces.append((f"{before}{span.text}{after}", span.part if span.part in _MARKS else ""))
        yield from self._pieces(pieces, 10, 10)

    def _text(self, text: str, indent: int = 0, *, role: str = "") -> Iterator[str]:
        yield from self._pieces([(text, role)], indent, indent)

    def _pieces(self, pieces: Iterable[Piece], indent: int, hanging: int) -> Iterator[str]:
        safe = [(printable(text.replace("\xa0", " ")), role) for text, role in pieces]
        for row in filled(safe, indent, hanging, self._width):
            yield "".join(
                self._style(text, role) if self._style and role else text for text, role in row
            ).rstrip()
