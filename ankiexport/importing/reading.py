"""What every reader of a source gives: a collection or questions, and what it could not take over."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from ankiexport.diagnostics import Diagnostic
from ankiexport.importing.package import SourceCollection
from ankiexport.importing.questions import SourceQuestions


class Kept(StrEnum):
    """What a source may hold and an import keeps."""

    GUIDS = "GUIDs"
    NOTE_TYPES = "note types"
    FORM = "bold, lists"
    CLOZES = "clozes"
    TAGS = "tags"
    DECKS = "decks"
    MEDIA = "media"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user says of a source that does not say it itself.

    `columns` are columns by what they hold, `delimiter` stands between them, and `text` tells what cells are: plain
    or markdown.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    delimiter: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read; `media` is the number of files that were copied, `losses` tell in words what is not kept."""

    content: SourceCollection | SourceQuestions = field(default_factory=SourceQuestions)
    media: int = 0
    losses: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceFormat:
    """A format that can be imported: its name on the command line, a sentence, what is kept of it, and how it is read.

    `read` is given the source, an empty folder for its media and the wishes; it writes nowhere else. `loses` says in words what
    a source does not hold, without a full stop.
    """

    name: str
    description: str
    read: Callable[[Path, Path, Wishes], Reading]
    keeps: frozenset[Kept]
    loses: str
