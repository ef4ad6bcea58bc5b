"""`manifest.json`: what each package of a folder holds, and how to recognise it."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ankiexport.formats.apkg import Packed
from ankiexport.import_settings import ImportSettings
from ankiexport.notes import NoteContent, PackagePlan

MANIFEST_FILE = "manifest.json"
MANIFEST_FORMAT = 1

Entry = dict[str, object]


@dataclass(frozen=True, slots=True)
class Manifest:
    """The entries of a folder's packages, in order; `bank` names what they were built from.

    `import_settings` are what learners with an older copy have to choose, after a note type's schema changed.
    """

    bank: Mapping[str, str]
    packages: tuple[Entry, ...]
    import_settings: ImportSettings | None = None

    def to_json(self) -> str:
        """Return the manifest as the text of its file."""
        data: dict[str, object] = {"format": MANIFEST_FORMAT, "bank": dict(self.bank)}
        if self.import_settings:
            data["import_settings"] = self.import_settings.as_dict()
        data["packages"] = list(self.packages)
        return _to_text(data)


def entry_of(plan: PackagePlan, packed: Packed) -> Entry:
    """Return the manifest's entry of a package: its contents counted, and its digests.

    `sha256` is that of the file; `content_sha256` is the same wherever the content is, even
    when another version of zlib has compressed it.
    """
    tags: Counter[str] = Counter()
    cards: Counter[str] = Counter()
    for note in plan.notes:
        tags.update(note.content.tags)
        cards.update(note.decks)
    return {
        "file": plan.file_name,
        "title": plan.title,
        **({"search": plan.search} if plan.search else {}),
        "notes": len(plan.notes),
        "cards": cards.total(),
        "media": len(plan.media),
        "bytes": packed.bytes,
        "decks": {deck.name: cards[deck.name] for deck in plan.decks},
        "tags": {tag: tags[tag] for tag in sorted(tags)},
        "sha256": packed.sha256,
        "content_sha256": packed.content_sha256,
    }


def edited_entry(
    entry: Mapping[str, object], packed: Packed, notes: Iterable[tuple[NoteContent, NoteContent]]
) -> Entry:
    """Return the entry of a package in which notes have other contents now; of each is given what it was, and is."""
    known = entry["tags"]
    tags = Counter(known if isinstance(known, dict) else {})
    for before, after in notes:
        tags.subtract(before.tags)
        tags.update(after.tags)
    return {
        **entry,
        "bytes": packed.bytes,
        "tags": {tag: tags[tag] for tag in sorted(tags) if tags[tag]},
        "sha256": packed.sha256,
        "content_sha256": packed.content_sha256,
    }


def with_entries(text: str, entries: Iterable[Entry]) -> str:
    """Return the text of a manifest with other entries for some of its packages."""
    named = {entry["file"]: entry for entry in entries}
    data = json.loads(text)
    data["packages"] = [named.get(entry["file"], entry) for entry in data["packages"]]
    return _to_text(data)


def _to_text(data: Mapping[str, object]) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def read_manifest(folder: Path, namespace: str) -> list[Entry]:
    """Return the packages that a folder's manifest lists, if it is that of the bank with this namespace.

    Packages of another bank that was built into the same folder are not ours to list or to remove.
    """
    try:
        data = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))
        packages = data["packages"] if data["bank"]["namespace"] == namespace else []
    except (OSError, ValueError, KeyError, TypeError):
        return []
    entries = packages if isinstance(packages, list) else []
    return [entry for entry in entries if isinstance(entry, dict) and _is_package_name(entry.get("file"))]


def reconciled(
    previous: Sequence[Entry], fresh: Sequence[Entry], in_question: Collection[str] | None, folder: Path
) -> tuple[list[Entry], list[str]]:
    """Return the entries of a folder after a build, and the names of packages that go.

    Of the previous packages, those not built anew stay, if they are still there; but those that were
    `in_question` (all, if None) and yet not built go: the bank no longer makes them. What somebody searched
    for stays until that person takes it away.
    """
    written = {entry["file"] for entry in fresh}
    others = [entry for entry in previous if entry["file"] not in written]
    others = [entry for entry in others if (folder / str(entry["file"])).is_file()]
    gone = [
        entry
        for entry in others
        if "search" not in entry and (in_question is None or entry["file"] in in_question)
    ]
    stays = [entry for entry in others if entry not in gone]
    return sorted([*stays, *fresh], key=lambda entry: str(entry["file"])), [
        str(entry["file"]) for entry in gone
    ]


def _is_package_name(name: object) -> bool:
    # A manifest may come from anywhere; what it names is deleted only if it is a package beside it.
    return isinstance(name, str) and name.endswith(".apkg") and Path(name).name == name
