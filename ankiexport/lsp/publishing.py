"""Diagnostics, sent to the editor where they changed."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

from lsprotocol import types

from ankiexport.diagnostics import Diagnostic
from ankiexport.editing.source_text import SourceText
from ankiexport.lsp import convert
from ankiexport.lsp.documents import Documents
from ankiexport.lsp.followed_bank import News

Send = Callable[[types.PublishDiagnosticsParams], None]

_NO_TEXT = SourceText("")


class Publisher:
    """Sends the diagnostics of one bank; for each file only when they, or the text that they are about, changed."""

    def __init__(self, documents: Documents, send: Send) -> None:
        """Begin with nothing sent."""
        self._documents = documents
        self._send = send
        self._sent: dict[str, tuple[SourceText | None, list[Diagnostic]]] = {}

    def show(self, news: News) -> None:
        """Send what is new, and take back what is mended."""
        found: dict[str, list[Diagnostic]] = defaultdict(list)
        for diagnostic in news.state.diagnostics:
            found[diagnostic.position.path].append(diagnostic)
        texts: dict[Path, SourceText | None] = {}

        def read(path: Path) -> SourceText | None:
            if path not in texts:
                document = news.texts.get(path.as_posix())
                texts[path] = document.text if document else self._documents.read(path)
            return texts[path]

        for path in sorted({*found, *self._sent}):
            document = news.texts.get(path)
            state = document.text if document else None, found.get(path, [])
            if self._sent.get(path, (None, [])) == state:
                continue
            self._sent[path] = state
            converted = self._converted(state[1], read(Path(path)) or _NO_TEXT, read)
            uri = document.uri if document else convert.uri_of(path)
            version = document.version if document else None
            self._send(types.PublishDiagnosticsParams(uri, converted, version))
        self._sent = {path: state for path, state in self._sent.items() if state[1] or path in news.texts}

    def _converted(
        self, found: Iterable[Diagnostic], text: SourceText, read: convert.ReadText
    ) -> list[types.Diagnostic]:
        return [convert.diagnostic(one, text, read, self._documents.units) for one in found]
