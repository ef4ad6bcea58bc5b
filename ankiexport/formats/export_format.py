"""What an export format is: a name, what it keeps, and a pure function from notes to files.

A package of someone else's adds one by an entry point in the group `ankiexport.formats`, which names an
`ExportFormat`; see docs/formats.md.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from ankiexport.diagnostics import Diagnostic
from ankiexport.notes import PackagePlan
from ankiexport.question import Bank, Fact, Question


class Feature(StrEnum):
    """What a bank has and a format may keep or lose."""

    HINTS = "hints"
    TAGS = "tags"
    HIERARCHY = "hierarchy"
    MATH = "math"
    CODE = "code"
    MEDIA = "media"
    CLOZES = "clozes"
    UPDATES = "updates in place"


class Paper(StrEnum):
    """Paper to print on."""

    A4 = "a4"
    LETTER = "letter"


@dataclass(frozen=True, slots=True)
class Shipment:
    """What a format is given: the bank, its notes with their decks and note types, and what they were made of.

    `plan` is what a package would hold. `sources` are the questions and facts by the keys of their notes;
    a retired note has none. `paper` is for formats that are printed.
    """

    bank: Bank
    plan: PackagePlan
    sources: Mapping[str, Question | Fact]
    paper: Paper = Paper.A4


@dataclass(frozen=True, slots=True)
class Exported:
    """What a format makes: files by their paths below the output folder, and what it had to leave out.

    A `Path` stands for a file to copy.
    """

    files: Mapping[str, str | bytes | Path]
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A format: its name on the command line, one sentence about it, what it keeps, and how it is made.

    `loses` says in words what the table of features does not, without a full stop. `export` gives the same files for the same
    shipment, and writes nothing. `is_printed` tells that it heeds the shipment's paper.
    """

    name: str
    description: str
    export: Callable[[Shipment], Exported]
    keeps: frozenset[Feature] = field(default=frozenset())
    loses: str = ""
    is_printed: bool = False
