"""The files of a bank, watched: which are saved, whatever happens to their folders meanwhile."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

from watchfiles import Change, DefaultFilter, watch

from ankiexport.resources import template_folders

# An editor may write a file in several steps; a person does not notice this pause.
_STEP_MS = 20
_DEBOUNCE_MS = 60
_LOOK_MS = 500

Filter = Callable[[Change, str], bool]


def changes_of(root: Path, stop: Event | None = None, wanted: Filter | None = None) -> Iterator[set[Path]]:
    """Yield what has changed below a bank's folder and the folders of its card templates, until told to stop.

    A folder that goes is waited for; when it is there again, or another in its place, all of it counts as changed.
    """
    stop = stop or Event()
    is_new, polling = False, None
    while not stop.is_set():
        watched = _folders(root)
        if root not in watched:
            is_new = True
            time.sleep(_LOOK_MS / 1000)
            continue
        try:
            for found in watch(
                *watched, watch_filter=wanted or DefaultFilter(), stop_event=stop, force_polling=polling,
                debounce=_DEBOUNCE_MS, step=_STEP_MS, rust_timeout=_LOOK_MS, yield_on_timeout=True,
                ignore_permission_denied=True,
            ):  # fmt: skip
                # Not before the watch has begun, or what changes between the two would be missed.
                if is_new or found:
                    yield {root} if is_new else {Path(path) for _, path in found}
                    is_new = False
                # A watch holds on to its folder, not to the name of it.
                if _folders(root) != watched:
                    is_new = True
                    break
        except OSError:
            # The folder went at this moment; or the system has no more watches to give, and looking must do.
            polling = True if root.is_dir() else None
            is_new = True


def _folders(root: Path) -> dict[Path, tuple[int, int]]:
    """Return the folders that there are to watch, each with what tells it from another one of its name."""
    found = {}
    for folder in (root, *template_folders(root)):
        try:
            status = folder.stat()
        except OSError:
            continue
        found[folder] = (status.st_dev, status.st_ino)
    return found
