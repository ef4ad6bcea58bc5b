"""What stands at a place in a bank's file: a key, a value or a text, and below which keys."""

from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from ankiexport.bank import is_question_file
from ankiexport.bank_settings import BANK_FILE


class Kind(Enum):
    """What a spot is."""

    KEY = auto()  # the key of a mapping
    VALUE = auto()  # a value that stands on one line, or an item of a list
    BARE = auto()  # a word without a colon: a value, or a key of which the colon is yet to come
    TEXT = auto()  # a text of several lines
    HEADING = auto()  # the heading of a section in Markdown
    NOTHING = auto()


class FileKind(Enum):
    """Which file of a bank a text is; others are none of ours."""

    SETTINGS = "bank"
    QUESTIONS = "questions"


@dataclass(frozen=True, slots=True)
class Spot:
    """What stands at a place; `word` reaches from `start` to `end` in its line, and the place is `column`.

    `path` are the keys that lead there. `siblings` are the keys that its mapping has already.
    `is_yaml` tells that a value must be quoted where YAML wants it.
    """

    kind: Kind
    path: tuple[str, ...] = ()
    line: int = 0
    start: int = 0
    end: int = 0
    column: int = 0
    word: str = ""
    siblings: frozenset[str] = frozenset()
    is_yaml: bool = True
    is_quoted: bool = False

    @property
    def typed(self) -> str:
        """The part of the word that stands before the place."""
        return self.word[: max(0, self.column - self.start)]


NOTHING = Spot(Kind.NOTHING)


def file_kind(root: Path, path: Path) -> FileKind | None:
    """Return which file of a bank a path names."""
    if path == root / BANK_FILE:
        return FileKind.SETTINGS
    return FileKind.QUESTIONS if is_question_file(root, path) else None
