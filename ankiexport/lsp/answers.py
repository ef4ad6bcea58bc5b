"""The requests of the protocol, answered from what is known of the bank."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from secrets import token_hex

from lsprotocol import types

from ankiexport.editing import completion, hover, places, repairs, symbols
from ankiexport.editing.problems import range_of
from ankiexport.editing.source_text import Point, Range
from ankiexport.editing.state import BankState
from ankiexport.lsp import convert
from ankiexport.lsp.bank_server import BankServer
from ankiexport.lsp.documents import Document, Documents

_TRIGGERS = [":", "/", "(", "[", '"', "#", " "]


def answer_about_words(server: BankServer) -> None:
    """Complete and explain what stands at a place."""
    units = server.documents

    @server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=_TRIGGERS))
    def complete(params: types.CompletionParams) -> types.CompletionList | None:
        found = server.found(params.text_document.uri)
        if found is None:
            return None
        document, state = found
        point = server.point(document, params.position)
        context = params.context
        if context and context.trigger_character == " " and not _begins_value(document, point):
            return None
        items = completion.completions(state, document.path, document.text, point)
        takes_snippets = _takes_snippets(server.client_capabilities)
        return types.CompletionList(
            is_incomplete=False,
            items=[
                convert.completion_item(_filled(item), number, document.text, units.units)
                for number, item in enumerate(items)
                if takes_snippets or not item.is_snippet
            ],
        )

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def show_hover(params: types.HoverParams) -> types.Hover | None:
        found = server.found(params.text_document.uri)
        if found is None:
            return None
        document, state = found
        said = hover.hover(state, document.path, document.text, server.point(document, params.position))
        if said is None:
            return None
        kind = _markup(server.client_capabilities)
        where = convert.range_in(document.text, said.range, units.units)
        return types.Hover(types.MarkupContent(kind, said.markdown), where)


def answer_about_places(server: BankServer) -> None:
    """Lead to where a thing is declared and used."""

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    def definition(params: types.DefinitionParams) -> list[types.Location]:
        found = server.found(params.text_document.uri)
        if found is None:
            return []
        document, state = found
        point = server.point(document, params.position)
        declared = places.definitions(state, document.path, document.text, point)
        return [server.location(place) for place in declared]

    @server.feature(types.TEXT_DOCUMENT_REFERENCES)
    def references(params: types.ReferenceParams) -> list[types.Location]:
        found = server.found(params.text_document.uri)
        if found is None:
            return []
        document, state = found
        used = places.references(
            state,
            document.path,
            document.text,
            server.point(document, params.position),
            server.documents.read,
            with_declaration=params.context.include_declaration,
        )
        return [server.location(place) for place in used]


def answer_about_files(server: BankServer) -> None:
    """List the questions of files and of the bank, and repair them."""
    units = server.documents

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    async def document_symbols(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
        found = server.found(params.text_document.uri)
        if found is None:
            return []
        # Editors ask when they open a file, and not again before it changes.
        state = await server.bank(found[1].root).known()
        document = server.documents.get(params.text_document.uri) or found[0]
        outline = symbols.outline(state, document.path, document.text)
        return [convert.document_symbol(one, document.text, units.units) for one in outline]

    @server.feature(types.WORKSPACE_SYMBOL)
    def workspace_symbols(params: types.WorkspaceSymbolParams) -> list[types.WorkspaceSymbol]:
        return [
            types.WorkspaceSymbol(
                name=entry.key,
                kind=types.SymbolKind.Key if entry.is_fact else types.SymbolKind.Class,
                container_name=entry.title,
                location=server.location(entry.position),
            )
            for bank in server.banks.values()
            for entry in symbols.found_symbols(bank.state, params.query)
        ]

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions([types.CodeActionKind.QuickFix, types.CodeActionKind.SourceFixAll]),
    )
    def code_actions(params: types.CodeActionParams) -> list[types.CodeAction]:
        found = server.found(params.text_document.uri)
        if found is None:
            return []
        document, state = found
        start, end = server.point(document, params.range.start), server.point(document, params.range.end)
        wanted = list(_actions(params.context, state, document, Range(start, end)))
        return [
            convert.code_action(
                one, document.uri, document.text, units.units, _mended(one, params.context, document, units)
            )
            for one in wanted
        ]


def _actions(
    context: types.CodeActionContext, state: BankState, document: Document, where: Range
) -> Iterator[repairs.Action]:
    if _is_wanted(context, types.CodeActionKind.QuickFix):
        yield from repairs.actions(state, document.path, document.text, where)
    # The whole file takes a while: it is not for a light bulb that follows the cursor.
    is_asked = context.trigger_kind is not types.CodeActionTriggerKind.Automatic
    if is_asked and _is_wanted(context, types.CodeActionKind.SourceFixAll):
        whole = repairs.whole_file(state, document.path, document.text)
        if whole is not None:
            yield whole


def _is_wanted(context: types.CodeActionContext, kind: str) -> bool:
    return context.only is None or any(kind == only or kind.startswith(f"{only}.") for only in context.only)


def _mended(
    action: repairs.Action, context: types.CodeActionContext, document: Document, documents: Documents
) -> types.Diagnostic | None:
    if action.diagnostic is None:
        return None
    where = convert.range_in(document.text, range_of(action.diagnostic, document.text), documents.units)
    code = action.diagnostic.code
    return next((one for one in context.diagnostics if one.code == code and one.range == where), None)


def _begins_value(document: Document, point: Point) -> bool:
    before = document.text.line(point.line)[: point.column]
    return re.search(r"(?::|-|,|###) $", before) is not None


def _takes_snippets(capabilities: types.ClientCapabilities) -> bool:
    text = capabilities.text_document
    item = text.completion.completion_item if text and text.completion else None
    return bool(item and item.snippet_support)


def _markup(capabilities: types.ClientCapabilities) -> types.MarkupKind:
    text = capabilities.text_document
    formats = text.hover.content_format if text and text.hover else None
    is_markdown = formats is None or types.MarkupKind.Markdown in formats
    return types.MarkupKind.Markdown if is_markdown else types.MarkupKind.PlainText


def _filled(item: completion.Completion) -> completion.Completion:
    """Return a snippet with the variables filled in that only VS Code knows."""
    if not item.is_snippet:
        return item
    now = datetime.now(UTC)
    body = item.insert.replace("$RANDOM_HEX", token_hex(3))
    body = body.replace("$CURRENT_YEAR", f"{now:%Y}").replace("$CURRENT_MONTH", f"{now:%m}")
    return replace(item, insert=body)
