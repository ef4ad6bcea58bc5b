"""The table of what can be imported, and how a source is told by what it holds."""

from pathlib import Path

from ankiexport.diagnostics import did_you_mean
from ankiexport.errors import AnkiExportError
from ankiexport.importing import anki_text, crowdanki, package_source
from ankiexport.importing.reading import SourceFormat

SOURCES: tuple[SourceFormat, ...] = (
    package_source.FORMAT,
    crowdanki.FORMAT,
    anki_text.FORMAT,
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
    if crowdanki.deck_file(path):
        return crowdanki.FORMAT
    return anki_text.FORMAT if path.suffix.lower() == ".txt" else package_source.FORMAT
