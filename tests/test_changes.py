"""Watching a bank's files: whatever editors, Git and people do to them and to their folders."""

import contextlib
import itertools
import os
import queue
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from banks import make_bank, question, questions
from watchfiles import watch

from ankiexport import changes
from ankiexport.changes import changes_of

_PATIENCE_SECONDS = 30


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """A bank with one file."""
    return make_bank(tmp_path, {"a.yaml": questions("one", question("a"))})


class Told:
    """What a watch tells of."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.paths: queue.Queue[Path] = queue.Queue()

    def wait_for(self, path: Path) -> None:
        """Wait until a path is told of."""
        while self.paths.get(timeout=_PATIENCE_SECONDS) != path:
            pass

    def follows(self, path: Path) -> None:
        """Save a file until it is told of: a watch that is just beginning tells of its folder instead."""
        ends = time.monotonic() + _PATIENCE_SECONDS
        for number in itertools.count():
            path.write_text(f"{number}", encoding="utf-8")
            # Who looks again and again knows times by whole seconds.
            os.utime(path, (number, number))
            with contextlib.suppress(queue.Empty):
                while self.paths.get(timeout=0.5) != path:
                    pass
                return
            assert time.monotonic() < ends


@contextmanager
def watched(root: Path) -> Iterator[Told]:
    """Watch a bank."""
    told, stop = Told(), threading.Event()

    def listen() -> None:
        for found in changes_of(root, stop):
            for path in found:
                told.paths.put(path)

    listener = threading.Thread(target=listen)
    listener.start()
    try:
        told.follows(root / "begun.txt")
        yield told
    finally:
        stop.set()
        listener.join(_PATIENCE_SECONDS)
        assert not listener.is_alive()


def save_in_place(path: Path) -> None:
    path.write_text("new", encoding="utf-8")


def save_by_renaming(path: Path) -> None:
    """As vim does: the old file becomes the backup, and a new one is written."""
    backup = path.with_name(f"{path.name}~")
    path.rename(backup)
    save_in_place(path)
    backup.unlink()


def save_by_replacing(path: Path) -> None:
    other = path.with_name("4913")
    save_in_place(other)
    other.replace(path)


def bring_its_time_along(path: Path) -> None:
    """As rsync does."""
    before = path.stat()
    save_in_place(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize(
    "save", [save_in_place, save_by_renaming, save_by_replacing, bring_its_time_along, Path.unlink]
)
def test_tells_of_a_file_however_it_is_saved(bank: Path, save: Callable[[Path], None]) -> None:
    with watched(bank) as told:
        save(bank / "a.yaml")
        told.wait_for(bank / "a.yaml")


def test_follows_folders_that_are_made_renamed_and_removed(bank: Path) -> None:
    with watched(bank) as told:
        (bank / "sub").mkdir()
        told.wait_for(bank / "sub")
        (bank / "sub" / "b.yaml").write_text("b", encoding="utf-8")
        told.wait_for(bank / "sub" / "b.yaml")
        (bank / "sub").rename(bank / "other")
        told.wait_for(bank / "other")
        (bank / "other" / "b.yaml").write_text("c", encoding="utf-8")
        told.wait_for(bank / "other" / "b.yaml")
        shutil.rmtree(bank / "other")
        told.wait_for(bank / "other")


def test_goes_on_when_the_bank_was_away(bank: Path, tmp_path: Path) -> None:
    with watched(bank) as told:
        shutil.copytree(bank, tmp_path / "copy")
        shutil.rmtree(bank)
        shutil.move(tmp_path / "copy", bank)
        told.wait_for(bank)
        told.follows(bank / "a.yaml")


def test_follows_card_templates_beside_the_bank_that_are_new(bank: Path, tmp_path: Path) -> None:
    with watched(bank) as told:
        folder = tmp_path / "card_templates"
        folder.mkdir()
        told.wait_for(bank)
        told.follows(folder / "style.css")


def test_looks_again_and_again_where_the_system_has_no_more_watches(
    bank: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_watches(*folders: Path, force_polling: bool | None, **options: Any) -> Any:
        if not force_polling:
            raise OSError(28, "OS file watch limit reached.")
        return watch(*folders, force_polling=True, **options)

    monkeypatch.setattr(changes, "watch", without_watches)
    with watched(bank) as told:
        told.follows(bank / "a.yaml")
