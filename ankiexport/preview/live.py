"""The snapshot that is shown, renewed when a file changes."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING

from ankiexport.collector import collecting_paused
from ankiexport.diagnostics import Diagnostic, Position, in_order
from ankiexport.live_bank.contents import Contents, ShownEntry
from ankiexport.live_bank.reading import BankReader, Reading
from ankiexport.preview.snapshot import Snapshot

if TYPE_CHECKING:
    from ankiexport.notes import MediaFile


class Preview:
    """A bank that is being looked at; safe to use from several threads."""

    def __init__(self, root: Path) -> None:
        """Read the bank for the first time."""
        self.root = root
        self._lock = RLock()
        self._reader = BankReader(root)
        self._checked: tuple[Diagnostic, ...] = ()
        self._media: dict[str, MediaFile] = {}
        self._contents = Contents(root)
        self._snapshot = Snapshot(0, Reading(), (), self._contents.facts)
        self.refresh()

    @property
    def snapshot(self) -> Snapshot:
        """The bank as it was read last."""
        return self._snapshot

    def refresh(self) -> Snapshot:
        """Read what has changed, and return the new snapshot."""
        with self._lock, collecting_paused():
            try:
                reading = self._reader.read()
                problems: Iterable[Diagnostic] = reading.diagnostics
            except OSError as error:
                reading = self._snapshot.reading
                problems = [_unreadable(self.root, error)]
            # What a check found in files that are as they were still holds until the next one has ended.
            carried = (found for found in self._checked if found.position.path not in self._reader.changed)
            merged = in_order([*problems, *carried])
            self._contents.follow(reading)
            self._snapshot = Snapshot(self._snapshot.revision + 1, reading, merged, self._contents.facts)
            return self._snapshot

    def complete(self, revision: int, diagnostics: Iterable[Diagnostic]) -> bool:
        """Take over what a check of a revision found; False when the bank has changed since."""
        with self._lock:
            if revision != self._snapshot.revision:
                return False
            self._checked = in_order(diagnostics)
            self._snapshot = replace(self._snapshot, diagnostics=self._checked, is_checked=True)
            return True

    def shown(self, handle: str) -> ShownEntry | None:
        """Return an entry with its note, rendered when it is first asked for."""
        with self._lock:
            entry = self._snapshot.by_handle.get(handle)
            if entry is None:
                return None
            shown = self._contents.shown(entry)
            self._media.update({file.name: file for file in shown.note.content.media} if shown.note else {})
            return shown

    def render_all(self, stop: Callable[[], bool]) -> bool:
        """Render what was not asked for yet, so that searches know it; False when it was told to stop."""
        snapshot = self._snapshot
        for entry in snapshot.reading.entries:
            if stop():
                return False
            with self._lock:
                self._contents.shown(entry)
        with self._lock:
            if snapshot.revision == self._snapshot.revision:
                self._snapshot = replace(self._snapshot, is_rendered=True)
        return True

    def media_file(self, name: str) -> Path | None:
        """Return a media file of a note that was shown, by the name that Anki would store it under."""
        file = self._media.get(name)
        folder = (self.root / "media").resolve()
        # Looked at again: the file may have become a link that leads elsewhere.
        if file is None or not file.path.resolve().is_relative_to(folder) or not file.path.is_file():
            return None
        return file.path


def _unreadable(root: Path, error: OSError) -> Diagnostic:
    message = f"the bank cannot be read: {error.strerror or error}"
    return Diagnostic(Position(root.as_posix()), "file-unreadable", message, "check that its folder is there")
