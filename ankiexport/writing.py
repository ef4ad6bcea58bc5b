"""Putting the result of a build in place: packages, manifest and lock, all of them or none."""

import os
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ankiexport.files import Replacement, remove_leftovers, written
from ankiexport.formats.apkg import write_apkg
from ankiexport.import_settings import import_settings
from ankiexport.lock.file import LOCK_FILE
from ankiexport.lock.pending import PENDING_FILE
from ankiexport.manifest import MANIFEST_FILE, Entry, Manifest, entry_of, read_manifest, reconciled
from ankiexport.notes import NoteType, PackagePlan
from ankiexport.packages import package_names
from ankiexport.question import Bank

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Output:
    """What a build is to write: packages into a folder, and the text of the lock beside the bank.

    Without a text the lock stays as it is. `levels` says that only the packages of some levels were built,
    `is_choice` that none of the usual ones was.
    """

    bank: Bank
    folder: Path
    plans: Sequence[PackagePlan]
    note_types: Sequence[NoteType]
    lock_text: str | None
    levels: Collection[str] = ()
    is_choice: bool = False


def write_output(output: Output, progress: Progress | None = None) -> tuple[list[Entry], list[str]]:
    """Write packages, manifest and lock; return the packages' entries, and the names of those removed.

    A package of an earlier manifest that the bank no longer makes is removed; with `levels`, only one of these.
    The lock is put in place last: whoever finds the new one has all of the new packages. Raises
    `OutputError`; then everything is as it was.
    """
    bank, folder = output.bank, output.folder
    previous = read_manifest(folder, bank.namespace)
    remove_leftovers(folder)
    with Replacement() as replacement:
        entries = _packed(output, replacement, progress)
        in_question = set[str]() if output.is_choice else package_names(bank, output.levels)
        listed, gone = reconciled(previous, entries, in_question, folder)
        for name in gone:
            replacement.remove(folder / name)
        settings = import_settings(output.note_types)
        manifest = Manifest({"title": bank.title, "namespace": bank.namespace}, tuple(listed), settings)
        # After the packages: a build that is killed leaves one that still knows what to remove.
        replacement.write(folder / MANIFEST_FILE, manifest.to_json().encode())
        if output.lock_text is not None:
            _write_lock(bank.root, output.lock_text, replacement)
        replacement.commit()
    return entries, gone


def _packed(output: Output, replacement: Replacement, progress: Progress | None) -> list[Entry]:
    plans = output.plans
    targets = [replacement.path_for(output.folder / plan.file_name) for plan in plans]

    def write(number: int) -> Entry:
        with written(output.folder / plans[number].file_name):
            write_apkg(plans[number], targets[number])
            return entry_of(plans[number], targets[number].read_bytes())

    entries: list[Entry] = []
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        for entry in pool.map(write, range(len(plans))):
            entries.append(entry)
            if progress:
                progress("packing", len(entries), len(plans))
    return entries


def _write_lock(root: Path, text: str, replacement: Replacement) -> None:
    path = root / LOCK_FILE
    # A bank that cannot be written to can be built as long as its lock is current.
    if not path.is_file() or path.read_bytes() != text.encode():
        replacement.write(path, text.encode(), staged_as=PENDING_FILE)
    elif (root / PENDING_FILE).exists():
        replacement.remove(root / PENDING_FILE)
