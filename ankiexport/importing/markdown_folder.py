"""The Markdown files of a source: one file, or all below a folder, with limits."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ankiexport.importing.package import refuse
from ankiexport.importing.text_files import MAX_BYTES, place_of, read_source_text, refuse_at, with_line_feeds

MAX_FILES = 20_000
_NOT_QUESTIONS = frozenset({"README", "LICENSE", "CONTRIBUTING", "CHANGELOG", "CODE_OF_CONDUCT"})


@dataclass(frozen=True, slots=True)
class MarkdownFile:
    """A file: where it is, the folders between it and the source, and its text."""

    path: Path
    folders: tuple[str, ...]
    text: str

    @property
    def stem(self) -> str:
        """Its name without the end."""
        return self.path.stem


def root_of(path: Path) -> Path:
    """Return the folder out of which no media of a source are taken."""
    return path if path.is_dir() else path.parent


def markdown_files(path: Path) -> list[MarkdownFile]:
    """Return the Markdown files of a source in natural order; raises `RefusedError` and `OSError`."""
    if not path.is_dir():
        return [MarkdownFile(path, (), _text(path))]
    found: list[MarkdownFile] = []
    size = 0
    for file in _walk(path):
        size += file.stat().st_size
        if len(found) >= MAX_FILES or size > MAX_BYTES:
            refuse(
                f"it has more than {MAX_FILES:,} Markdown files, or more than {MAX_BYTES >> 20} MiB of them"
            )
        found.append(MarkdownFile(file, file.relative_to(path).parts[:-1], _text(file)))
    if not found:
        refuse("it holds no Markdown file")
    return found


def _walk(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir(), key=lambda one: _natural(one.name)):
        if path.name.startswith((".", "_")) or path.is_symlink():
            continue
        if path.is_dir():
            yield from _walk(path)
        elif path.suffix.lower() in {".md", ".markdown"} and path.stem.upper() not in _NOT_QUESTIONS:
            yield path


def _natural(name: str) -> list[tuple[int, int, str]]:
    parts = re.split(r"(\d+)", name.casefold())
    return [(0, int(part[:18]), part) if part.isdecimal() else (1, 0, part) for part in parts]


def _text(path: Path) -> str:
    text = unicodedata.normalize("NFC", with_line_feeds(read_source_text(path)))
    nul = text.find("\0")
    if nul >= 0:
        refuse_at(
            place_of(path, text, nul), "the character NUL does not belong into a text; save the file as UTF-8"
        )
    return text
