"""What an author does to a lock by command: repair it after a merge, retire a note, forget one."""

from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

from ankiexport.bank import find_bank, load_bank
from ankiexport.diagnostics import Diagnostic, has_errors
from ankiexport.errors import IdInUseError, UnknownIdError
from ankiexport.files import replace_files
from ankiexport.lock.entries import Lock, LockedNote, State
from ankiexport.lock.file import LOCK_FILE, read_lock, repaired, to_bytes
from ankiexport.turns import one_at_a_time


def repair_lock(path: Path) -> list[Diagnostic]:
    """Write a bank's lock anew without what git could not merge; return what is beyond repair.

    Raises `BankNotFoundError`, `OutputError` and `BuildBusyError`, as the others here do.
    """
    root = find_bank(path)
    with one_at_a_time([root]):
        loaded, problems = load_bank(root)
        if loaded is None:
            return problems
        file = root / LOCK_FILE
        if not file.is_file():
            return []
        lock, problems = repaired(file, loaded.bank.namespace)
        if lock is not None:
            replace_files({file: to_bytes(lock)})
        return problems


def forget_notes(path: Path, ids: Collection[str]) -> list[Diagnostic]:
    """Take notes out of a bank's lock, so that no build ships them any more, not even as retired.

    Returns why the lock cannot be read. Raises `UnknownIdError`, and `IdInUseError` for an id that the bank has.
    """

    def without(lock: Lock) -> Lock:
        return replace(lock, notes={key: note for key, note in lock.notes.items() if key not in ids})

    return _changed(path, ids, without)


def retire_notes(path: Path, ids: Collection[str]) -> list[Diagnostic]:
    """Mark notes in a bank's lock as retired, so that no new question is taken for one of them renamed.

    Returns why the lock cannot be read. Raises `UnknownIdError`, and `IdInUseError` for an id that the bank has.
    """

    def retired(lock: Lock) -> Lock:
        def mark(note: LockedNote) -> LockedNote:
            return replace(note, state=State.RETIRED) if note.key in ids else note

        return replace(lock, notes={key: mark(note) for key, note in lock.notes.items()})

    return _changed(path, ids, retired)


def _changed(path: Path, ids: Collection[str], change: Callable[[Lock], Lock]) -> list[Diagnostic]:
    root = find_bank(path)
    with one_at_a_time([root]):
        loaded, problems = load_bank(root)
        if loaded is None or has_errors(problems):
            # A file that cannot be read may hold the very id.
            return problems
        lock, problems = read_lock(root / LOCK_FILE, loaded.bank.namespace)
        if lock is None:
            return problems
        for key in ids:
            if key in loaded.ids:
                raise IdInUseError(key)
            if key not in lock.notes:
                raise UnknownIdError(key, tuple(lock.notes))
        replace_files({root / LOCK_FILE: to_bytes(change(lock))})
        return []
