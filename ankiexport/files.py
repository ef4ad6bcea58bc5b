"""Writing files so that a killed run, a full disk or a missing permission leaves the old ones whole."""

import contextlib
import errno
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from ankiexport.errors import OutputError

# A longer piece takes Linux ten times longer now and then.
_PIECE_BYTES = 1 << 20


class Replacement:
    """New versions of files, written beside their targets and put in place all together.

    Used as a context manager; leaving it without `commit` removes whatever was written.
    """

    def __init__(self) -> None:
        """Start with nothing to replace."""
        self._pending: dict[Path, Path | None] = {}
        self._folders: list[Path] = []
        self._outlasts: set[Path] = set()
        self._begun = False

    def __enter__(self) -> Self:
        """Return the replacement itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove what was not committed, folders that were made for it too."""
        kept = self._outlasts if self._begun else set()
        for temporary in self._pending.values():
            if temporary is not None and temporary not in kept:
                # A read-only file system refuses this even for a file that was never there.
                with contextlib.suppress(OSError):
                    temporary.unlink(missing_ok=True)
        if self._pending:
            for folder in reversed(self._folders):
                with contextlib.suppress(OSError):
                    folder.rmdir()

    def path_for(self, target: Path) -> Path:
        """Return the path to write the new version of a target to; makes the folder above it.

        Raises `OutputError` when there can be no file.
        """
        with written(target):
            self._make_folder(target.parent)
            if target.is_dir():
                raise IsADirectoryError(errno.EISDIR, "a folder of that name is in the way")
            temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
            # Not tempfile: its files are private (0600), and a published package must be readable.
            with temporary.open("xb"):
                self._pending[target] = temporary
        return temporary

    def write(self, target: Path, data: bytes | Iterable[bytes], *, staged_as: str = "") -> None:
        """Write the new version of a target from memory, at once or part by part; raises `OutputError`.

        `staged_as` names the file that holds it until it is put in place; it stays there when the others
        are put in place only in part, for the next run to find.
        """
        if staged_as:
            temporary = target.with_name(staged_as)
            self._outlasts.add(temporary)
            self._pending[target] = temporary
        else:
            temporary = self.path_for(target)
        with written(target), temporary.open("wb") as stream:
            stream.writelines(_pieces(data) if isinstance(data, bytes) else data)

    def remove(self, target: Path) -> None:
        """Remove a file when the new versions are put in place, in the order of the calls."""
        self._pending[target] = None

    def commit(self) -> None:
        """Put every new version in place, in the order of the calls; raises `OutputError`."""
        for target, temporary in self._pending.items():
            if temporary is not None:
                with written(target):
                    _settle(temporary)
        self._begun = True
        for done, (target, temporary) in enumerate(list(self._pending.items())):
            with written(target, done):
                if temporary is None:
                    target.unlink(missing_ok=True)
                else:
                    temporary.replace(target)
            del self._pending[target]

    def _make_folder(self, folder: Path) -> None:
        missing = []
        while not folder.exists():
            missing.append(folder)
            folder = folder.parent
        for new in reversed(missing):
            new.mkdir(exist_ok=True)
            self._folders.append(new)


def _settle(temporary: Path) -> None:
    with temporary.open("rb+") as stream:
        os.fsync(stream.fileno())


def leftovers(folder: Path, name: str = "*") -> list[Path]:
    """Return what killed runs, or one that is at work, have left of targets in a folder."""
    return list(folder.glob(f".{name}.{'[0-9a-f]' * 8}.tmp"))


def remove_leftovers(folder: Path, name: str = "*") -> None:
    """Remove what killed runs have left of targets in a folder; only when none is at work there."""
    for path in leftovers(folder, name):
        with contextlib.suppress(OSError):
            path.unlink()


@contextlib.contextmanager
def written(target: Path, already_replaced: int = 0) -> Iterator[None]:
    """Turn the system's errors into an `OutputError` that names the target."""
    try:
        yield
    except OSError as error:
        raise OutputError(target, error, already_replaced) from error


def replace_files(files: Mapping[Path, str | bytes]) -> None:
    r"""Write several files, all or (up to the last renames) none; raises `OutputError`.

    Texts are written as UTF-8 with `\n` as line break on every system.
    """
    with Replacement() as replacement:
        for target, content in files.items():
            replacement.write(target, content.encode() if isinstance(content, str) else content)
        replacement.commit()


def _pieces(data: bytes) -> Iterator[memoryview]:
    whole = memoryview(data)
    return (whole[at : at + _PIECE_BYTES] for at in range(0, len(whole), _PIECE_BYTES))
