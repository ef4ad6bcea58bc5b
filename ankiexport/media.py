"""Media files: how Markdown refers to them, and under which names Anki stores them.

The stored name bears a hash of the content. Anki never replaces a file that it has for a
note that it does not update, so other bytes must come under another name; and two files of
one base name stay two.
"""

import hashlib
import html as html_lib
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from ankiexport.diagnostics import Diagnostic, Position, did_you_mean
from ankiexport.notes import MediaFile

MAX_NAME_BYTES = 120
HASH_LENGTH = 12

# The tags and attributes by which Anki finds the media of a note, and its own notation for sound.
# They end at the next beginning and never go back, so that no text takes longer than its length.
_TAG = re.compile(
    # Two letters tell them from nearly all others.
    r"<(?=[iavso][muiob])(?:img|audio|video|source|object)\b"
    r"(?:[^<>\"']|<(?!(?:img|audio|video|source|object)\b)|\"[^\"]*+\"|'[^']*+')*+>",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"(?<![^\s=\"'/<>])([^\s=\"'/<>]++)(\s*+=\s*+)(\"[^\"]*+\"|'[^']*+'|[^\s>\"']++)")
_SOUND = re.compile(r"\[sound:([^\]]{0,1000}+)\]")
_REMOTE = re.compile(r"(?:https?:)?//", re.IGNORECASE)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_FORBIDDEN = re.compile(r"[\[\]<>:\"/?*^\\|\x00-\x1f\x7f]")

Answer = tuple[MediaFile | None, Diagnostic | None]
Resolver = Callable[[str], str | None]


def rewrite_references(html: str, resolve: Resolver) -> str:
    """Return HTML with each media reference replaced by what `resolve` answers; None leaves it.

    `resolve` is given the reference as plain text, entities resolved.
    """

    def attribute(match: re.Match[str]) -> str:
        if match[1].lower() not in {"src", "data"}:
            return match[0]
        value = match[3].strip("\"'")
        name = resolve(html_lib.unescape(value))
        return match[0] if name is None else f'{match[1]}="{html_lib.escape(name)}"'

    def sound(match: re.Match[str]) -> str:
        name = resolve(html_lib.unescape(match[1]))
        return match[0] if name is None else f"[sound:{html_lib.escape(name, quote=False)}]"

    rewritten = _TAG.sub(lambda tag: _ATTRIBUTE.sub(attribute, tag[0]), html)
    return _SOUND.sub(sound, rewritten)


def without_media(html: str) -> str:
    """Return HTML in which an image is replaced by its alternative text, and other media are left out."""

    def element(match: re.Match[str]) -> str:
        found: dict[str, str] = {name.lower(): value for name, _, value in _ATTRIBUTE.findall(match[0])}
        return found.get("alt", "").strip("\"'")

    return _SOUND.sub("", _TAG.sub(element, html))


def said(answer: Answer) -> tuple[tuple[str, str] | None, Diagnostic | None]:
    """Return what an answer says, whatever the folder of the bank is called: the file's name and SHA-256."""
    file, problem = answer
    return (file.name, file.sha256) if file else None, problem


def stored_name(name: str, sha256: str) -> str:
    """Return the name under which a file is stored: `stem-hash.suffix`."""
    path = PurePosixPath(name)
    return f"{path.stem}-{sha256[:HASH_LENGTH]}{path.suffix}"


def name_problem(name: str, *, is_kept: bool = False) -> str | None:
    """Return why Anki would not keep a file name as it is, or None; unless it is kept, it will bear a hash."""
    bad = _FORBIDDEN.search(name)
    if bad:
        return f"Anki drops the character {bad[0]!r} from file names"
    if unicodedata.normalize("NFC", name) != name:
        return "its accents are written in a form (not NFC) that Anki rewrites"
    if name != name.strip() or name.endswith("."):
        return "it begins or ends with a space or a dot"
    stored = name if is_kept else stored_name(name, "0" * 64)
    if len(stored.encode()) > MAX_NAME_BYTES:
        return f"{'' if is_kept else 'with its hash '}it has more than {MAX_NAME_BYTES} bytes, where Anki cuts it"
    return None


@dataclass(slots=True)
class MediaLibrary:
    """Finds the media files of a bank, and hashes each of them once.

    If it keeps names, references are names in the media folder, as they are in Anki, and a file that is not
    there is taken for one that learners have.
    """

    root: Path
    keeps_names: bool = False
    _known: dict[Path, MediaFile] = field(default_factory=dict)
    _listings: dict[Path, frozenset[str]] = field(default_factory=dict)
    asked: dict[tuple[str, Position], Answer] = field(default_factory=dict)
    _names: dict[str, MediaFile] = field(default_factory=dict)
    _names_for_templates: tuple[str, ...] | None = None

    @property
    def folder(self) -> Path:
        """The only folder from which files are taken."""
        return self.root / "media"

    def find(self, reference: str, where: Position) -> tuple[MediaFile | None, Diagnostic | None]:
        """Return the file that a reference in the source file of `where` means, or what is wrong.

        A reference is a path as a Git host would follow it from the source file, or one below
        the media folder. (None, None) is returned for what Anki needs no file for (`data:`).
        What was answered is noted in `asked`: on these files the answer to a question depends.
        """
        answer = self._found(reference, where)
        self.asked[reference, where] = answer
        return answer

    def _found(self, reference: str, where: Position) -> Answer:
        if reference.startswith(("data:", "#")) or not reference.strip():
            return None, None
        if _REMOTE.match(reference):
            message = f'"{reference}" is fetched from the network while studying'
            return None, Diagnostic(where, "media-remote", message, "put a copy into the bank's media folder")
        if self.keeps_names:
            return self._kept(reference, where)
        name = unicodedata.normalize("NFC", unquote(reference).strip())
        if name.startswith("/") or _SCHEME.match(name) or "\\" in name or "\0" in name:
            message = f'"{reference}" is not a path inside the bank'
            return None, Diagnostic(
                where, "media-outside", message, "put the file into media/ and write media/NAME"
            )
        for base in (Path(where.path).parent, self.folder, self.root):
            path = base / name
            if path.is_file():
                return self._checked(path, reference, where)
        return None, self._missing(name, reference, where)

    def for_templates(self) -> tuple[MediaFile, ...]:
        """Return the files whose names begin with `_`, which card templates may use, if names are kept."""
        if self._names_for_templates is None:
            there = self.keeps_names and self.folder.is_dir()
            names = sorted(name for name in self._listing(self.folder) if name[0] == "_") if there else []
            self._names_for_templates = tuple(names)
        where = Position(self.folder.as_posix())
        found = (self.find(name, where)[0] for name in self._names_for_templates)
        return tuple(file for file in found if file is not None)

    def _kept(self, reference: str, where: Position) -> tuple[MediaFile | None, Diagnostic | None]:
        if reference not in self._names:
            found, problem = self._looked_up(reference, where)
            if found is None:
                return None, problem
            self._names[reference] = found
        return self._names[reference], None

    def _looked_up(self, reference: str, where: Position) -> tuple[MediaFile | None, Diagnostic | None]:
        name = unicodedata.normalize("NFC", unquote(reference))
        path = self.folder / name
        if name != path.name or "\0" in name or len(name.encode()) > MAX_NAME_BYTES or not path.is_file():
            message = f'"{reference}" is no file in {self.folder.as_posix()}, so only who has it will see it'
            return None, Diagnostic(where, "media-absent", message, "put it there, or remove the reference")
        found, problem = self._checked(path, reference, where)
        return (replace(found, name=name) if found else None), problem

    def _checked(
        self, path: Path, reference: str, where: Position
    ) -> tuple[MediaFile | None, Diagnostic | None]:
        folder = self.folder.resolve()
        real = path.resolve()
        if not real.is_relative_to(folder):
            message = f'"{reference}" leads out of the bank\'s media folder'
            return None, Diagnostic(
                where, "media-outside", message, f"copy the file into {self.folder.as_posix()}"
            )
        if unicodedata.normalize("NFC", path.name) not in self._listing(path.parent):
            # Some systems take no notice of letter case; the bank must build on those that do.
            return None, self._missing(PurePosixPath(reference).name, reference, where)
        problem = name_problem(path.name, is_kept=self.keeps_names)
        if problem:
            message = f'the file name "{path.name}" would not arrive in Anki: {problem}'
            return None, Diagnostic(where, "media-name", message, "rename the file")
        if real not in self._known:
            try:
                digest = hashlib.sha256(real.read_bytes()).hexdigest()
            except OSError as error:
                message = f'"{reference}" cannot be read: {error.strerror or error}'
                return None, Diagnostic(where, "file-unreadable", message, "check its permissions")
            self._known[real] = MediaFile(stored_name(path.name, digest), real, digest)
        return self._known[real], None

    def _missing(self, name: str, reference: str, where: Position) -> Diagnostic:
        if ".." in PurePosixPath(name).parts and not self._inside(name, where):
            message = f'"{reference}" leads out of the bank'
            return Diagnostic(
                where, "media-outside", message, "put the file into media/ and write media/NAME"
            )
        names = tuple(
            sorted(
                path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file()
            )
        )
        message = f'there is no media file "{reference}"'
        problem = self._disk_name_problem(name) or name_problem(PurePosixPath(name).name)
        if problem:
            return Diagnostic(
                where, "media-name", f"{message}, and {problem}", "rename the file and the reference"
            )
        wanted = name.removeprefix("media/")
        return Diagnostic(
            where, "missing-media", message, did_you_mean(wanted, names) or "put it into media/"
        )

    def _disk_name_problem(self, name: str) -> str | None:
        """Return what is wrong with a file that has this name but for the form of its accents."""
        wanted = PurePosixPath(name).name
        found = (path.name for path in self.folder.rglob("*") if path.name != wanted)
        return next(
            (name_problem(other) for other in found if unicodedata.normalize("NFC", other) == wanted), None
        )

    def _listing(self, folder: Path) -> frozenset[str]:
        if folder not in self._listings:
            names = (unicodedata.normalize("NFC", path.name) for path in folder.iterdir())
            self._listings[folder] = frozenset(names)
        return self._listings[folder]

    def _inside(self, name: str, where: Position) -> bool:
        target = (Path(where.path).parent / name).resolve()
        return target.is_relative_to(self.folder.resolve())
