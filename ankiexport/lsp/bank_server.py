"""The server itself: the open texts, and the banks that they belong to."""

from pathlib import Path

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ankiexport._version import __version__
from ankiexport.bank_settings import BANK_FILE
from ankiexport.diagnostics import Position
from ankiexport.editing.source_text import Point
from ankiexport.editing.state import BankState
from ankiexport.lsp import convert
from ankiexport.lsp.documents import Document, Documents
from ankiexport.lsp.followed_bank import FollowedBank
from ankiexport.lsp.publishing import Publisher

# How deep below a folder of the workspace a bank is looked for.
_DEPTH = ("", "*/", "*/*/")


class BankServer(LanguageServer):
    """A server with the open texts, and each bank that one of them belongs to or that the workspace has."""

    def __init__(self) -> None:
        """Begin without banks."""
        super().__init__("ankiexport", __version__)
        self.documents = Documents()
        self.banks: dict[Path, FollowedBank] = {}

    def bank(self, root: Path) -> FollowedBank:
        """Return the bank in a folder, followed from now on."""
        if root not in self.banks:
            publisher = Publisher(self.documents, self.text_document_publish_diagnostics)
            self.banks[root] = FollowedBank(root, lambda: self.documents.below(root), publisher.show)
            self.banks[root].touch()
        return self.banks[root]

    def touch(self, path: Path) -> None:
        """Have the bank of a file looked at again."""
        root = self.documents.bank_of(path)
        if root is not None:
            self.bank(root).touch()

    def open_banks(self, folder: Path) -> None:
        """Begin to follow the banks in a folder of the workspace."""
        for depth in _DEPTH:
            for settings in sorted(folder.glob(depth + BANK_FILE)):
                self.bank(settings.parent)

    def found(self, uri: str) -> tuple[Document, BankState] | None:
        """Return an open text and what is known of its bank."""
        document = self.documents.get(uri)
        root = self.documents.bank_of(document.path) if document else None
        return (document, self.bank(root).state) if document and root else None

    def point(self, document: Document, position: types.Position) -> Point:
        """Return a place in an open text."""
        return document.text.point(position.line, position.character, self.documents.units)

    def location(self, position: Position) -> types.Location:
        """Return a position as a place that an editor can go to."""
        return convert.location(position, self.documents.read(Path(position.path)), self.documents.units)
