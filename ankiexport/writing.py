"""Putting the result of a build in place: packages, manifest and lock, all of them or none."""

import json
import pickle
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from ankiexport.cache.fingerprint import Digest, digest_of, key_of, program_fingerprint
from ankiexport.cache.store import Store
from ankiexport.collector import collecting_paused
from ankiexport.deflaters import ZLIB, Deflater
from ankiexport.files import Replacement, remove_leftovers, written
from ankiexport.formats.apkg import Packed, deflating_threads, write_apkg
from ankiexport.formats.apkg_edit import Shipped, shipped
from ankiexport.import_settings import import_settings
from ankiexport.lock.entries import Lock, content_digest, note_type_digest
from ankiexport.lock.file import LOCK_FILE, lines_in
from ankiexport.lock.pending import PENDING_FILE
from ankiexport.manifest import MANIFEST_FILE, Entry, Manifest, entry_of, read_manifest, reconciled
from ankiexport.notes import NoteType, PackagePlan
from ankiexport.packages import package_names
from ankiexport.question import Bank

Progress = Callable[[str, int, int], None]

_KEYED_NOTES = 1_000


@dataclass(frozen=True, slots=True)
class Output:
    """What a build is to write: packages into a folder, and the lock beside the bank.

    Without a lock the one that is there stays as it is. `levels` says that only the packages of some levels were built,
    `is_choice` that none of the usual ones was. A `store` tells which packages are there already.
    `deflater` is what deflates them.
    """

    bank: Bank
    folder: Path
    plans: Sequence[PackagePlan]
    note_types: Sequence[NoteType]
    lock: Lock | None
    levels: Collection[str] = ()
    is_choice: bool = False
    store: Store | None = None
    deflater: Deflater = ZLIB


class Placed(NamedTuple):
    """What was put in place: the entries of packages, the names of those removed, and the digest of the lock, if any."""

    packages: tuple[Entry, ...]
    removed: tuple[str, ...]
    lock_digest: bytes | None


def write_output(output: Output, progress: Progress | None = None) -> Placed:
    """Write packages, manifest and lock, and return what was put in place.

    A package of an earlier manifest that the bank no longer makes is removed; with `levels`, only one of these.
    The lock is put in place last: whoever finds the new one has all of the new packages. Raises
    `OutputError`; then everything is as it was.
    """
    bank, folder = output.bank, output.folder
    previous = read_manifest(folder, bank.namespace)
    remove_leftovers(folder)
    with Replacement() as replacement:
        keys = {plan.file_name: _key(plan, output.deflater) for plan in output.plans} if output.store else {}
        there = {plan.file_name: _there(plan, keys, output) for plan in output.plans}
        plans = [plan for plan in output.plans if there[plan.file_name] is None]
        targets = [replacement.path_for(folder / plan.file_name) for plan in plans]
        packed = pack_all(plans, targets, progress, output.deflater)
        fresh = [entry_of(plan, own) for plan, own in zip(plans, packed, strict=True)]
        _keep(plans, packed, fresh, keys, output)
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
        lock_digest = None
        if output.lock is not None:
            lock_digest = write_lock(bank.root, output.lock, replacement)
        replacement.commit()
    return Placed(tuple(entries), tuple(gone), lock_digest)


def _there(plan: PackagePlan, keys: Mapping[str, bytes], output: Output) -> Entry | None:
    """Return the entry of a package that is in the folder, byte for byte what would be written."""
    kept = output.store.get(keys[plan.file_name]) if output.store else None
    if kept is None:
        return None
    entry: Entry = json.loads(kept)
    try:
        data = (output.folder / plan.file_name).read_bytes()
    except OSError:
        return None
    return entry if sha256(data).hexdigest() == entry["sha256"] else None


def _keep(
    plans: Sequence[PackagePlan],
    packed: Sequence[Packed],
    entries: Sequence[Entry],
    keys: Mapping[str, bytes],
    output: Output,
) -> None:
    store = output.store
    for plan, own, entry in zip(plans, packed, entries, strict=True):
        if store:
            store.put(keys[plan.file_name], json.dumps(entry, ensure_ascii=False).encode())
            keep_shipped(store, shipped(plan, own))


def keep_shipped(store: Store, package: Shipped) -> None:
    """Keep what there is to know of a package to edit it later."""
    store.put(_parts_key(package.packed.sha256), pickle.dumps(package, protocol=5))


def kept_shipped(store: Store, sha256: str) -> Shipped | None:
    """Return what there is to know of a package with this SHA-256, if it was kept."""
    kept = store.get(_parts_key(sha256))
    # The bytes are the program's own, from a folder that belongs to its user.
    found: Shipped | None = pickle.loads(kept) if kept else None  # noqa: S301
    return found


def _parts_key(sha256: str) -> bytes:
    return key_of([b"parts", program_fingerprint(), sha256.encode()])


def _key(plan: PackagePlan, deflater: Deflater) -> bytes:
    """Return the key of all that a package's bytes depend on; libraries are in the program's fingerprint."""
    head = [deflater.name, plan.file_name, plan.title, repr(plan.decks), repr(plan.preset), plan.search]
    types = [(note_type_digest(kind), kind.mod, kind.schema_mod) for kind in plan.note_types]
    media = [(file.name, file.sha256) for file in plan.media]
    # Some at a time, for there may be many.
    notes = (
        [
            (
                note.id, note.guid, note.deck, note.content.card_decks, note.due, note.mod,
                note.card_ids, note.content.ords, content_digest(note.content),
            )
            for note in plan.notes[at : at + _KEYED_NOTES]
        ]
        for at in range(0, len(plan.notes), _KEYED_NOTES)
    )  # fmt: skip
    parts = (json.dumps(part).encode() for part in chain(([head, types, media],), notes))
    return key_of(chain((b"package", program_fingerprint()), parts))


def pack_all(
    plans: Sequence[PackagePlan],
    targets: Sequence[Path],
    progress: Progress | None = None,
    deflater: Deflater = ZLIB,
) -> list[Packed]:
    """Write each package to its target, and return what was written.

    Raises `OutputError`, which names the package as it will be called.
    """
    packed: list[Packed] = []
    with collecting_paused(), deflating_threads() as threads:
        for plan, target in zip(plans, targets, strict=True):
            with written(target.with_name(plan.file_name)):
                packed.append(write_apkg(plan, target, deflater, threads))
            if progress:
                progress("packing", len(packed), len(plans))
    return packed


def write_lock(root: Path, lock: Lock, replacement: Replacement) -> bytes:
    """Have a bank's lock put in place with other files, after them, and return the digest of its bytes."""
    path = root / LOCK_FILE
    # A bank that cannot be written to can be built as long as its lock is current.
    if path.is_file() and digest_of(path.read_bytes()) == (digest := Digest(lines_in(lock)).of_all()):
        if (root / PENDING_FILE).exists():
            replacement.remove(root / PENDING_FILE)
        return digest
    lines = Digest(lines_in(lock))
    replacement.write(path, lines, staged_as=PENDING_FILE)
    return lines.of_all()
