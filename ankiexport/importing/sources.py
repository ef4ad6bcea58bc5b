"""The table of what can be imported, and how a source is told by what it holds."""

from pathlib import Path

from ankiexport.diagnostics import did_you_mean
from ankiexport.errors import AnkiExportError
from ankiexport.importing import anki_text, crowdanki, package_source, tables
from ankiexport.importing.anki_text_headers import is_anki_text
from ankiexport.importing.reading import SourceFormat

SOURCES: tuple[SourceFormat, ...] = (
    package_source.FORMAT,
    crowdanki.FORMAT,
    anki_text.FORMAT,
    tables.FORMAT,
)


class UnknownSourceError(AnkiExportError):
    """There is no format of this name to import."""

    def __init__(self, name: str) -> None:
        """Name the formats that there are."""
        super().__init__(f'"{name}" cannot be imported; {did_you_mean(name, [one.name for one in SOURCES])}')


def format_of(path: Path, name: str = "") -> SourceFormat:
    """Return the format with a name, or the one that a source is in.

    Raises `UnknownSourceError` and `UnreadablePackageError`.
    """
    if name:
        found = next((one for one in SOURCES if one.name == name), None)
        if found is None:
            raise UnknownSourceError(name)
        return found
    return _told(path)


def _told(path: Path) -> SourceFormat:
    suffix = path.suffix.lower()
    if path.is_dir():
        return crowdanki.FORMAT
    if suffix in {".csv", ".tsv", ".txt", ".tab"}:
        return anki_text.FORMAT if _is_anki_text(path) or suffix == ".txt" else tables.FORMAT
    return crowdanki.FORMAT if suffix == ".json" else package_source.FORMAT


def _is_anki_text(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            beginning = file.read(1000)
    except OSError:
        return False
    return is_anki_text(beginning.decode("utf-8", "replace").removeprefix("\ufeff"))
