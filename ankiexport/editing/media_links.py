"""References to media in texts: where they stand, and how a file is referred to."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from ankiexport.diagnostics import Position
from ankiexport.editing.state import BankState
from ankiexport.media import MediaLibrary

_LINK = re.compile(
    r"""!\[[^\]\n]*\]\(\s*(?:<(?P<angle>[^>)\n]*)|(?P<markdown>[^)\s<]*))"""
    r"""|<(?:img|audio|video|source|object)\b[^>\n]*?\s(?:src|data)\s*=\s*\\?["'](?P<html>[^"'\n>\\]*)"""
    r"""|\[sound:(?P<sound>[^\]\n]*)""",
    re.IGNORECASE,
)
# What ends a reference of each form; without it, the reference is still being written.
_ENDS = {"angle": ">", "markdown": ") ", "html": "\"'\\", "sound": "]"}

_SAFE = "/!$&'*+,;=:@~"


@dataclass(frozen=True, slots=True)
class MediaLink:
    """A reference to a media file in a line, from `start` to `end`."""

    form: str
    target: str
    start: int
    end: int

    def written(self, name: str) -> str:
        """Return a file's name as a reference of this form."""
        # In Markdown a space or a bracket would end it; everywhere a % is read as an escape.
        return quote(name, safe=_SAFE) if self.form == "markdown" else name.replace("%", "%25")


def link_before(line: str, column: int) -> MediaLink | None:
    """Return the reference to a media file at a column of a line; one without an end reaches up to there."""
    for link in links_in(line):
        if link.start <= column <= link.end:
            is_closed = line[link.end : link.end + 1] in _ENDS[link.form] and link.end < len(line)
            return link if is_closed else MediaLink(link.form, line[link.start : column], link.start, column)
    return None


def links_in(line: str) -> list[MediaLink]:
    """Return the references to media files in a line."""
    found: list[MediaLink] = []
    for match in _LINK.finditer(line):
        form = match.lastgroup or "markdown"
        found.append(MediaLink(form, match[form], *match.span(form)))
    return found


def media_names(state: BankState, path: Path) -> list[str]:
    """Return the media files of a bank as a file would refer to them."""
    folder = state.root / "media"
    keeps = state.bank is not None and state.bank.keeps_media_names
    files = sorted(file for file in folder.rglob("*") if file.is_file() and not file.name.startswith("."))
    if keeps:
        return [file.name for file in files if file.parent == folder]
    return [Path(os.path.relpath(file, path.parent)).as_posix() for file in files]


def media_file(state: BankState, path: Path, target: str) -> Path | None:
    """Return the file that a reference in a file means, if it is there."""
    keeps = state.bank is not None and state.bank.keeps_media_names
    found, _problem = MediaLibrary(state.root, keeps_names=keeps).find(target, Position(path.as_posix()))
    return found.path if found else None
