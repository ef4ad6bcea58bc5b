"""Exceptions: only for what makes a run impossible to continue.

Problems in a bank are values, see `ankiexport.diagnostics`; an exception here means that
there is nothing left to check or that the result cannot be written.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path


class AnkiExportError(Exception):
    """Base of everything that this package raises on purpose; its text is fit for a user."""


class BankNotFoundError(AnkiExportError):
    """There is no `bank.yaml` where a bank was asked for."""

    def __init__(self, path: Path) -> None:
        """Say where the bank was looked for."""
        super().__init__(
            f"no bank in {path}: a bank is a folder with a bank.yaml. "
            "Name its folder, or make a new one with: ankiexport init DIR"
        )


class OutputError(AnkiExportError):
    """A result could not be written; every file is still whole, old or new."""

    def __init__(self, path: Path, cause: OSError, already_replaced: int = 0) -> None:
        """Name the file or folder and the system's own reason."""
        reason = cause.strerror or str(cause)
        state = "Nothing was changed."
        if already_replaced:
            state = f"{already_replaced} other file(s) are already new; run the same command again."
        super().__init__(f"cannot write {path}: {reason}. {state}")


class TemporaryFileError(AnkiExportError):
    """What a run has put into a temporary file cannot be read again; nothing was written."""

    def __init__(self, cause: OSError) -> None:
        """Name the system's own reason."""
        super().__init__(
            f"cannot read the temporary file with the texts of notes: {cause.strerror or cause}. "
            "Nothing was changed. Name a folder on another disk with TMPDIR"
        )


class FolderNotEmptyError(AnkiExportError):
    """A new bank was to be made in a folder that already holds files."""

    def __init__(self, path: Path) -> None:
        """Name the folder."""
        super().__init__(f"{path} is not empty: choose a new folder, so that nothing of yours is overwritten")


class UnknownLevelError(AnkiExportError):
    """A level was asked for that the bank does not have."""

    def __init__(self, wanted: str, known: tuple[str, ...]) -> None:
        """Name the levels that there are."""
        super().__init__(f'the bank has no level "{wanted}"; its levels are: {", ".join(known)}')


class BuildBusyError(AnkiExportError):
    """Another build of the same bank, or into the same folder, does not end."""

    def __init__(self, folder: Path, seconds: float) -> None:
        """Name the folder and how long its turn was waited for."""
        super().__init__(
            f"another build has been at work on {folder} for {seconds:g} seconds: "
            "let it end, or end it, and run the same command again"
        )


class BuildTimeError(AnkiExportError):
    """`SOURCE_DATE_EPOCH` is set to something that is no time."""

    def __init__(self, value: str) -> None:
        """Quote the value."""
        super().__init__(f'SOURCE_DATE_EPOCH is "{value}", but must be whole seconds since 1970')


class UnknownIdError(AnkiExportError):
    """An id was named that the lock does not have."""

    def __init__(self, wanted: str, known: tuple[str, ...]) -> None:
        """Name the ids that are most like it."""
        near = get_close_matches(wanted, known, n=3)
        advice = f"; did you mean {' or '.join(near)}?" if near else ""
        super().__init__(f'nothing with the id "{wanted}" was ever shipped{advice}')


class IdInUseError(AnkiExportError):
    """An id was to be retired or forgotten that the bank still has."""

    def __init__(self, key: str) -> None:
        """Say what to do first."""
        super().__init__(f'"{key}" is in the bank: remove the question first')


class UnknownDeckError(AnkiExportError):
    """A named search was asked for that the bank does not have."""

    def __init__(self, wanted: str, known: tuple[str, ...]) -> None:
        """Name the searches that there are."""
        there = (
            f"its named searches are: {', '.join(known)}"
            if known
            else "name searches in bank.yaml below decks:"
        )
        super().__init__(f'the bank has no search named "{wanted}"; {there}')


class NothingFoundError(AnkiExportError):
    """A package was asked for of what a search finds, and it finds nothing."""

    def __init__(self, query: str, hints: Iterable[str] = ()) -> None:
        """Quote the search, and say which of its names are not there."""
        super().__init__("\n".join([f"no note is found by the search {query}", *hints]))


class NoTagBelowError(AnkiExportError):
    """A package was asked for of each tag below one, and no note has such a tag."""

    def __init__(self, prefix: str, known: Iterable[str]) -> None:
        """Name the tags that have others below them."""
        super().__init__(f'no note has a tag below "{prefix}"; there are tags below: {", ".join(known)}')


class PackageNameError(AnkiExportError):
    """The name of a package of one's own choice cannot be used."""

    def __init__(self, name: str, slug: str, *, is_taken: bool) -> None:
        """Say why not."""
        reason = "is that of a package that every build makes"
        if not is_taken:
            reason = "must be lower-case letters, digits and hyphens" + (
                f', such as "{slug}"' if slug else ""
            )
        super().__init__(f'the name "{name}" {reason}')


class TagRenameError(AnkiExportError):
    """A tag cannot be renamed; nothing was changed."""

    def __init__(self, old: str, new: str, reason: str) -> None:
        """Say why not, and what to do."""
        super().__init__(f'"{old}" cannot become "{new}": {reason}')


class PortInUseError(AnkiExportError):
    """The preview was to be served on a port that is taken."""

    def __init__(self, port: int, cause: OSError) -> None:
        """Name the port and the system's own reason."""
        super().__init__(
            f"cannot serve on port {port}: {cause.strerror or cause}. Leave out --port to take a free one"
        )


class MissingExtraError(AnkiExportError):
    """A command needs packages that were not installed with the program."""

    def __init__(self, extra: str, cause: ImportError) -> None:
        """Say which packages they are part of."""
        super().__init__(
            f'{cause.name or "a package"} is not installed, which this command needs: pip install "ankiexport[{extra}]"'
        )
