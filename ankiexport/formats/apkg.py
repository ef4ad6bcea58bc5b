"""Packages for Anki (`.apkg`): a zipped collection with its media.

Format: Anki's collection, schema 11, package version 1. The file comes out the same in every run.
"""

import io
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from ankiexport.formats.collection_file import write_collection
from ankiexport.formats.collection_json import note_type_json, preset_json
from ankiexport.notes import PackagePlan

# Level 6 takes more than twice the time and makes packages a seventh smaller, level 9 takes four times.
COMPRESSION_LEVEL = 1

_ZIP_MODE = 0o644 << 16
_ZIP_SYSTEM = 3

_CHUNK_BYTES = 1 << 20
_CHUNK_LINES = 100


def write_apkg(plan: PackagePlan, path: Path) -> None:
    """Write one package to a path that may exist; the caller decides how it gets into place.

    Raises `OSError` when it cannot be written.
    """
    media = plan.media
    names = {str(number): file.name for number, file in enumerate(media)}
    listed = json.dumps(names, ensure_ascii=False, separators=(",", ":")).encode()
    with (
        tempfile.TemporaryDirectory(prefix="ankiexport-") as folder,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION_LEVEL) as archive,
    ):
        database = Path(folder) / "collection.anki2"
        write_collection(plan, database)
        _add_file(archive, "collection.anki2", database)
        _add(archive, "media", io.BytesIO(listed), len(listed))
        for number, file in enumerate(media):
            _add_file(archive, str(number), file.path)


def content_digest(plan: PackagePlan) -> str:
    """Return the SHA-256 (hex) of what a package says, whatever libraries wrote its container.

    It is taken over lines of JSON: note types, decks, preset, notes with their cards, media.
    """
    encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
    digest = sha256()
    lines: list[str] = []
    for entry in _entries(plan):
        lines.append(encode(entry))
        if len(lines) == _CHUNK_LINES:
            digest.update("\n".join([*lines, ""]).encode())
            lines.clear()
    digest.update("\n".join([*lines, ""]).encode())
    return digest.hexdigest()


def _entries(plan: PackagePlan) -> Iterator[list[object]]:
    for note_type in plan.note_types:
        yield ["note type", note_type_json(note_type, 1)]
    for deck in plan.decks:
        yield ["deck", deck.id, deck.name, deck.description]
    if plan.preset:
        yield ["preset", preset_json(plan.preset, 0)]
    for note in plan.notes:
        content = note.content
        yield [
            "note", note.id, note.guid, content.note_type, note.mod, content.tags, content.fields,
            note.deck, note.due, content.ords, note.card_ids, *content.card_decks,
        ]  # fmt: skip
    for file in plan.media:
        yield ["media", file.name, file.sha256]


def _add_file(archive: zipfile.ZipFile, name: str, path: Path) -> None:
    with path.open("rb") as source:
        _add(archive, name, source, path.stat().st_size)


def _add(archive: zipfile.ZipFile, name: str, source: BinaryIO, size: int) -> None:
    # In chunks of one size, because the compressed bytes may depend on it.
    with archive.open(name, "w", force_zip64=size * 1.05 > zipfile.ZIP64_LIMIT) as target:
        shutil.copyfileobj(source, target, _CHUNK_BYTES)
    info = archive.getinfo(name)
    info.create_system = _ZIP_SYSTEM
    info.external_attr = _ZIP_MODE
