"""Putting the result of a build in place: packages, manifest and lock, all of them or none."""

import json
import os
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from ankiexport.cache.fingerprint import key_of, program_fingerprint
from ankiexport.cache.store import Store
from ankiexport.collector import collecting_paused
from ankiexport.files import Replacement, remove_leftovers, written
from ankiexport.formats.apkg import write_apkg
from ankiexport.import_settings import import_settings
from ankiexport.lock.entries import content_digest, note_type_digest
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
    `is_choice` that none of the usual ones was. A `store` tells which packages are there already.
    """

    bank: Bank
    folder: Path
    plans: Sequence[PackagePlan]
    note_types: Sequence[NoteType]
    lock_text: str | None
    levels: Collection[str] = ()
    is_choice: bool = False
    store: Store | None = None


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
        there = {plan.file_name: _there(plan, folder, output.store) for plan in output.plans}
        plans = [plan for plan in output.plans if there[plan.file_name] is None]
        targets = [replacement.path_for(folder / plan.file_name) for plan in plans]
        fresh = pack_all(plans, targets, progress)
        _keep(plans, fresh, output.store)
        named = {entry["file"]: entry for entry in fresh}
        entries = [there[plan.file_name] or named[plan.file_name] for plan in output.plans]
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


def _there(plan: PackagePlan, folder: Path, store: Store | None) -> Entry | None:
    """Return the entry of a package that is in the folder, byte for byte what would be written."""
    kept = store.get(_key(plan)) if store else None
    if kept is None:
        return None
    entry: Entry = json.loads(kept)
    try:
        data = (folder / plan.file_name).read_bytes()
    except OSError:
        return None
    return entry if sha256(data).hexdigest() == entry["sha256"] else None


def _keep(plans: Sequence[PackagePlan], entries: Sequence[Entry], store: Store | None) -> None:
    for plan, entry in zip(plans, entries, strict=True):
        if store:
            store.put(_key(plan), json.dumps(entry, ensure_ascii=False).encode())


def _key(plan: PackagePlan) -> bytes:
    """Return the key of all that a package's bytes depend on; libraries are in the program's fingerprint."""
    head = [plan.file_name, plan.title, repr(plan.decks), repr(plan.preset), plan.search]
    types = [(note_type_digest(kind), kind.mod, kind.schema_mod) for kind in plan.note_types]
    notes = [
        (
            note.id, note.guid, note.deck, note.content.card_decks, note.due, note.mod,
            note.card_ids, note.content.ords, content_digest(note.content),
        )
        for note in plan.notes
    ]  # fmt: skip
    media = [(file.name, file.sha256) for file in plan.media]
    return key_of([b"package", program_fingerprint(), json.dumps([head, types, notes, media]).encode()])


def pack_all(
    plans: Sequence[PackagePlan], targets: Sequence[Path], progress: Progress | None = None
) -> list[Entry]:
    """Write each package to its target, several at a time, and return their entries for the manifest.

    Raises `OutputError`, which names the package as it will be called.
    """

    def write(plan: PackagePlan, target: Path) -> Entry:
        with written(target.with_name(plan.file_name)):
            return entry_of(plan, write_apkg(plan, target))

    entries: list[Entry] = []
    with collecting_paused(), ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        for entry in pool.map(write, plans, targets):
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
