"""Whole runs: what a build or a check told, to be told again when nothing at all has changed.

That is so when all that the run has read is as it was, byte for byte, and all that it has written, too. Of
times only the clock's has a part: a lock must not come from the future.
"""

import os
import pickle
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from ankiexport.cache.fingerprint import digest_of, key_of
from ankiexport.cache.reading import Inputs, Stamp, in_threads, inputs_in, lock_and_inputs, stamps_in
from ankiexport.deflaters import deflater_for
from ankiexport.diagnostics import Diagnostic, Position
from ankiexport.files import leftovers

if TYPE_CHECKING:
    from ankiexport.cache.store import Store
    from ankiexport.media import MediaLibrary

CHECK = ("check",)

_DAY_SECONDS = 86_400
# File systems tell times to two seconds at worst.
_GRAIN_NS = 3_000_000_000
# From so much on, threads that read and digest save more than they cost.
_MANY_BYTES = 50_000_000

Said = tuple[tuple[str, str] | None, Diagnostic | None]


@dataclass(frozen=True, slots=True)
class Seen:
    """What questions refer to: media, with what was said of each, and links, with whether they lead somewhere.

    `template_media` are the names of the files that card templates may use, where media keep their names.
    """

    media: Mapping[tuple[str, Position], Said] = field(default_factory=dict)
    links: Mapping[str, bool] = field(default_factory=dict)
    keeps_names: bool = False
    template_media: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """What a build has left: files with their SHA-256, others that lie beside them, and the latest time in the lock."""

    folder: Path
    digests: Mapping[str, str]
    others: tuple[str, ...] = ()
    latest: int = 0


@dataclass(frozen=True, slots=True)
class _Kept:
    outcome: object
    seen: Seen
    written: Written | None


class Run:
    """A command that reads one bank, with what it depends on, taken before it begins.

    `lock` is the digest of the bank's lock; None if that cannot be read, or a build was killed. `inputs` is what the
    run depends on besides the lock, if all of it could be read.
    """

    def __init__(self, store: "Store", root: Path) -> None:
        """Read all sources of the bank; one that cannot be read is no reason to stop here."""
        self.store = store
        self.root = root
        self._start = time.time_ns()
        self._stamps: list[Stamp] = []
        self.lock: bytes | None = None
        self.inputs: Inputs | None = None
        try:
            self._stamps = stamps_in(root)
            self.lock, self.inputs = lock_and_inputs(root)
        except OSError:
            pass

    def find(self, command: Sequence[str]) -> object | None:
        """Return what the command told when everything was as it is now, if it ever was."""
        if self.inputs is None or self.lock is None:
            return None
        kept = self.store.get(self._key(command, self.inputs, self.lock))
        if kept is None:
            return None
        # The bytes are the program's own, from a folder that belongs to its user.
        found: _Kept = pickle.loads(kept)  # noqa: S301
        try:
            holds = is_as_seen(self.root, found.seen) and is_as_written(found.written)
        except OSError:
            return None
        return found.outcome if holds else None

    def keep(
        self,
        outcomes: Mapping[tuple[str, ...], object],
        lock: bytes,
        seen: Seen,
        written: Written | None = None,
    ) -> bool:
        """Keep what commands would tell if they ran right now, with the lock of this digest as the bank's.

        Return whether the bank is still as it was when the run began.
        """
        try:
            # What was read while somebody saved a file is nobody's result. Of another lock, nothing is kept.
            is_same = self._is_as_read()
        except OSError:
            return False
        if is_same and self.inputs is not None:
            for command, outcome in outcomes.items():
                kept = _Kept(outcome, seen, None if command == CHECK else written)
                self.store.put(self._key(command, self.inputs, lock), pickle.dumps(kept, protocol=5))
        return is_same

    def _is_as_read(self) -> bool:
        """Tell whether all inputs are as they were; those that were changed not long ago are read again."""
        stamps = stamps_in(self.root)
        if stamps != self._stamps or self.inputs is None:
            return False
        fresh = [stamp.path for stamp in stamps if stamp.changed > self._start - _GRAIN_NS]
        names = {
            path.relative_to(self.root).as_posix(): path for path in fresh if path.is_relative_to(self.root)
        }
        if any(name not in self.inputs.files for name in names) or len(names) < len(fresh):
            return inputs_in(self.root) == self.inputs
        return all(digest_of(path.read_bytes()) == self.inputs.files[name] for name, path in names.items())

    def _key(self, command: Sequence[str], inputs: Inputs, lock: bytes) -> bytes:
        # Paths as they were given are in what is told. A time that is no time ends a run.
        given = (*command, self.root.as_posix(), os.environ.get("SOURCE_DATE_EPOCH", ""))
        return key_of([b"run", inputs.key, lock, *(part.encode(errors="surrogateescape") for part in given)])


def build_command(out: Path, levels: Sequence[str], *, locked: bool) -> tuple[str, ...]:
    """Return what tells one build of a bank from others: those that write other packages are among these."""
    return ("build", out.as_posix(), "locked" if locked else "", deflater_for(locked=locked).name, *levels)


def is_as_seen(root: Path, seen: Seen) -> bool:
    """Tell whether media and links are as they were."""
    if any(Path(target).exists() is not there for target, there in seen.links.items()):
        return False
    if not seen.media and not seen.keeps_names:
        return True
    from ankiexport.media import said

    library = library_of(root, keeps_names=seen.keeps_names)
    return template_media(library) == seen.template_media and all(
        said(library.find(*asked)) == answer for asked, answer in seen.media.items()
    )


def library_of(root: Path, *, keeps_names: bool) -> "MediaLibrary":
    """Return the media of a bank, none of them looked at yet."""
    from ankiexport.media import MediaLibrary

    return MediaLibrary(root, keeps_names=keeps_names)


def template_media(library: "MediaLibrary") -> tuple[str, ...]:
    """Return the names of the files that card templates may use."""
    return tuple(file.name for file in library.for_templates())


def is_as_written(written: Written | None) -> bool:
    """Tell whether the files of a build are as it has left them."""
    if written is None:
        return True
    folder = written.folder
    paths = [folder / name for name in written.digests]

    def digest(path: Path) -> str:
        return sha256(path.read_bytes()).hexdigest()

    return (
        written.latest <= time.time() + _DAY_SECONDS
        and not leftovers(folder)
        and all(path.is_file() for path in (*paths, *(folder / name for name in written.others)))
        and in_threads(digest, paths, is_much=sum(path.stat().st_size for path in paths) > _MANY_BYTES)
        == [*written.digests.values()]
    )
