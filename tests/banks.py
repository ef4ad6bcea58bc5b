"""Banks for tests: the first bank, small ones written on the spot, and what a built package holds."""

import json
import sqlite3
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ankiexport.bank import load_bank
from ankiexport.lock.entries import Lock
from ankiexport.lock.file import LOCK_FILE, read_lock
from ankiexport.notes import PackagePlan
from ankiexport.packages import plan_packages
from ankiexport.pipeline import build_bank, check_bank

REPOSITORY = Path(__file__).parent.parent
FIRST_BANK = REPOSITORY / "bank"
COMMITTED_MANIFEST = REPOSITORY / "dist" / "manifest.json"
HARD_BANK = Path(__file__).parent / "golden" / "hard-bank"

SMALL_BANK: dict[str, Any] = {
    "title": "Small bank",
    "namespace": "tests/small-bank",
    "levels": [
        {"key": "one", "name": "One", "deck": "1 One", "description": "The *first* step."},
        {"key": "two", "name": "Two", "deck": "2 Two"},
    ],
}


# When tests build a bank for the first time.
FIRST_TIME = 1_760_000_000


def make_bank(folder: Path, files: Mapping[str, str | bytes], /, **settings: object) -> Path:
    """Write a small bank into `folder / "bank"`, and return that.

    Its `bank.yaml` is `SMALL_BANK` with the given settings on top (None takes one away), unless the files
    bring their own. A second call with the same folder changes the bank that is there.
    """
    root = folder / "bank"
    merged = {key: value for key, value in {**SMALL_BANK, **settings}.items() if value is not None}
    for name, content in {"bank.yaml": as_yaml(merged), **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def questions(level: str, *items: Mapping[str, object], **head: object) -> str:
    """Return the text of a question file."""
    return as_yaml({"level": level, **head, "questions": [dict(item) for item in items]})


def question(key: str, **parts: object) -> dict[str, object]:
    """Return a question for `questions`; its text and answer name its id, unless they are given."""
    return {"id": key, "question": f"What is {key}?", "answer": f"It is {key}.", **parts}


def as_yaml(data: object) -> str:
    """Return data as YAML, in the order that it is in."""
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True)


def forget_what_was_shipped(bank: Path) -> None:
    """Take a bank's lock away: no learner has anything of it, and nothing need be retired."""
    (bank / "bank.lock").unlink()


def lock_of(bank: Path) -> Lock:
    """Return what a bank's lock says; there must be one."""
    assert (bank / LOCK_FILE).is_file()
    loaded, _ = load_bank(bank)
    assert loaded is not None
    lock, problems = read_lock(bank / LOCK_FILE, loaded.bank.namespace)
    assert lock is not None, problems
    return lock


def mods_of(bank: Path) -> dict[str, int]:
    """Return the times of a bank's notes by their ids."""
    return {key: note.mod for key, note in lock_of(bank).notes.items()}


def plans_of(bank: Path) -> list[PackagePlan]:
    """Return the packages that a bank would make, before anything is written."""
    checked = check_bank(bank)
    assert checked.outline is not None
    assert not checked.has_errors, checked.diagnostics
    stamped = checked.stamped(FIRST_TIME)
    return plan_packages(checked.outline.bank, stamped.notes, stamped.note_types)


def build(bank: Path, out: Path, at: int, **options: Any) -> "Package":
    """Build a bank without errors at a time, and return the package with everything."""
    result = build_bank(bank, out, now=at, **options)
    assert not result.has_errors, result.diagnostics
    return built(bank, out).whole


def files_in(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder with its bytes, by path; none when there is no such folder."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


@dataclass(frozen=True, slots=True)
class BuiltBank:
    """A bank that was built, the folder of its packages and their manifest."""

    bank: Path
    folder: Path
    manifest: dict[str, Any]

    @property
    def names(self) -> list[str]:
        """The file names of the packages, in the manifest's order."""
        return [entry["file"] for entry in self.manifest["packages"]]

    @property
    def whole(self) -> "Package":
        """The package that holds everything, which is the largest."""
        return self.package(max(self.manifest["packages"], key=lambda entry: entry["notes"])["file"])

    def package(self, name: str) -> "Package":
        """Return what a package holds."""
        return read_package(self.folder / name)

    def entry(self, name: str) -> dict[str, Any]:
        """Return the manifest's entry of a package."""
        found: dict[str, Any] = next(entry for entry in self.manifest["packages"] if entry["file"] == name)
        return found


def built(bank: Path, folder: Path) -> BuiltBank:
    """Return a bank that was built into a folder."""
    return BuiltBank(bank, folder, json.loads((folder / "manifest.json").read_text(encoding="utf-8")))


@dataclass(frozen=True, slots=True)
class PackedCard:
    """A card as a package has it."""

    id: int
    ord: int
    deck: str
    due: int


@dataclass(frozen=True, slots=True)
class PackedNote:
    """A note as a package has it; `key` is the id of its question or fact."""

    id: int
    guid: str
    note_type_id: int
    note_type: str
    mod: int
    tags: tuple[str, ...]
    fields: dict[str, str]
    cards: tuple[PackedCard, ...]

    @property
    def key(self) -> str:
        """The id of the question or fact, which every note type keeps in a field of that name."""
        return self.fields["ID"]

    @property
    def ords(self) -> tuple[int, ...]:
        """Which cards the note has."""
        return tuple(card.ord for card in self.cards)


@dataclass(frozen=True, slots=True)
class Package:
    """What a package holds, read without Anki; `note_types`, `decks` and `options` are Anki's own JSON."""

    path: Path
    notes: tuple[PackedNote, ...]
    note_types: dict[int, dict[str, Any]]
    decks: dict[str, dict[str, Any]]
    options: dict[int, dict[str, Any]]
    media: dict[str, bytes]

    def note(self, key: str) -> PackedNote:
        """Return the note of a question or fact."""
        return next(note for note in self.notes if note.key == key)

    @property
    def by_key(self) -> dict[str, PackedNote]:
        """The notes by the ids of their questions and facts."""
        return {note.key: note for note in self.notes}

    @property
    def cards(self) -> dict[int, PackedCard]:
        """The cards of all notes by their ids."""
        return {card.id: card for note in self.notes for card in note.cards}

    @property
    def preset(self) -> dict[str, Any] | None:
        """The study preset, besides Anki's default one that every package has."""
        return next((options for key, options in self.options.items() if key != 1), None)

    @property
    def ids(self) -> dict[str, object]:
        """Everything by which Anki tells one thing from another, by the author's name for it."""
        found: dict[str, object] = {f"deck {name}": deck["id"] for name, deck in self.decks.items()}
        found |= {f"note type {data['name']}": key for key, data in self.note_types.items()}
        for note in self.notes:
            found[f"guid {note.key}"] = note.guid
            found[f"note {note.key}"] = note.id
            found |= {f"card {note.key} {card.ord}": card.id for card in note.cards}
        return found


def read_package(path: Path) -> Package:
    """Return what a package holds; notes come by their place in the order of study."""
    with zipfile.ZipFile(path) as archive:
        names: dict[str, str] = json.loads(archive.read("media"))
        media = {name: archive.read(number) for number, name in names.items()}
        connection = sqlite3.connect(":memory:")
        connection.deserialize(archive.read("collection.anki2"))
    try:
        models, decks, options = (
            json.loads(text) for text in connection.execute("SELECT models, decks, dconf FROM col").fetchone()
        )
        deck_names = {int(key): deck["name"] for key, deck in decks.items()}
        cards: dict[int, list[PackedCard]] = {}
        for note_id, card_id, ord_, deck_id, due in connection.execute(
            "SELECT nid, id, ord, did, due FROM cards"
        ):
            cards.setdefault(note_id, []).append(PackedCard(card_id, ord_, deck_names[deck_id], due))
        notes = []
        for note_id, guid, type_id, mod, tags, texts in connection.execute(
            "SELECT id, guid, mid, mod, tags, flds FROM notes"
        ):
            model = models[str(type_id)]
            fields = zip((field["name"] for field in model["flds"]), texts.split("\x1f"), strict=True)
            own = tuple(sorted(cards.pop(note_id, []), key=lambda card: card.ord))
            packed = (note_id, guid, type_id, model["name"], mod, tuple(tags.split()), dict(fields), own)
            notes.append(PackedNote(*packed))
        assert not cards, "cards without a note"
    finally:
        connection.close()
    notes.sort(key=lambda note: [card.due for card in note.cards])
    return Package(
        path,
        tuple(notes),
        {int(key): model for key, model in models.items()},
        {deck["name"]: deck for deck in decks.values() if deck["id"] != 1},
        {int(key): option for key, option in options.items()},
        media,
    )
