"""The last build of a bank into a folder, as much of it as a build after an edit begins from."""

import pickle
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ankiexport.cache.fingerprint import digest_of, key_of, program_fingerprint
from ankiexport.cache.reading import Inputs
from ankiexport.cache.runs import Run, Seen, Written
from ankiexport.diagnostics import Diagnostic
from ankiexport.outcomes import BuildOutcome, CheckOutcome
from ankiexport.quality.duplicates import lines_of
from ankiexport.quality.outline import Overview
from ankiexport.quality.rules import answer_lengths

if TYPE_CHECKING:
    from ankiexport.question import Text

# What learners cannot tell apart, and may be meant so.
_ALIKE = frozenset({"near-duplicate", "same-question"})


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
    their problems that are of no file by itself. `lock` is the digest of the lock, `lines` that of the words of all that is asked.
    """

    inputs: Inputs
    lock: bytes
    seen: Seen
    written: Written
    outcome: BuildOutcome
    checked: CheckOutcome
    of_all: tuple[Diagnostic, ...]
    lengths: tuple[int, ...]
    lines: bytes
    alike: bool


def basis_of(overview: Overview, of_files: Sequence[Diagnostic]) -> Basis | None:
    """Return what a build after an edit needs; None for a bank in which searches are looked at."""
    if overview.bank.decks:
        return None
    given = tuple(outline for outline in overview.outlines if not outline.is_given)
    lengths = answer_lengths(replace(overview, outlines=given))
    allowed: list[Text] = [
        *overview.bank.allow,
        *(text for each in overview.outlines for text in each.question.allow),
    ]
    alike = any(text.value.strip() in _ALIKE for text in allowed)
    return Basis(tuple(of_files), tuple(lengths.values()), lines_of(overview), alike)


def keep_lines(run: Run, lines: str) -> bytes:
    """Keep the words of all that is asked, and return their digest."""
    data = lines.encode()
    digest = digest_of(data)
    run.store.put(key_of([b"lines", digest]), data)
    return digest


def find_lines(run: Run, digest: bytes) -> str | None:
    """Return the words of all that is asked, if they were kept."""
    data = run.store.get(key_of([b"lines", digest]))
    return data.decode() if data is not None else None


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
