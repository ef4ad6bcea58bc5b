"""The texts that are open in the editor."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pygls.uris import to_fs_path

from ankiexport.bank_settings import BANK_FILE
from ankiexport.editing.source_text import Change, SourceText, Units
from ankiexport.source_files import read_text


@dataclass(frozen=True, slots=True)
class Document:
    """A text as the editor has it; `uri` is the name that the editor gives to it."""

    uri: str
    path: Path
    version: int | None
    text: SourceText


class Documents:
    """All open texts; the library's own would count lines otherwise than the protocol does."""

    def __init__(self) -> None:
        """Begin with none."""
        self.units = Units.UTF16
        self._open: dict[str, Document] = {}

    def put(self, uri: str, version: int | None, text: str) -> Document | None:
        """Take over a text that was opened; None if it is no file."""
        path = path_of(uri)
        if path is None:
            return None
        self._open[uri] = Document(uri, path, version, SourceText(text))
        return self._open[uri]

    def edit(self, uri: str, version: int | None, changes: Iterable[Change]) -> Document | None:
        """Take over edits of an open text."""
        known = self._open.get(uri)
        if known is None:
            return None
        self._open[uri] = Document(uri, known.path, version, known.text.edited(changes, self.units))
        return self._open[uri]

    def close(self, uri: str) -> Document | None:
        """Forget a text."""
        return self._open.pop(uri, None)

    def get(self, uri: str) -> Document | None:
        """Return an open text."""
        return self._open.get(uri)

    def below(self, root: Path) -> Mapping[str, Document]:
        """Return the open texts of a folder, by their paths with slashes."""
        return {
            document.path.as_posix(): document
            for document in self._open.values()
            if document.path.is_relative_to(root)
        }

    def read(self, path: Path) -> SourceText | None:
        """Return the text of a file: as it is open, or else as it is stored."""
        for document in self._open.values():
            if document.path == path:
                return document.text
        text, _problems = read_text(path)
        return None if text is None else SourceText(text)

    def bank_of(self, path: Path) -> Path | None:
        """Return the folder of the bank that a file belongs to: the nearest one with a `bank.yaml`."""
        settings = {one.path for one in self._open.values() if one.path.name == BANK_FILE}
        return next(
            (
                folder
                for folder in path.parents
                if folder / BANK_FILE in settings or (folder / BANK_FILE).is_file()
            ),
            None,
        )


def path_of(uri: str) -> Path | None:
    """Return the path that a URI names, if it is that of a file."""
    path = to_fs_path(uri) if uri.startswith("file:") else None
    return Path(path) if path else None
