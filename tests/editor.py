"""An editor for tests: the client of pygls, with the real `ankiexport lsp` at the other end of two pipes."""

import asyncio
import sys
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from lsprotocol import types
from pygls.lsp.client import LanguageClient

from ankiexport.editing.source_text import Units

T = TypeVar("T")

# Far more than it takes; a test that waits so long has failed.
PATIENCE = 60.0
MARK = "¦"


class Editor:
    """Opens and edits files of a folder; each method waits for its answer."""

    def __init__(
        self,
        folder: Path,
        *,
        units: Iterable[Units] = (),
        snippets: bool = True,
        markdown: bool = True,
        watches: bool = False,
    ) -> None:
        """Prepare; the server is started on entering."""
        self._folder = folder
        self._capabilities = capabilities(units, snippets=snippets, markdown=markdown, watches=watches)
        self._loop = asyncio.new_event_loop()
        self.client = LanguageClient("test", "1")
        self.diagnostics: dict[str, list[types.Diagnostic]] = {}
        self.messages: list[str] = []
        self.watched: list[str] = []
        self._versions: dict[str, int] = {}
        self._texts: dict[str, str] = {}
        self._listen()

    def __enter__(self) -> Self:
        self.do(self.client.start_io(sys.executable, "-m", "ankiexport", "lsp"))
        params = types.InitializeParams(
            capabilities=self._capabilities,
            workspace_folders=[types.WorkspaceFolder(self._folder.as_uri(), "bank")],
        )
        self.server = self.do(self.client.initialize_async(params)).capabilities
        self.client.initialized(types.InitializedParams())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.do(self.client.shutdown_async(None))
        self.client.exit(None)
        self.do(self.client.stop())  # type: ignore[no-untyped-call]
        self._loop.close()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what a coroutine returns."""
        return self._loop.run_until_complete(asyncio.wait_for(work, PATIENCE))

    def uri(self, name: str) -> str:
        return (self._folder / name).as_uri()

    def open(self, name: str, text: str | None = None) -> types.Position:
        """Open a file, with another text than it has if one is given; return where the mark stands in it."""
        given = (self._folder / name).read_bytes().decode() if text is None else text
        where = position_of_mark(given)
        given = given.replace(MARK, "")
        language = "markdown" if name.endswith(".md") else "yaml"
        item = types.TextDocumentItem(self.uri(name), language, 1, given)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        self._versions[name], self._texts[name] = 1, given
        return where

    def replace(self, name: str, text: str) -> types.Position:
        """Give an open file another text, all at once; return where the mark stands in it."""
        self._versions[name] += 1
        identifier = types.VersionedTextDocumentIdentifier(self._versions[name], self.uri(name))
        given = text.replace(MARK, "")
        change = types.TextDocumentContentChangeWholeDocument(given)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(identifier, [change]))
        self._texts[name] = given
        return position_of_mark(text)

    def type(self, name: str, line: int, start: int, end: int, text: str) -> None:
        """Put a text in place of a part of a line, as typing does."""
        self._versions[name] += 1
        identifier = types.VersionedTextDocumentIdentifier(self._versions[name], self.uri(name))
        where = types.Range(types.Position(line, start), types.Position(line, end))
        change = types.TextDocumentContentChangePartial(where, text)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(identifier, [change]))

    def close(self, name: str) -> None:
        """Close a file, and with it what was not saved."""
        identifier = types.TextDocumentIdentifier(self.uri(name))
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(identifier))

    def of(self, name: str) -> list[types.Diagnostic]:
        """Return the diagnostics that are shown in a file."""
        return self.diagnostics.get(self.uri(name), [])

    def codes(self, name: str) -> list[str]:
        """Return the codes of the diagnostics that are shown in a file."""
        return [str(one.code) for one in self.of(name)]

    def wait(self, is_so: Callable[[], bool]) -> None:
        """Wait until something is so, or fail."""
        end = time.monotonic() + PATIENCE
        while not is_so():
            assert time.monotonic() < end, (self.diagnostics, self.messages)
            self.do(asyncio.sleep(0.01))

    def complete(self, name: str, where: types.Position) -> list[types.CompletionItem]:
        """Return what could be written at a place."""
        params = types.CompletionParams(types.TextDocumentIdentifier(self.uri(name)), where)
        answer = self.do(self.client.text_document_completion_async(params))
        return list(answer.items) if isinstance(answer, types.CompletionList) else []

    def labels(self, name: str, where: types.Position) -> list[str]:
        """Return the labels of what could be written at a place."""
        return [item.label for item in self.complete(name, where)]

    def hover(self, name: str, where: types.Position) -> str:
        """Return what is said of a place; empty if it is nothing."""
        params = types.HoverParams(types.TextDocumentIdentifier(self.uri(name)), where)
        answer = self.do(self.client.text_document_hover_async(params))
        if answer is None:
            return ""
        assert isinstance(answer.contents, types.MarkupContent)
        return answer.contents.value

    def definition(self, name: str, where: types.Position) -> list[tuple[str, int, int]]:
        """Return where the thing at a place is declared: name, line and character, all from 0."""
        params = types.DefinitionParams(types.TextDocumentIdentifier(self.uri(name)), where)
        return self._places(self.do(self.client.text_document_definition_async(params)))

    def references(self, name: str, where: types.Position) -> list[tuple[str, int, int]]:
        """Return where the thing at a place is declared and used."""
        context = types.ReferenceContext(include_declaration=True)
        params = types.ReferenceParams(context, types.TextDocumentIdentifier(self.uri(name)), where)
        return self._places(self.do(self.client.text_document_references_async(params)))

    def outline(self, name: str) -> list[types.DocumentSymbol]:
        """Return the questions of a file."""
        params = types.DocumentSymbolParams(types.TextDocumentIdentifier(self.uri(name)))
        answer = self.do(self.client.text_document_document_symbol_async(params))
        return [one for one in answer or [] if isinstance(one, types.DocumentSymbol)]

    def actions(
        self, name: str, where: types.Position, only: list[str] | None = None
    ) -> list[types.CodeAction]:
        """Return what can be repaired at a place."""
        params = types.CodeActionParams(
            types.TextDocumentIdentifier(self.uri(name)),
            types.Range(where, where),
            types.CodeActionContext(self.of(name), only, types.CodeActionTriggerKind.Invoked),
        )
        answer = self.do(self.client.text_document_code_action_async(params)) or []
        return [one for one in answer if isinstance(one, types.CodeAction)]

    def applied(self, name: str, action: types.CodeAction) -> str:
        """Return the text of a file after a repair."""
        assert action.edit is not None
        assert action.edit.changes is not None
        text = self._texts[name]
        for edit in sorted(action.edit.changes[self.uri(name)], key=_start, reverse=True):
            start, end = (_offset(text, one) for one in (edit.range.start, edit.range.end))
            text = text[:start] + edit.new_text + text[end:]
        return text

    def _places(self, answer: object) -> list[tuple[str, int, int]]:
        assert isinstance(answer, Sequence)
        root = self._folder.as_uri() + "/"
        return [
            (one.uri.removeprefix(root), one.range.start.line, one.range.start.character) for one in answer
        ]

    def _listen(self) -> None:
        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)  # type: ignore[untyped-decorator]
        def publish(params: types.PublishDiagnosticsParams) -> None:
            self.diagnostics[params.uri] = list(params.diagnostics)

        @self.client.feature(types.WINDOW_SHOW_MESSAGE)  # type: ignore[untyped-decorator]
        def show(params: types.ShowMessageParams) -> None:
            self.messages.append(params.message)

        @self.client.feature(types.CLIENT_REGISTER_CAPABILITY)  # type: ignore[untyped-decorator]
        def register(params: types.RegistrationParams) -> None:
            self.watched.extend(one.method for one in params.registrations)


def capabilities(
    units: Iterable[Units], *, snippets: bool, markdown: bool, watches: bool
) -> types.ClientCapabilities:
    """Return what an editor says that it can."""
    kind = types.MarkupKind.Markdown if markdown else types.MarkupKind.PlainText
    item = types.ClientCompletionItemOptions(snippet_support=snippets)
    watching = types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=watches)
    encodings = [types.PositionEncodingKind(one.value) for one in units]
    return types.ClientCapabilities(
        general=types.GeneralClientCapabilities(position_encodings=encodings) if encodings else None,
        workspace=types.WorkspaceClientCapabilities(did_change_watched_files=watching),
        text_document=types.TextDocumentClientCapabilities(
            completion=types.CompletionClientCapabilities(completion_item=item),
            hover=types.HoverClientCapabilities(content_format=[kind]),
        ),
    )


def position_of_mark(text: str) -> types.Position:
    """Return where the mark stands in a text, columns in characters; its beginning if it does not."""
    before = text.partition(MARK)[0] if MARK in text else ""
    return types.Position(before.count("\n"), len(before) - (before.rfind("\n") + 1))


def _start(edit: types.TextEdit) -> tuple[int, int]:
    return edit.range.start.line, edit.range.start.character


def _offset(text: str, where: types.Position) -> int:
    lines = text.split("\n")
    return sum(len(line) + 1 for line in lines[: where.line]) + where.character
