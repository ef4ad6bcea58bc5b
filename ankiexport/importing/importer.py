"""Import: a package becomes a bank, which is checked, compared with the package, and put in place as a whole.

The bank's lock is written as if its last build had been the package: with the GUIDs, ids and times that
learners have, so that a later build updates their notes.
"""

import gc
import os
import re
import tempfile
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ankiexport import resources
from ankiexport.diagnostics import Diagnostic
from ankiexport.errors import AnkiExportError, FolderNotEmptyError
from ankiexport.files import written
from ankiexport.importing.archive import Archive, opened
from ankiexport.importing.bank_files import BankFiles, bank_files, deck_of
from ankiexport.importing.collection import read_collection
from ankiexport.importing.package import SourceCollection, SourceNote, SourceNoteType, UnreadablePackageError
from ankiexport.lock.entries import Lock
from ankiexport.lock.file import LOCK_FILE, to_text
from ankiexport.media import name_problem
from ankiexport.notes import NoteContent, NoteType
from ankiexport.pipeline import CheckedBank, check_bank
from ankiexport.starter import SCHEMA_FOLDER

_SCRIPT = re.compile(r"<script\b|\bon[a-z]{3,30}+\s{0,9}+=|javascript:", re.IGNORECASE)
_LATEX = re.compile(r"\[latex\]|\[\$\$?\]", re.IGNORECASE)
_NAMES_SHOWN = 5


class NotTheSameError(AnkiExportError):
    """A note or note type of the new bank would not be the one of the package."""

    def __init__(self, what: str, part: str) -> None:
        """Name it and what of it differs."""
        super().__init__(f"{what} would not come back as it is: its {part}; nothing was written")


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import wrote: the bank's folder, numbers of what is in it, and what could not be kept, in words.

    Nothing was written if the diagnostics hold an error.
    """

    out: Path
    counts: Mapping[str, int]
    losses: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def has_errors(self) -> bool:
        """Whether there is no bank, because what the package holds cannot be built."""
        return any(diagnostic.is_error for diagnostic in self.diagnostics)


def import_package(path: Path, out: Path, *, jobs: int = 1) -> ImportResult:
    """Make a bank of a package of Anki in a folder that is empty or not there, all of it or nothing.

    `jobs` is a number of processes for the check; 0 chooses. Raises `UnreadablePackageError`, `NotTheSameError`, `FolderNotEmptyError` and `OutputError`.
    """
    with written(out):
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise FolderNotEmptyError(out)
        out.parent.mkdir(parents=True, exist_ok=True)
    scratch_folder = tempfile.TemporaryDirectory(prefix=".ankiexport-import-", dir=out.parent)
    with scratch_folder as folder, written(out), _without_collector():
        scratch = Path(folder)
        bank = scratch / "bank"
        collection, media, losses = _unpacked(path, scratch, bank)
        collection, more = _with_cards_and_guids(collection)
        if not collection.notes:
            raise UnreadablePackageError(path, "it holds no note")
        files = bank_files(collection, _title(path))
        _write(files, bank)
        checked = check_bank(bank, jobs=jobs)
        problems = tuple(_moved(problem, bank, out) for problem in checked.diagnostics)
        result = ImportResult(
            out, _counts(collection, media), (*losses, *more, *_losses(collection)), problems
        )
        if result.has_errors:
            return result
        _compare(checked, files)
        lock = _lock(checked, files)
        (bank / LOCK_FILE).write_bytes(to_text(lock).encode())
        if out.exists():
            out.rmdir()
        os.replace(bank, out)  # noqa: PTH105 - a folder, in one step
    return result


@contextmanager
def _without_collector() -> Iterator[None]:
    # All that is read is kept to the end and has no cycles: to look for some takes a third of the time.
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _unpacked(path: Path, scratch: Path, bank: Path) -> tuple[SourceCollection, int, list[str]]:
    losses: list[str] = []
    with opened(path) as archive:
        database = scratch / "collection"
        archive.copy_collection(database)
        collection = read_collection(database)
        database.unlink()
        (bank / "media").mkdir(parents=True)
        unusable = {name: problem for name in archive.media if (problem := name_problem(name, is_kept=True))}
        for name in archive.media:
            if name not in unusable:
                archive.copy_media(name, bank / "media" / name)
        losses += _media_losses(archive, unusable)
        return collection, len(archive.media) - len(unusable), losses


def _media_losses(archive: Archive, unusable: Mapping[str, str]) -> Iterator[str]:
    for name, problem in unusable.items():
        yield f'the media file "{name}": {problem}'
    if archive.doubled:
        yield f"{len(archive.doubled)} media files whose name is there twice: {_some(archive.doubled)}"
    if archive.missing:
        yield f"{len(archive.missing)} media files that are listed but not there: {_some(archive.missing)}"


def _with_cards_and_guids(collection: SourceCollection) -> tuple[SourceCollection, list[str]]:
    """Return the collection without notes that have no card, and with GUIDs that tell notes apart."""
    losses = []
    notes = [note for note in collection.notes if note.cards]
    if len(notes) < len(collection.notes):
        losses.append(f"{len(collection.notes) - len(notes)} notes without a card")
    counts = Counter(note.guid for note in notes)
    doubled = {guid for guid, count in counts.items() if count > 1 or not guid}
    if doubled:
        number = sum(counts[guid] for guid in doubled)
        losses.append(
            f"the GUIDs of {number} notes, which others have too or which are empty: they get new ones"
        )
    kept = tuple(replace(note, guid="") if note.guid in doubled else note for note in notes)
    used = {note.note_type for note in kept}
    types = {key: found for key, found in collection.note_types.items() if key in used}
    return replace(collection, notes=kept, note_types=types), losses


def _losses(collection: SourceCollection) -> Iterator[str]:
    cards = [card for note in collection.notes for card in note.cards]
    studied = sum(card.is_studied for card in cards)
    if studied or collection.reviews:
        yield f"study history: {studied:,} cards that were studied, {collection.reviews:,} answers (learners keep theirs)"
    if marked := sum(card.is_marked for card in cards):
        yield f"flags, suspension and burying of {marked:,} cards"
    if apart := sum(len({card.deck for card in note.cards}) > 1 for note in collection.notes):
        yield f"{apart:,} notes have cards in several decks: all come to the deck of the first"
    extras = Counter(
        extra
        for found in collection.note_types.values()
        for template in found.templates
        for extra in template.extras
    )
    for extra, number in sorted(extras.items()):
        yield f"the {extra} of {number} card templates"
    if latex := sum(any(map(_LATEX.search, note.fields)) for note in collection.notes):
        yield f"the LaTeX header of note types: {latex:,} notes have LaTeX that Anki would render with its default one"
    if scripts := sum(any(map(_SCRIPT.search, note.fields)) for note in collection.notes):
        yield f"nothing, but look at them: {scripts:,} notes hold scripts, which run when they are studied"


def _counts(collection: SourceCollection, media: int) -> dict[str, int]:
    return {
        "note": len(collection.notes),
        "card": sum(len(note.cards) for note in collection.notes),
        "note type": len(collection.note_types),
        "deck": len({deck_of(note) for note in collection.notes}),
        "media file": media,
    }


def _title(path: Path) -> str:
    plain = "".join(char for char in path.stem if char.isprintable()).replace("::", " ").strip()
    return plain or "Imported deck"


def _write(files: BankFiles, bank: Path) -> None:
    texts = dict(files.texts)
    for kind in ("bank", "questions"):
        texts[f"{SCHEMA_FOLDER}/{kind}.schema.json"] = resources.schema(kind).read_text(encoding="utf-8")
    for name, text in texts.items():
        target = bank / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode())


def _moved(problem: Diagnostic, bank: Path, out: Path) -> Diagnostic:
    def there(path: str) -> str:
        return (out / Path(path).relative_to(bank)).as_posix() if Path(path).is_relative_to(bank) else path

    message = problem.message.replace(bank.as_posix(), out.as_posix())
    place = replace(problem.position, path=there(problem.position.path))
    return replace(problem, position=place, message=message)


def _compare(checked: CheckedBank, files: BankFiles) -> None:
    for what, difference in _differences(checked, files):
        raise NotTheSameError(what, difference)


def _differences(checked: CheckedBank, files: BankFiles) -> Iterator[tuple[str, str]]:
    built = {content.key: content for content in checked.contents}
    for key, note in files.notes.items():
        difference = _difference(built.get(key), note)
        if difference:
            yield f"the note {note.guid}", difference
    for key, source in files.note_types.items():
        if _sides(source) != _sides(checked.note_types[key].note_type):
            yield f'the note type "{source.name}"', "card templates or style differ"


def _sides(note_type: SourceNoteType | NoteType) -> list[str]:
    sides = [side for template in note_type.templates for side in (template.front, template.back)]
    # As source files are read: line ends depend on how a file came from Git.
    return [
        text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        for text in (*sides, note_type.css)
    ]


def _difference(content: NoteContent | None, note: SourceNote) -> str:
    if content is None:
        return "text is gone"
    if content.fields != tuple(unicodedata.normalize("NFC", text) for text in note.fields):
        return "fields differ"
    if content.ords != tuple(card.ord for card in note.cards):
        return "cards differ"
    if sorted(content.tags) != sorted(unicodedata.normalize("NFC", tag) for tag in note.tags):
        return "tags differ"
    return "" if content.deck == deck_of(note) else "deck differs"


def _lock(checked: CheckedBank, files: BankFiles) -> Lock:
    now = int(time.time())
    lock = checked.stamped(now).lock
    notes = {}
    for key, locked in lock.notes.items():
        source = files.notes[key]
        cards = {**locked.cards, **{card.ord: card.id for card in source.cards}}
        # A time that has not come would overwrite what learners write until then.
        mod = min(max(source.mod, 1), now)
        notes[key] = replace(locked, guid=source.guid or locked.guid, id=source.id, cards=cards, mod=mod)
    types = {
        key: replace(locked, mod=min(max(files.note_types[key].mod, 1), now))
        for key, locked in lock.note_types.items()
    }
    return replace(lock, notes=notes, note_types=types)


def _some(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:_NAMES_SHOWN])
    return shown + (" ..." if len(names) > _NAMES_SHOWN else "")
