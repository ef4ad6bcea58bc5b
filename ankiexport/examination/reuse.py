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


class Reuse:
    """Finds what became of files with the same bytes in the same surroundings, and keeps it.

    The key is made of bytes, not of times: an edit within the clock's grain is another file. Which media and
    links a file refers to is only known when it has been read, so these are looked at again.
    """

    def __init__(self, bank: Bank, store: Store) -> None:
        """Take the fingerprint of what all files depend on."""
        self._bank = bank
        self._store = store
        self._context = context_of(bank)
        self._library = MediaLibrary(bank.root, keeps_names=bank.keeps_media_names)

    def find(self, path: Path, data: bytes) -> Examined | None:
        """Return what became of a file with these bytes, if it is known and still holds."""
        kept = self._store.get(self._key(path, data))
        if kept is None:
            return None
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

    def keep(self, path: Path, data: bytes, examined: Examined) -> None:
        """Keep what became of a file with these bytes, unless it has errors: they may speak of anything."""
        if has_errors(examined.diagnostics):
            return
        names = self._names(path)
        asked = [(question, *said(answer)) for question, answer in examined.asked.items()]
        try:
            head = pack((asked, dict(examined.links)), names)
            body = pack((examined.outlines, examined.contents, examined.diagnostics), names)
        except Unpackable:
            return
        self._store.put(self._key(path, data), len(head).to_bytes(4, "big") + head + body)

    def _key(self, path: Path, data: bytes) -> bytes:
        return key_of([self._context, path.relative_to(self._bank.root).as_posix().encode(), data])

    def _names(self, path: Path) -> Mapping[str, str]:
        """Return the names of the files at which what became of a file can point."""
        root = self._bank.root
        return {
            path.as_posix(): "file",
            (root / BANK_FILE).as_posix(): "settings",
            self._bank.media_folder.as_posix(): "media",
        }
