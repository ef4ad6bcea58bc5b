"""The files of a bank: what they are called, and which of them hold questions."""

import os
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from ankiexport.errors import BankNotFoundError

BANK_FILE = "bank.yaml"
LOCK_FILE = "bank.lock"
# What a build that was killed while it put its files in place has left.
PENDING_FILE = ".bank.lock.pending"

_NO_QUESTIONS = {"media", "card_templates"}
_OTHER_TEXTS = {"README", "CONTRIBUTING", "CHANGELOG", "LICENSE"}


def find_bank(path: Path) -> Path:
    """Return the folder of the bank that a path names: a folder with `bank.yaml`, or that file.

    Raises `BankNotFoundError`.
    """
    root = path.parent if path.name == BANK_FILE and path.is_file() else path
    if not (root / BANK_FILE).is_file():
        raise BankNotFoundError(path)
    return root


def question_files(root: Path, unsaved: Iterable[str] = ()) -> list[Path]:
    """Return the question files of a bank in natural order of their paths ("2" before "10").

    Those of `unsaved` paths that would be such files are among them.
    """
    names = set(_walk(str(root), ""))
    names.update(
        path.relative_to(root).as_posix() for path in map(Path, unsaved) if is_question_file(root, path)
    )
    # Names that differ in letter case alone come in the same order on every file system.
    return [root / name for name in sorted(names, key=lambda name: (_natural(name), name))]


def is_question_file(root: Path, path: Path) -> bool:
    """Tell by its name whether a file of a bank holds questions, whether it is there or not."""
    if not path.is_relative_to(root):
        return False
    *folders, name = path.relative_to(root).parts
    is_hidden = any(part.startswith((".", "_")) for part in (*folders, name))
    return (
        not is_hidden
        and (not folders or folders[0] not in _NO_QUESTIONS)
        and _is_name(name, inside=bool(folders))
    )


def _walk(folder: str, inside: str) -> Iterator[str]:
    """Yield the question files below a folder that lies `inside` the bank; of ten thousand, in a moment."""
    with os.scandir(folder) as found:
        for entry in found:
            if entry.name.startswith((".", "_")):
                continue
            if entry.is_dir():
                if not entry.is_symlink() and (inside or entry.name not in _NO_QUESTIONS):
                    yield from _walk(entry.path, f"{inside}{entry.name}/")
            elif _is_name(entry.name, inside=bool(inside)):
                yield inside + entry.name


def _is_name(name: str, *, inside: bool) -> bool:
    stem, _, ending = name.rpartition(".")
    if ending.lower() == "md":
        return stem.upper() not in _OTHER_TEXTS
    return ending.lower() in {"yaml", "yml"} and (inside or name != BANK_FILE)


# The preview sorts the same names after each save.
@lru_cache(maxsize=1 << 15)
def _natural(path: str) -> tuple[tuple[int, int, str], ...]:
    parts = re.split(r"(\d+)", path.casefold())
    return tuple((0, int(part), part) if part.isdecimal() else (1, 0, part) for part in parts)
