"""Exceptions: only for what makes a run impossible to continue.

Problems in a bank are values, see `ankiexport.diagnostics`; an exception here means that
there is nothing left to check or that the result cannot be written.
"""

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
