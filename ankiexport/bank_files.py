"""The files of a bank: what they are called, and which of them hold questions."""

import re
from collections.abc import Iterator
from pathlib import Path

from ankiexport.errors import BankNotFoundError

BANK_FILE = "bank.yaml"
LOCK_FILE = "bank.lock"
# What a build that was killed while it put its files in place has left.
PENDING_FILE = ".bank.lock.pending"

_NO_QUESTIONS = {"media", "card_templates"}
_NO_QUESTIONS_IN = {"README", "CONTRIBUTING", "CHANGELOG", "LICENSE"}


def find_bank(path: Path) -> Path:
    """Return the folder of the bank that a path names: a folder with `bank.yaml`, or that file.

    Raises `BankNotFoundError`.
    """
    root = path.parent if path.name == BANK_FILE and path.is_file() else path
    if not (root / BANK_FILE).is_file():
        raise BankNotFoundError(path)
    return root


def question_files(root: Path) -> list[Path]:
    """Return the question files of a bank in natural order of their paths ("2" before "10")."""

    def place(path: Path) -> tuple[list[tuple[int, int, str]], str]:
        name = path.relative_to(root).as_posix()
        # Names that differ in letter case alone come in the same order on every file system.
        return _natural(name), name

    return sorted(_walk(root, top=True), key=place)


def _walk(folder: Path, *, top: bool = False) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name.startswith((".", "_")):
            continue
        if path.is_dir():
            if not path.is_symlink() and not (top and path.name in _NO_QUESTIONS):
                yield from _walk(path)
        elif path.suffix.lower() in {".yaml", ".yml"}:
            if not (top and path.name == BANK_FILE):
                yield path
        elif path.suffix.lower() == ".md" and path.stem.upper() not in _NO_QUESTIONS_IN:
            yield path


def _natural(path: str) -> list[tuple[int, int, str]]:
    parts = re.split(r"(\d+)", path.casefold())
    return [(0, int(part), part) if part.isdecimal() else (1, 0, part) for part in parts]
