"""The server, put together: it follows the workspace and the open texts, and answers."""

from pathlib import Path

from lsprotocol import types

from ankiexport.editing.source_text import Change, Units
from ankiexport.lsp.answers import answer_about_files, answer_about_places, answer_about_words
from ankiexport.lsp.bank_server import BankServer
from ankiexport.lsp.documents import path_of

_WATCHED = "**/*.{yaml,yml,md,lock,html,css,js,svg,png,jpg,jpeg,gif,webp,avif,mp3,ogg,wav,m4a,mp4,webm}"


def make_server() -> BankServer:
    """Return a server that is ready to be started."""
    server = BankServer()
    _follow_workspace(server)
    _follow_texts(server)
    answer_about_words(server)
    answer_about_places(server)
    answer_about_files(server)
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
        for root in roots | set(server.banks):
            server.bank(root).touch()

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
