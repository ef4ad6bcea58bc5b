"""Items of `ankiexport.editing` in the words of the protocol."""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from lsprotocol import types
from pygls.uris import from_fs_path

from ankiexport import resources
from ankiexport.diagnostics import Diagnostic, Position
from ankiexport.editing.completion import Completion
from ankiexport.editing.completion import Symbol as Kind
from ankiexport.editing.problems import point_of, range_of
from ankiexport.editing.repairs import Action
from ankiexport.editing.source_text import Point, Range, SourceText, Units
from ankiexport.editing.symbols import Symbol

ReadText = Callable[[Path], SourceText | None]

_ITEM_KINDS = {
    Kind.KEY: types.CompletionItemKind.Property,
    Kind.TAG: types.CompletionItemKind.EnumMember,
    Kind.LEVEL: types.CompletionItemKind.EnumMember,
    Kind.ID: types.CompletionItemKind.Reference,
    Kind.VALUE: types.CompletionItemKind.Value,
    Kind.FILE: types.CompletionItemKind.File,
    Kind.SECTION: types.CompletionItemKind.Property,
    Kind.SNIPPET: types.CompletionItemKind.Snippet,
}


def uri_of(path: str | Path) -> str:
    """Return the URI of a file."""
    return from_fs_path(str(path)) or Path(path).as_uri()


def range_in(text: SourceText, span: Range, units: Units) -> types.Range:
    """Return a range as the editor counts it."""
    return types.Range(_position(text, span.start, units), _position(text, span.end, units))


def _position(text: SourceText, point: Point, units: Units) -> types.Position:
    return types.Position(*text.units_at(point, units))


def location(position: Position, text: SourceText | None, units: Units) -> types.Location:
    """Return a position of the program as a place in a file."""
    known = text or SourceText("")
    point = point_of(position, known)
    return types.Location(uri_of(position.path), range_in(known, Range(point, point), units))


def diagnostic(found: Diagnostic, text: SourceText, read: ReadText, units: Units) -> types.Diagnostic:
    """Return a diagnostic with its advice, the page that explains its code, and the other places."""
    related = [
        types.DiagnosticRelatedInformation(location(place, read(Path(place.path)), units), "the other place")
        for place in found.related
    ]
    severity = types.DiagnosticSeverity.Error if found.is_error else types.DiagnosticSeverity.Warning
    return types.Diagnostic(
        range=range_in(text, range_of(found, text), units),
        message=f"{found.message}\n{found.advice}" if found.advice else found.message,
        severity=severity,
        code=found.code,
        code_description=types.CodeDescription(explanation(found.code)),
        source="ankiexport",
        related_information=related or None,
    )


def explanation(code: str) -> str:
    """Return the address of what there is to read about a code."""
    page = resources.diagnostics_page()
    line = _explained_lines(page).get(code)
    return page.as_uri() + (f"#L{line}" if line else "")


@cache
def _explained_lines(page: Path) -> dict[str, int]:
    lines = page.read_text(encoding="utf-8").split("\n") if page.is_file() else []
    rows = ((number, re.match(r"\| `([a-z-]+)` \|", line)) for number, line in enumerate(lines, start=1))
    return {row[1]: number for number, row in rows if row}


def completion_item(found: Completion, number: int, text: SourceText, units: Units) -> types.CompletionItem:
    """Return a completion; `number` is its place among the others."""
    form = types.InsertTextFormat.Snippet if found.is_snippet else types.InsertTextFormat.PlainText
    markdown = types.MarkupContent(types.MarkupKind.Markdown, found.documentation)
    return types.CompletionItem(
        label=found.label,
        kind=_ITEM_KINDS[found.symbol],
        detail=found.detail or None,
        documentation=markdown if found.documentation else None,
        sort_text=f"{number:05}",
        filter_text=found.label,
        insert_text_format=form,
        insert_text_mode=types.InsertTextMode.AdjustIndentation if found.is_snippet else None,
        text_edit=types.TextEdit(range_in(text, found.range, units), found.insert),
    )


def document_symbol(found: Symbol, text: SourceText, units: Units) -> types.DocumentSymbol:
    """Return a question or fact of an outline."""
    last = min(found.last_line, len(text.lines) - 1)
    first = min(found.first_line, last)
    whole = Range(Point(first, 0), Point(last, len(text.line(last))))
    point = point_of(found.position, text)
    name = Range(point, Point(point.line, min(point.column + len(found.name), len(text.line(point.line)))))
    is_within = whole.start <= name.start and name.end <= whole.end
    return types.DocumentSymbol(
        name=found.name,
        detail=found.title,
        kind=types.SymbolKind.Key if found.is_fact else types.SymbolKind.Class,
        range=range_in(text, whole, units),
        selection_range=range_in(text, name if is_within else Range(whole.start, whole.start), units),
        children=[document_symbol(one, text, units) for one in found.children],
    )


def code_action(
    found: Action, uri: str, text: SourceText, units: Units, mended: types.Diagnostic | None
) -> types.CodeAction:
    """Return a repair of a file."""
    edits = [types.TextEdit(range_in(text, edit.range, units), edit.text) for edit in found.edits]
    is_whole = found.diagnostic is None
    return types.CodeAction(
        title=found.title,
        kind=types.CodeActionKind.SourceFixAll if is_whole else types.CodeActionKind.QuickFix,
        diagnostics=[mended] if mended else None,
        is_preferred=None if is_whole else True,
        edit=types.WorkspaceEdit(changes={uri: edits}),
    )
