"""What became of a question file, kept from one run to the next."""

from collections.abc import Mapping
from pathlib import Path

from ankiexport.bank_settings import BANK_FILE
from ankiexport.cache.fingerprint import folders_fingerprint, key_of, program_fingerprint
from ankiexport.cache.packing import Unpackable, pack, quicken, unpack
from ankiexport.cache.store import Store
from ankiexport.diagnostics import has_errors
from ankiexport.examination.examiner import Examined, links_of
from ankiexport.media import MediaLibrary, said
from ankiexport.quality.outline import Asked, Outline
from ankiexport.question import Bank
from ankiexport.resources import template_folders

quicken(Asked, Outline, Examined)


def context_of(bank: Bank) -> bytes:
    """Return the fingerprint of what all files of a bank depend on: program, settings and templates."""
    try:
        settings = (bank.root / BANK_FILE).read_bytes()
    except OSError:
        settings = b""
    templates = folders_fingerprint(template_folders(bank.root))
    # Each note of a bank that keeps the names of its media has all files for templates.
    library = MediaLibrary(bank.root, keeps_names=bank.keeps_media_names)
    media = (file.name.encode() for file in library.for_templates())
    return key_of([program_fingerprint(), settings, templates, *media])


class Packing:
    """Turns what became of a file of one bank into bytes that hold for any copy of the bank, and back."""

    def __init__(self, bank: Bank) -> None:
        """Remember the bank, whose media are looked at when they are asked for."""
        self._bank = bank
        self._library = MediaLibrary(bank.root, keeps_names=bank.keeps_media_names)

    def packed(self, path: Path, examined: Examined) -> bytes | None:
        """Return what became of a file as bytes, unless it has errors: they may speak of anything."""
        if has_errors(examined.diagnostics):
            return None
        names = self._names(path)
        asked = [(question, *said(answer)) for question, answer in examined.asked.items()]
        try:
            head = pack((asked, dict(examined.links)), names)
            body = pack((examined.outlines, examined.contents, examined.diagnostics), names)
        except Unpackable:
            return None
        return len(head).to_bytes(4, "big") + head + body

    def unpacked(self, path: Path, kept: bytes) -> Examined | None:
        """Return what became of a file, if the media and links that it refers to are as they were."""
        paths = {name: where for where, name in self._names(path).items()}
        size = int.from_bytes(kept[:4], "big")
        asked, links = unpack(kept[4 : 4 + size], paths, {})
        answers = {question: self._library.find(*question) for question, _name, _problem in asked}
        if any(said(answers[question]) != (name, problem) for question, name, problem in asked):
            return None
        if links_of(path, links) != links:
            return None
        media = {file.name: file for file, _problem in answers.values() if file is not None}
        outlines, contents, diagnostics = unpack(kept[4 + size :], paths, media)
        return Examined(outlines, contents, diagnostics, answers, links)

    def _names(self, path: Path) -> Mapping[str, str]:
        """Return the names of the files at which what became of a file can point."""
        root = self._bank.root
        return {
            path.as_posix(): "file",
            (root / BANK_FILE).as_posix(): "settings",
            self._bank.media_folder.as_posix(): "media",
        }


class Reuse:
    """Finds what became of files with the same bytes in the same surroundings, and keeps it.

    The key is made of bytes, not of times: an edit within the clock's grain is another file. Which media and
    links a file refers to is only known when it has been read, so these are looked at again.
    """

    def __init__(self, bank: Bank, store: Store) -> None:
        """Take the fingerprint of what all files depend on."""
        self._root = bank.root
        self._store = store
        self._context = context_of(bank)
        self.packing = Packing(bank)

    def find(self, path: Path, digest: bytes) -> Examined | None:
        """Return what became of a file whose bytes have this digest, if it is known and still holds."""
        kept = self._store.get(self._key(path, digest))
        return None if kept is None else self.packing.unpacked(path, kept)

    def keep(self, path: Path, digest: bytes, packed: bytes | None) -> None:
        """Keep what became of a file whose bytes have this digest, if that could be packed."""
        if packed is not None:
            self._store.put(self._key(path, digest), packed)

    def _key(self, path: Path, digest: bytes) -> bytes:
        return key_of(
            [self._context, path.relative_to(self._root).as_posix().encode(errors="surrogateescape"), digest]
        )
