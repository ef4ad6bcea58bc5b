"""A new bank: small and complete, or a copy of the one that ships with the package."""

import re
import secrets
from collections.abc import Iterator
from pathlib import Path

from ankiexport import resources
from ankiexport.bank_settings import slugify
from ankiexport.errors import FolderNotEmptyError, OutputError
from ankiexport.files import replace_files
from ankiexport.lock.file import LOCK_FILE

SCHEMA_FOLDER = ".schema"

# New questions of two branches often come into one place of the lock. Git takes that for a conflict unless it is
# told that both lines stay; a note that both have changed is there twice then, which builds report.
_GIT_ATTRIBUTES = f"{LOCK_FILE} text eol=lf merge=union\n"

_SCHEMA_LINE = re.compile(r"(?<=\$schema=)\S*?(?=(?:bank|questions)\.schema\.json$)", re.MULTILINE)


def make_bank(
    folder: Path, *, title: str | None = None, templates: bool = False, example: bool = False
) -> list[Path]:
    """Write a new bank into a folder that is empty or not there yet; return the files' paths.

    Raises `FolderNotEmptyError` and `OutputError`.
    """
    try:
        if folder.exists() and any(folder.iterdir()):
            raise FolderNotEmptyError(folder)
    except OSError as error:
        raise OutputError(folder, error) from error
    source = resources.first_bank() if example else resources.starter_bank()
    # The copy of the shipped bank has its notes' GUIDs, so what learners have of it is the same, too.
    files = {folder / name: data for name, data in _files(source, lock=example)}
    for path, data in files.items():
        files[path] = _adapted(data, folder, path, title, keep=example) if _is_text(path) else data
    for kind in ("bank", "questions"):
        schema = resources.schema(kind)
        files[folder / SCHEMA_FOLDER / schema.name] = schema.read_bytes()
    files[folder / ".gitattributes"] = _GIT_ATTRIBUTES.encode()
    if templates:
        files |= {folder / "card_templates" / name: data for name, data in _files(resources.card_templates())}
    replace_files(files)
    return sorted(files)


def _files(source: Path, *, lock: bool = False) -> Iterator[tuple[str, bytes]]:
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source)
        hidden = any(part.startswith((".", "__")) for part in name.parts)
        if path.is_file() and not hidden and (lock or path.name != LOCK_FILE):
            yield name.as_posix(), path.read_bytes()


def _is_text(path: Path) -> bool:
    return path.suffix in {".yaml", ".md"}


def _adapted(data: bytes, folder: Path, path: Path, title: str | None, *, keep: bool) -> bytes:
    text = data.decode()
    below = len(path.relative_to(folder).parts) - 1
    text = _SCHEMA_LINE.sub("../" * below + f"{SCHEMA_FOLDER}/", text)
    if not keep and path.name == "bank.yaml":
        name = title or folder.resolve().name.replace("-", " ").replace("_", " ").capitalize() or "My bank"
        # Drawn once and written down: two banks of one title must not share their notes' GUIDs.
        namespace = f"{slugify(name) or 'bank'}-{secrets.token_hex(4)}"
        text = text.replace("TITLE", _quoted(name)).replace("NAMESPACE", namespace)
    return text.encode()


def _quoted(text: str) -> str:
    plain = re.fullmatch(r"[A-Za-z][\w ]*", text) is not None
    return text if plain else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
