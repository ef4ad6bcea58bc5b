"""Pictures and sounds that Markdown links to: copied from below the folder of the source, and from nowhere else."""

import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import quote, unquote

from ankiexport.diagnostics import Diagnostic, Position
from ankiexport.importing.archive import MAX_ENTRIES, MAX_MEDIA
from ankiexport.importing.media_folder import copy_file
from ankiexport.importing.package import refuse
from ankiexport.media import name_problem

# Code, in which nothing is a link; pictures; pictures as Obsidian embeds them; elements; Anki's sounds.
_LINK = re.compile(
    r"(?P<code>^[ ]*(?P<fence>`{3,}+|~{3,}+).*?^[ ]*(?P=fence)[`~]*[ ]*$|(?P<tick>`++)(?:(?!\n[ ]*\n).)+?(?<!`)(?P=tick)(?!`))"
    r"|!\[(?P<alt>[^\]\n]{0,500}+)\]"
    r"\([ ]*(?P<path><[^<>\n]*>|[^()\s]+(?:\([^()\s]*\))?)(?:[ ]+[\"'][^\"'\n]*[\"'])?[ ]*\)"
    r"|!\[\[(?P<embedded>[^\[\]|\n]{1,500}+)(?:\|(?P<shown>[^\[\]\n]{0,500}+))?\]\]"
    r"|(?P<element><(?:[iI][mM][gG]|audio|video|source)\b[^<>]{0,2000}?\bsrc=)(?P<quote>[\"'])(?P<source>[^\"'\n]*)(?P=quote)"
    r"|\[sound:(?P<sound>[^\]\n]{1,500}+)\]",
    re.DOTALL | re.MULTILINE,
)
_SOUNDS = frozenset({".mp3", ".ogg", ".oga", ".wav", ".m4a", ".flac", ".opus", ".aac", ".spx"})
_KINDS = _SOUNDS | {
    ".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".avif", ".bmp", ".ico", ".tif", ".tiff", ".mp4", ".webm", ".mov",
    ".mpg", ".mpeg", ".ogv", ".mkv", ".avi",
}  # fmt: skip
_REMOTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:|//")


@dataclass(slots=True)
class _Places:
    """Places in a text that are asked for one after the other."""

    file: Path
    text: str
    line: int = 1
    known: int = 0
    start: int = 0

    def at(self, offset: int) -> Position:
        self.line += self.text.count("\n", self.known, offset)
        self.start = max(self.start, self.text.rfind("\n", self.known, offset) + 1)
        self.known = offset
        return Position(self.file.as_posix(), self.line, offset - self.start + 1)


@dataclass(slots=True)
class LinkedMedia:
    """Takes the media over that texts link to, and gathers what could not be taken."""

    root: Path
    target: Path
    problems: list[Diagnostic] = field(default_factory=list)
    _names: dict[Path, str] = field(default_factory=dict)
    _by_name: dict[str, Path] | None = None
    _total: int = 0

    @property
    def count(self) -> int:
        """How many files were copied."""
        return len(self._names)

    def taken(self, text: str, file: Path) -> str:
        """Return the text of a file with its links to the copies, line for line; code is left alone.

        Raises `RefusedError` and `OSError`.
        """
        places = _Places(file, text)

        def link(match: re.Match[str]) -> str:
            if match["code"]:
                return match[0]
            place = places.at(match.start())
            if match["element"]:
                name = self._name(match["source"], file, place)
                start = f"{match['element']}{match['quote']}"
                return match[0] if name is None else f"{start}media/{quote(name)}{match['quote']}"
            reference = match["sound"] or match["embedded"] or match["path"].strip("<>")
            shown = match["alt"] or match["shown"] or ""
            name = self._name(reference, file, place, by_name=match["path"] is None)
            if name is None:
                left = shown or PurePosixPath(reference).name
                return match[0] if _REMOTE.match(reference) else f"({left})"
            if PurePosixPath(name).suffix in _SOUNDS:
                return f"[sound:{name}]"
            return f"![{shown}](media/{quote(name)})"

        return _LINK.sub(link, text)

    def _name(self, reference: str, file: Path, place: Position, *, by_name: bool = False) -> str | None:
        if _REMOTE.match(reference) and not reference.lower().startswith("file:"):
            return None
        path = self._path(reference, file, by_name=by_name)
        if path is None:
            message = f'"{reference[:200]}" is no picture or sound in {self.root.as_posix()}'
            advice = "the card shows its description; put the file there and import again"
            self.problems.append(Diagnostic(place, "source-media", message, advice))
            return None
        if path not in self._names:
            if len(self._names) >= MAX_ENTRIES:
                refuse(f"it has more than {MAX_ENTRIES:,} media files")
            name = self._free_name(path)
            self._total += copy_file(path, self.target / name, MAX_MEDIA - self._total)
            self._names[path] = name
        return self._names[path]

    def _path(self, reference: str, file: Path, *, by_name: bool) -> Path | None:
        root = self.root.resolve()
        for written in dict.fromkeys((reference.strip(), unquote(reference.strip()))):
            if not written or "\0" in written or len(written) > 1000:
                continue
            inside = written.removeprefix("@/").removeprefix("/")
            for base in (file.parent, self.root):
                path = (base / inside).resolve()
                if path.suffix.lower() in _KINDS and path.is_relative_to(root) and path.is_file():
                    return path
        return self._anywhere(PurePosixPath(reference).name) if by_name else None

    def _anywhere(self, name: str) -> Path | None:
        """Return the file of this name, wherever it lies below the root."""
        if self._by_name is None:
            found = (path for path in sorted(self.root.rglob("*")) if path.suffix.lower() in _KINDS)
            self._by_name = {}
            for path in found:
                if path.is_file() and path.resolve().is_relative_to(self.root.resolve()):
                    self._by_name.setdefault(path.name, path.resolve())
        return self._by_name.get(name)

    def _free_name(self, path: Path) -> str:
        plain = "".join(char if char.isalnum() or char in "-_.,+ " else "-" for char in path.stem)
        stem = unicodedata.normalize("NFC", plain).strip(" .")[:30] or "file"
        suffix = path.suffix.lower()
        number, name = 2, f"{stem}{suffix}"
        taken = {known.casefold() for known in self._names.values()}
        while name.casefold() in taken or name_problem(name) is not None:
            if number > MAX_ENTRIES:
                refuse(f'the name of its media file "{path.name}" cannot be used')
            number, name = number + 1, f"{stem[: 30 - 6]}-{number}{suffix}"
        return name
