"""The table of what can be imported, and how a source is told by what it holds."""

import re
from pathlib import Path

from ankiexport.bank_settings import BANK_FILE
from ankiexport.diagnostics import did_you_mean
from ankiexport.errors import AnkiExportError
from ankiexport.importing import (
    anki_text,
    crowdanki,
    hashcards,
    json_source,
    markdown_notes,
    package_source,
    tables,
)
from ankiexport.importing.anki_text_headers import is_anki_text
from ankiexport.importing.markdown_folder import markdown_files
from ankiexport.importing.package import UnreadablePackageError, named
from ankiexport.importing.reading import SourceFormat

_LOOKED_AT = 1 << 20
_DECK = re.compile(r'"__type__":\s*"Deck"')

SOURCES: tuple[SourceFormat, ...] = (
    package_source.FORMAT,
    crowdanki.FORMAT,
    anki_text.FORMAT,
    tables.FORMAT,
    markdown_notes.FORMAT,
    hashcards.FORMAT,
    json_source.FORMAT,
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
        return _told_folder(path)
    beginning = _beginning(path)
    if beginning.startswith("PK"):
        return package_source.FORMAT
    if suffix in {".csv", ".tsv", ".txt", ".tab"}:
        return anki_text.FORMAT if is_anki_text(beginning) or suffix == ".txt" else tables.FORMAT
    if suffix in {".md", ".markdown"}:
        return hashcards.FORMAT if hashcards.is_hashcards(beginning) else markdown_notes.FORMAT
    if suffix == ".json" or beginning.lstrip()[:1] in {"{", "["}:
        return crowdanki.FORMAT if _DECK.search(beginning) else json_source.FORMAT
    return anki_text.FORMAT if is_anki_text(beginning) else package_source.FORMAT


def _told_folder(path: Path) -> SourceFormat:
    if (path / BANK_FILE).is_file():
        raise UnreadablePackageError(path, "it is a bank already")
    if crowdanki.deck_file(path):
        return crowdanki.FORMAT
    with named(path):
        files = markdown_files(path)
    has_cards = any(hashcards.is_hashcards(file.text) for file in files)
    return hashcards.FORMAT if has_cards else markdown_notes.FORMAT


def _beginning(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_LOOKED_AT)
    except OSError:
        return ""
    is_wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    return data.decode("utf-16" if is_wide else "utf-8", "replace").removeprefix("\ufeff")
