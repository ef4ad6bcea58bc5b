"""The requests of the protocol, answered from what is known of the bank."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ankiexport._version import __version__
from ankiexport.bank_settings import BANK_FILE
from ankiexport.diagnostics import Position
from ankiexport.editing import completion, hover, places, repairs, symbols
from ankiexport.editing.problems import range_of
from ankiexport.editing.source_text import Change, Point, Range, Units
from ankiexport.editing.state import BankState
from ankiexport.lsp import convert
from ankiexport.lsp.documents import Document, Documents, path_of
from ankiexport.lsp.publishing import Publisher
from ankiexport.lsp.session import BankSession

_TRIGGERS = [":", "/", "(", "[", '"', "#", " "]
_WATCHED = "**/*.{yaml,yml,md,lock,html,css,js,svg,png,jpg,jpeg,gif,webp,avif,mp3,ogg,wav,m4a,mp4,webm}"
# How deep below a folder of the workspace a bank is looked for.
_DEPTH = ("", "*/", "*/*/")


class BankServer(LanguageServer):
    """A server with the open texts and a session for each bank."""

    def __init__(self) -> None:
        """Begin without banks."""
        super().__init__("ankiexport", __version__)
        self.documents = Documents()
        self.sessions: dict[Path, BankSession] = {}

    def session(self, root: Path) -> BankSession:
        """Return the session of the bank in a folder; the first time, it begins to read."""
        if root not in self.sessions:
            publisher = Publisher(self.documents, self.text_document_publish_diagnostics)
            self.sessions[root] = BankSession(root, lambda: self.documents.below(root), publisher.show)
            self.sessions[root].touch()
        return self.sessions[root]

    def touch(self, path: Path) -> None:
        """Have the bank of a file looked at again."""
        root = self.documents.bank_of(path)
        if root is not None:
            self.session(root).touch()

    def open_banks(self, folder: Path) -> None:
        """Begin to follow the banks in a folder of the workspace."""
        for depth in _DEPTH:
            for settings in sorted(folder.glob(depth + BANK_FILE)):
                self.session(settings.parent)

    def found(self, uri: str) -> tuple[Document, BankState] | None:
        """Return an open text and what is known of its bank."""
        document = self.documents.get(uri)
        root = self.documents.bank_of(document.path) if document else None
        return (document, self.session(root).state) if document and root else None

    def point(self, document: Document, position: types.Position) -> Point:
        """Return a place in an open text."""
        return document.text.point(position.line, position.character, self.documents.units)

    def location(self, position: Position) -> types.Location:
        """Return a position as a place that an editor can go to."""
        return convert.location(position, self.documents.read(Path(position.path)), self.documents.units)


def make_server() -> BankServer:
    """Return a server that is ready to be started."""
    server = BankServer()
    _follow_workspace(server)
    _follow_texts(server)
    _answer_about_places(server)
    _answer_about_files(server)
    return server


def _follow_workspace(server: BankServer) -> None:
    @server.feature(types.INITIALIZED)
    def initialized(_params: types.InitializedParams) -> None:
        server.documents.units = Units(server.workspace.position_encoding or Units.UTF16)
        folders = [path_of(uri) for uri in server.workspace.folders]
        roots = [folder for folder in folders if folder is not None]
        if not roots and server.workspace.root_path:
            roots = [Path(server.workspace.root_path)]
        for folder in roots:
            server.open_banks(folder)
        watched = server.client_capabilities.workspace and (
            server.client_capabilities.workspace.did_change_watched_files
        )
        if watched and watched.dynamic_registration:
            _watch(server)

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def did_change_watched_files(params: types.DidChangeWatchedFilesParams) -> None:
        roots = {
            root
            for path in (path_of(event.uri) for event in params.changes)
            if path is not None and (root := server.documents.bank_of(path)) is not None
        }
        # A bank that lost its `bank.yaml` is still looked at.
        for root in roots | set(server.sessions):
            server.session(root).touch()

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def did_change_workspace_folders(params: types.DidChangeWorkspaceFoldersParams) -> None:
        for folder in params.event.added:
            path = path_of(folder.uri)
            if path is not None:
                server.open_banks(path)


def _watch(server: BankServer) -> None:
    options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher(_WATCHED)])
    registration = types.Registration("files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
    server.client_register_capability(
        types.RegistrationParams([registration]),
        lambda _answer: None,
    )


def _follow_texts(server: BankServer) -> None:
    documents = server.documents

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def did_open(params: types.DidOpenTextDocumentParams) -> None:
        opened = params.text_document
        document = documents.put(opened.uri, opened.version, opened.text)
        if document is not None:
            server.touch(document.path)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(params: types.DidChangeTextDocumentParams) -> None:
        changes = [_change(change) for change in params.content_changes]
        document = documents.edit(params.text_document.uri, params.text_document.version, changes)
        if document is not None:
            server.touch(document.path)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def did_save(params: types.DidSaveTextDocumentParams) -> None:
        path = path_of(params.text_document.uri)
        if path is not None:
            server.touch(path)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(params: types.DidCloseTextDocumentParams) -> None:
        document = documents.close(params.text_document.uri)
        if document is not None:
            server.touch(document.path)


def _change(change: types.TextDocumentContentChangeEvent) -> Change:
    if isinstance(change, types.TextDocumentContentChangePartial):
        start, end = change.range.start, change.range.end
        return Change(change.text, (start.line, start.character), (end.line, end.character))
    return Change(change.text)


def _answer_about_places(server: BankServer) -> None:
    units = server.documents

    @server.feature(
        types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=_TRIGGERS)
    )
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


def _answer_about_files(server: BankServer) -> None:
    units = server.documents

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def document_symbols(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
        found = server.found(params.text_document.uri)
        if found is None:
            return []
        document, state = found
        outline = symbols.outline(state, document.path, len(document.text.lines))
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
            for session in server.sessions.values()
            for entry in symbols.found_symbols(session.state, params.query)
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
