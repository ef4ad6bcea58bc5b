"""`build --watch` and `check --watch`: the command runs again when a file of the bank is saved, and only then."""

import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from banks import make_bank, question, questions
from click.testing import CliRunner

from ankiexport.cli.app import cli

_PATIENCE_SECONDS = 60


class Watcher:
    """A command that watches, and the lines that it prints."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        """Begin to listen."""
        self.process = process
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def until(self, words: str) -> str:
        """Wait for a line with some words, and return all lines up to it."""
        heard = []
        while True:
            try:
                heard.append(self._lines.get(timeout=_PATIENCE_SECONDS))
            except queue.Empty:
                raise AssertionError("\n".join(heard)) from None
            if words in heard[-1]:
                return "".join(heard)

    def said_since(self) -> str:
        """Return what was said after the lines that were waited for."""
        return "".join(self._lines.get() for _ in range(self._lines.qsize()))

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)


@contextmanager
def watching(folder: Path, *arguments: str) -> Iterator[Watcher]:
    """Start a command that watches, and end it as Ctrl+C does."""
    with subprocess.Popen(
        [sys.executable, "-m", "ankiexport", *arguments, "--watch"], cwd=folder, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:  # fmt: skip
        watcher = Watcher(process)
        try:
            watcher.until("Ctrl+C ends it.")
            # The watch over the files begins a moment after it is announced.
            time.sleep(0.5)
            yield watcher
            process.send_signal(signal.SIGINT)
            assert process.wait(_PATIENCE_SECONDS) == 0
        finally:
            process.kill()


def test_check_runs_again_when_a_file_is_saved(tmp_path: Path) -> None:
    bank = make_bank(
        tmp_path, {"a.yaml": questions("one", question("a")), "b.yaml": questions("two", question("b"))}
    )
    with watching(tmp_path, "check") as watcher:
        (bank / "a.yaml").write_text(questions("nope", question("a")), encoding="utf-8")
        said = watcher.until("1 error")
        assert "bank/a.yaml\n" in said
        assert "unknown-level" in said
        (bank / "a.yaml").write_text(questions("one", question("a")), encoding="utf-8")
        watcher.until("no problems")
        (bank / "bank.yaml").unlink()
        assert "no bank in bank" in watcher.until("no bank")
        make_bank(tmp_path, {})
        watcher.until("no problems")


def test_goes_on_when_the_bank_was_away_and_names_few_of_many_files(tmp_path: Path) -> None:
    names = [f"q{number}" for number in range(40)]
    bank = make_bank(tmp_path, {f"{name}.yaml": questions("one", question(name)) for name in names})
    with watching(tmp_path, "check") as watcher:
        shutil.copytree(bank, tmp_path / "copy")
        shutil.rmtree(bank)
        watcher.until("no bank in bank")
        shutil.move(tmp_path / "copy", bank)
        watcher.until("40 questions")
        for name in names:
            (bank / f"{name}.yaml").write_text(questions("two", question(name)), encoding="utf-8")
        named = watcher.until(" more\n").splitlines()[-1]
        assert named.count("bank/q") == 3


def test_build_runs_again_and_is_not_started_by_what_it_writes(tmp_path: Path) -> None:
    bank = make_bank(
        tmp_path, {"a.yaml": questions("one", question("a")), "b.yaml": questions("two", question("b"))}
    )
    # The packages come into the bank itself, as they do where the bank is the folder one is in.
    with watching(bank, "build") as watcher:
        before = (bank / "bank.lock").read_bytes()
        (bank / "a.yaml").write_text(questions("one", question("a", question="What else?")), encoding="utf-8")
        assert "1 changed" in watcher.until("packages in dist/")
        assert (bank / "bank.lock").read_bytes() != before
        time.sleep(2)
        assert watcher.said_since() == ""


def test_watching_needs_a_bank_and_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = CliRunner().invoke(cli, ["check", str(tmp_path), "--watch"])
    assert result.exit_code == 2
    assert "no bank in" in result.output
    bank = make_bank(tmp_path, {"a.yaml": questions("one", question("a"))})
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    result = CliRunner().invoke(cli, ["check", str(bank), "--watch"])
    assert result.exit_code == 2
    assert 'pip install "ankiexport[preview]"' in result.output
