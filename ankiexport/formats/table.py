"""The table of formats: ours, and those that installed packages bring."""

from importlib.metadata import entry_points

from ankiexport.errors import AnkiExportError
from ankiexport.formats import (
    anki_text,
    crowdanki,
    hashcards,
    html_pages,
    json_notes,
    mnemosyne,
    obsidian,
    org_drill,
    tsv,
)
from ankiexport.formats.export_format import ExportFormat
from ankiexport.formats.pdf import booklet, cards

ENTRY_POINT_GROUP = "ankiexport.formats"

FORMATS: tuple[ExportFormat, ...] = (
    anki_text.FORMAT,
    crowdanki.FORMAT,
    json_notes.FORMAT,
    html_pages.FORMAT,
    tsv.FORMAT,
    mnemosyne.FORMAT,
    org_drill.FORMAT,
    hashcards.FORMAT,
    obsidian.FORMAT,
    cards.FORMAT,
    booklet.FORMAT,
)


class BadFormatError(AnkiExportError):
    """An installed package offers an export format that cannot be used."""

    def __init__(self, name: str, reason: str) -> None:
        """Name the entry point and what is wrong with it."""
        super().__init__(f'the export format "{name}" of an installed package cannot be used: {reason}')


class UnknownFormatError(AnkiExportError):
    """A format was asked for that is not there."""

    def __init__(self, wanted: str, known: tuple[str, ...]) -> None:
        """Name the formats that there are."""
        super().__init__(f'there is no export format "{wanted}"; the formats are: {", ".join(known)}')


def format_names() -> tuple[str, ...]:
    """Return the names of all formats, ours first; nothing of other packages is loaded."""
    own = [found.name for found in FORMATS]
    others = {found.name for found in entry_points(group=ENTRY_POINT_GROUP)}
    return (*own, *sorted(others - set(own)))


def find_format(name: str) -> ExportFormat:
    """Return the format with this name; raises `UnknownFormatError` or `BadFormatError`."""
    for own in FORMATS:
        if own.name == name:
            return own
    for found in entry_points(group=ENTRY_POINT_GROUP, name=name):
        try:
            loaded = found.load()
        except Exception as error:  # whatever a stranger's module does is told as one message
            raise BadFormatError(name, f"{type(error).__name__}: {error}") from error
        if not isinstance(loaded, ExportFormat):
            raise BadFormatError(name, f"{found.value} is no ExportFormat")
        return loaded
    raise UnknownFormatError(name, format_names())
