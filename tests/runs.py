"""Commands run in a folder: what they tell, and that they do not do again what need not be done again."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from ankiexport.cli.app import cli

SECONDS = re.compile(r"\(\d+\.\d s\)")
WHOLE_RUNS = ("ankiexport.pipeline.build_bank", "ankiexport.pipeline.check_bank")


@dataclass(frozen=True)
class Told:
    """What a command has printed, and its exit code."""

    code: int
    output: str
    errors: str


def run(folder: Path, *arguments: str) -> Told:
    """Run a command in a folder, so that what it prints does not tell which one."""
    with within(folder):
        result = CliRunner().invoke(cli, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return Told(result.exit_code, SECONDS.sub("(s)", result.stdout), result.stderr)


@contextmanager
def within(folder: Path) -> Iterator[None]:
    """Be in a folder."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def built_once(folder: Path, make: Callable[[Path], Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a bank in a folder and build it, with a cache of its own and a time that stands still; return the folder."""
    monkeypatch.setenv("ANKIEXPORT_CACHE_DIR", str(folder / "cache"))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1760000000")
    make(folder)
    assert run(folder, "build", "bank").code == 0
    return folder


def forbid(monkeypatch: pytest.MonkeyPatch, message: str, *functions: str) -> None:
    """Let functions, by the names of their modules and their own, fail with a message from now on."""

    def never(*_args: object, **_kwargs: object) -> None:
        raise AssertionError(message)

    for function in functions:
        monkeypatch.setattr(function, never)
