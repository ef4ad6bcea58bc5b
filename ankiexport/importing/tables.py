"""Tables of questions: CSV and TSV of spreadsheets, Quizlet and others."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from ankiexport.anki_text import find_clozes
from ankiexport.diagnostics import Diagnostic
from ankiexport.importing.delimited import Row, rows_of
from ankiexport.importing.package import RefusedError, named, refuse
from ankiexport.importing.plain_text import markdown_of_plain
from ankiexport.importing.questions import SourceQuestion, SourceQuestions
from ankiexport.importing.reading import Kept, Reading, SourceFormat, Wishes
from ankiexport.importing.table_columns import Columns, columns_of
from ankiexport.importing.text_files import read_source_text, with_line_feeds

_DELIMITERS = ("\t", ",", ";", "|")
_LOOKED_AT = 65_536
_ROWS_LOOKED_AT = 50


def read(path: Path, _media: Path, wishes: Wishes) -> Reading:
    """Return the questions of a table; raises `UnreadablePackageError`."""
    with named(path):
        text = with_line_feeds(read_source_text(path))
        if not text.strip():
            refuse("it holds no row")
        delimiter = wishes.delimiter or delimiter_of(text, path)
        rows = [row for row in rows_of(text, delimiter, path) if not row.is_blank]
        columns = columns_of(rows[0], wishes.columns, path)
        body = rows[1:] if columns.names else rows
        problems = tuple(_problems(body, len(rows[0].cells), columns, path))
        if problems:
            return Reading(diagnostics=problems)
        is_plain = wishes.text != "markdown"
        questions = tuple(_question(row, columns, path, is_plain=is_plain) for row in body)
        losses = []
        if columns.unused:
            losses.append(f"the columns {', '.join(columns.unused)} (--map says what a column holds)")
        return Reading(SourceQuestions(questions), losses=tuple(losses))


def delimiter_of(text: str, path: Path) -> str:
    """Return the delimiter of a table: the one that gives its first rows the same number of cells, and most."""
    beginning = (
        text if len(text) <= _LOOKED_AT else text[: text.rfind("\n", 0, _LOOKED_AT) + 1] or text[:_LOOKED_AT]
    )
    best, most = "", (0, 0)
    for delimiter in _DELIMITERS:
        widths = _widths(beginning, delimiter, path)
        usual = max(widths, key=lambda width: (widths.count(width), width), default=0)
        score = (widths.count(usual) * 100 // max(1, len(widths)), usual)
        if usual > 1 and score > most:
            best, most = delimiter, score
    if not best:
        refuse("no delimiter divides its lines into two columns; name one with --delimiter")
    return best


def _widths(text: str, delimiter: str, path: Path) -> list[int]:
    widths: list[int] = []
    try:
        for row in rows_of(text, delimiter, path):
            widths.append(len(row.cells))
            if len(widths) == _ROWS_LOOKED_AT:
                break
    except RefusedError:
        # A quote may be open because the text was cut.
        return widths
    return widths


def _problems(rows: Sequence[Row], width: int, columns: Columns, path: Path) -> Iterator[Diagnostic]:
    for row in rows:
        if len(row.cells) != width:
            message = f"the row has {len(row.cells)} cells, the first one has {width}"
            advice = "look for a quote or a delimiter that is missing here or above; a cell that holds either is quoted"
            yield Diagnostic(row.place(path, width), "source-row", message, advice)
            continue
        for role in ("question", "answer"):
            number = columns.numbers.get(role)
            is_answered = role == "answer" and find_clozes(row.cell(columns.numbers["question"]))
            if number is not None and not row.cell(number).strip() and not is_answered:
                message = f"the row has no {role}"
                yield Diagnostic(
                    row.place(path, number), "empty-text", message, "write it, or remove the row"
                )
    if (
        rows
        and "answer" not in columns.numbers
        and not all(find_clozes(row.cell(columns.numbers["question"])) for row in rows)
    ):
        message = "no column holds the answers"
        yield Diagnostic(rows[0].place(path), "empty-text", message, "name it: --map question=1,answer=2")


def _question(row: Row, columns: Columns, path: Path, *, is_plain: bool) -> SourceQuestion:
    cells = {role: row.cell(number) for role, number in columns.numbers.items()}

    def text(role: str) -> str:
        value = cells.get(role, "")
        return markdown_of_plain(value) if is_plain else value

    def texts(role: str) -> tuple[str, ...]:
        lines = [line for line in cells.get(role, "").split("\n") if line.strip()]
        return tuple(map(markdown_of_plain, lines) if is_plain else lines)

    return SourceQuestion(
        question=text("question"),
        answer=text("answer"),
        hints=tuple(filter(None, [text("hint")])),
        key_points=texts("key_points"),
        pitfalls=texts("pitfalls"),
        follow_ups=texts("follow_ups"),
        sources=texts("sources"),
        tags=tuple(cells.get("tags", "").replace(",", " ").replace(";", " ").split()),
        levels=tuple(filter(None, [" ".join(cells.get("level", "").split())])),
        deck=cells.get("deck", ""),
        id=cells.get("id", ""),
        is_cloze=bool(find_clozes(cells["question"])),
        position=row.place(path),
    )


FORMAT = SourceFormat(
    name="csv",
    description=(
        "A table in CSV or TSV, with a row of names or without: question, answer, hint, tags, level, deck and others, or as "
        "--map says. Cells are plain text, or Markdown with --text markdown."
    ),
    read=read,
    keeps=frozenset({Kept.CLOZES, Kept.TAGS, Kept.DECKS}),
    loses="columns that --map does not name; pictures",
)
