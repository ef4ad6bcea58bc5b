"""What a build that was killed while it put its files in place has left: the lock it was about to write.

The new lock is written beside the old one before the first package is replaced, and takes its place
after the last. If it is found there, packages of that build may be out, so the times it gave hold.
"""

from dataclasses import replace

from ankiexport import bank_files
from ankiexport.lock.entries import Lock
from ankiexport.lock.file import read_lock
from ankiexport.question import LoadedBank

PENDING_FILE = bank_files.PENDING_FILE


def with_pending(lock: Lock, loaded: LoadedBank) -> Lock:
    """Return the lock of a bank with what a killed build stamped later.

    Of notes that neither the lock nor the bank names, nothing is taken over: the file
    may be from before another branch was checked out.
    """
    path = loaded.bank.root / PENDING_FILE
    pending, _problems = read_lock(path, lock.namespace) if path.is_file() else (None, [])
    if pending is None:
        return lock
    keys, notes = loaded.ids, dict(lock.notes)
    for key, note in pending.notes.items():
        known = notes.get(key)
        if known.mod < note.mod if known else key in keys:
            notes[key] = note
            # The killed build has given some notes other ids.
            for old in note.previous:
                if old in notes and notes[old].guid == note.guid:
                    del notes[old]
    types = dict(lock.note_types)
    for key, note_type in pending.note_types.items():
        if key not in types or types[key].mod < note_type.mod:
            types[key] = note_type
    return replace(lock, notes=notes, note_types=types)
