"""Media that lie in a folder beside a source: copied by name, with limits, and nothing from anywhere else."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote

from ankiexport.importing.archive import MAX_ENTRIES, MAX_MEDIA, MAX_MEDIA_FILE
from ankiexport.importing.package import refuse
from ankiexport.media import name_problem, rewrite_references

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class CopiedMedia:
    """The names of the files that were copied, and why others were not."""

    names: frozenset[str]
    losses: tuple[str, ...] = ()


def media_files(folder: Path) -> dict[str, Path]:
    """Return the files of a folder by their names; neither links nor what lies in folders below it."""
    if not folder.is_dir() or folder.is_symlink():
        return {}
    found = {path.name: path for path in sorted(folder.iterdir()) if path.is_file() and not path.is_symlink()}
    if len(found) > MAX_ENTRIES:
        refuse(f"it has more than {MAX_ENTRIES:,} media files")
    return {name: path for name, path in found.items() if not name.startswith(".")}


def copy_media(folder: Path, target: Path) -> CopiedMedia:
    """Copy the media files of a folder whose names Anki would keep; raises `RefusedError` and `OSError`."""
    names, losses, total = set(), [], 0
    for name, path in media_files(folder).items():
        problem = name_problem(name, is_kept=True)
        if problem:
            losses.append(f'the media file "{name}": {problem}')
            continue
        total += copy_file(path, target / name, MAX_MEDIA - total)
        names.add(name)
    return CopiedMedia(frozenset(names), tuple(losses))


def copy_file(path: Path, target: Path, left: int = MAX_MEDIA) -> int:
    """Copy one file, and return its size; one that is larger than what is `left` is refused."""
    limit, done = min(MAX_MEDIA_FILE, left), 0
    with path.open("rb") as source, target.open("xb") as file:
        while chunk := source.read(_CHUNK):
            done += file.write(chunk)
            if done > limit:
                refuse(f'its media file "{path.name}" is too large')
    return done


def media_digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 (hex) of the media files of a folder by their names."""
    found = {}
    for name, path in media_files(folder).items():
        digest = sha256()
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
        found[name] = digest.hexdigest()
    return found


def copy_referenced(htmls: Iterable[str], folder: Path, target: Path) -> CopiedMedia:
    """Copy those files of a folder that some HTML refers to by name; raises `RefusedError` and `OSError`."""
    there = media_files(folder)
    names: set[str] = set()

    def seen(reference: str) -> None:
        name = unicodedata.normalize("NFC", unquote(reference))
        if name in there and name_problem(name, is_kept=True) is None:
            names.add(name)

    for html in htmls:
        rewrite_references(html, seen)
    total = 0
    for name in sorted(names):
        total += copy_file(there[name], target / name, MAX_MEDIA - total)
    return CopiedMedia(frozenset(names))
