"""The last build of a bank into a folder, as much of it as a build after an edit begins from."""

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ankiexport.cache.fingerprint import digest_of, key_of, program_fingerprint
from ankiexport.cache.reading import Inputs
from ankiexport.cache.runs import Run, Seen, Written
from ankiexport.diagnostics import Diagnostic
from ankiexport.outcomes import BuildOutcome, CheckOutcome
from ankiexport.quality.duplicates import lines_of
from ankiexport.quality.outline import Overview
from ankiexport.quality.rules import is_length_compared

if TYPE_CHECKING:
    from ankiexport.question import Text

# What learners cannot tell apart, and may be meant so.
_ALIKE = frozenset({"near-duplicate", "same-question"})
# The words of all that is asked are kept in pieces of so many characters: the whole would be held several times.
_PIECE = 1_000_000


@dataclass(frozen=True, slots=True)
class Basis:
    """What a check has found that a build after an edit needs.

    `of_files` are the problems that question files have by themselves, `lengths` the words of each answer that is
    compared with others, `lines` the words of all that is asked. `alike` tells whether anything is allowed to ask
    what is asked elsewhere.
    """

    of_files: tuple[Diagnostic, ...]
    lengths: tuple[int, ...]
    lines: str
    alike: bool


@dataclass(frozen=True, slots=True)
class LastBuild:
    """A build as it has left a bank and a folder.

    `outcome` and `checked` are what a build and a check would tell if they ran right after it, `of_all` those of
    their problems that are of no file by itself. `lock` is the digest of the lock, `lines` those of the words of all that is asked,
    piece by piece.
    """

    inputs: Inputs
    lock: bytes
    seen: Seen
    written: Written
    outcome: BuildOutcome
    checked: CheckOutcome
    of_all: tuple[Diagnostic, ...]
    lengths: tuple[int, ...]
    lines: tuple[bytes, ...]
    alike: bool


def basis_of(overview: Overview, of_files: Sequence[Diagnostic]) -> Basis | None:
    """Return what a build after an edit needs; None for a bank in which searches are looked at."""
    if overview.bank.decks:
        return None
    alike = _allows_alike(overview.bank.allow)
    lengths: dict[str, int] = {}
    lines = ["\n"]
    for outline in overview.outlines:
        alike = alike or _allows_alike(outline.question.allow)
        lines += lines_of(outline)
        if is_length_compared(outline) and not outline.is_given:
            lengths[outline.question.id] = outline.answer_words
    return Basis(tuple(of_files), tuple(lengths.values()), "".join(lines), alike)


def _allows_alike(allowed: "Sequence[Text]") -> bool:
    return any(text.value.strip() in _ALIKE for text in allowed)


def keep_lines(run: Run, lines: str) -> tuple[bytes, ...]:
    """Keep the words of all that is asked, and return the digests of their pieces."""
    digests = []
    for at in range(0, len(lines), _PIECE):
        data = lines[at : at + _PIECE].encode()
        digests.append(digest_of(data))
        run.store.put(key_of([b"lines", digests[-1]]), data)
    return tuple(digests)


def find_lines(run: Run, digests: Sequence[bytes]) -> str | None:
    """Return the words of all that is asked, if they were kept."""
    pieces = []
    for digest in digests:
        data = run.store.get(key_of([b"lines", digest]))
        if data is None:
            return None
        pieces.append(data.decode())
    return "".join(pieces)


def keep_last_build(run: Run, command: Sequence[str], last: LastBuild) -> None:
    """Keep the last build for the next one by the same command."""
    run.store.put(_key(run, command), pickle.dumps(last, protocol=5))


def find_last_build(run: Run, command: Sequence[str]) -> LastBuild | None:
    """Return the last build by the same command, if it was kept."""
    kept = run.store.get(_key(run, command))
    # The bytes are the program's own, from a folder that belongs to its user.
    found: LastBuild | None = pickle.loads(kept) if kept else None  # noqa: S301
    return found


def _key(run: Run, command: Sequence[str]) -> bytes:
    given = (*command, run.root.as_posix())
    # Another version of the program would not know what to make of it.
    return key_of(
        [b"last build", program_fingerprint(), *(part.encode(errors="surrogateescape") for part in given)]
    )
