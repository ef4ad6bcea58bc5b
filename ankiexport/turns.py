"""One build at a time of a bank and into a folder: a second one waits for its turn."""

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path

from filelock import FileLock, Timeout
from platformdirs import user_cache_path

from ankiexport.errors import BuildBusyError

PATIENCE_SECONDS = 600.0


@contextlib.contextmanager
def one_at_a_time(
    folders: Iterable[Path],
    waiting: Callable[[], None] | None = None,
    patience: float = PATIENCE_SECONDS,
) -> Iterator[None]:
    """Hold the turn for some folders; call `waiting` once when somebody else has it.

    The system takes the turn back from a process that ends, however it ends. Raises
    `BuildBusyError` after `patience` seconds.
    """
    with contextlib.ExitStack() as stack:
        # Sorted, so that two builds never wait for each other.
        for folder in sorted({folder.resolve() for folder in folders}):
            turn = FileLock(_home() / f"{sha256(str(folder).encode()).hexdigest()[:32]}.lock")
            try:
                turn.acquire(timeout=0)
            except Timeout:
                if waiting:
                    waiting()
                try:
                    turn.acquire(timeout=patience)
                except Timeout as error:
                    raise BuildBusyError(folder, patience) from error
            stack.callback(turn.release)
        yield


def _home() -> Path:
    home = user_cache_path("ankiexport") / "turns"
    try:
        home.mkdir(parents=True, exist_ok=True)
        if os.access(home, os.W_OK):
            return home
    except OSError:
        pass
    # A home that cannot be written to, as in some containers. What others have made there would not be, either.
    home = Path(tempfile.gettempdir()) / f"ankiexport-turns-{os.getuid() if hasattr(os, 'getuid') else 'own'}"
    home.mkdir(exist_ok=True)
    return home
