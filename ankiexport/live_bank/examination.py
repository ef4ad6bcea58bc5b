"""What is wrong with a bank, found question by question, and found again only where something changed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from ankiexport.checked_bank import CheckedBank
from ankiexport.diagnostics import Diagnostic
from ankiexport.live_bank.contents import Contents
from ankiexport.live_bank.reading import Reading
from ankiexport.notes import NoteContent
from ankiexport.pipeline import completed
from ankiexport.quality import advise
from ankiexport.quality.outline import Outline, Overview, outline_of
from ankiexport.question import Bank, LoadedBank, Question


@dataclass(frozen=True, slots=True)
class Examined:
    """A bank of which every question was rendered; `problems` are those of its files and of single questions."""

    overview: Overview
    contents: tuple[NoteContent, ...]
    problems: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    question: Question
    outline: Outline
    contents: tuple[NoteContent, ...]
    problems: tuple[Diagnostic, ...]


class Examination:
    """Examines one reading of a bank after the other, and keeps what it found in questions that stay the same."""

    def __init__(self, root: Path) -> None:
        """Begin with nothing."""
        self.contents = Contents(root)
        self._reading = Reading()
        # By identity: questions that have not changed stay the same objects.
        self._found: dict[int, _Found] = {}

    def follow(self, reading: Reading) -> None:
        """Take over a new reading."""
        if reading.loaded is None:
            return
        last, self._reading = self._reading, reading
        renders_the_same = self.contents.follow(reading)
        if not renders_the_same or last.bank != reading.bank:
            self._found = {}
        present = {id(question) for question in reading.loaded.questions}
        self._found = {key: found for key, found in self._found.items() if key in present}

    def examine(self, stop: Callable[[], bool], files: Iterable[str] | None = None) -> bool:
        """Examine the questions of some files, or all; False when it was told to stop before the end."""
        loaded, wanted = self._reading.loaded, None if files is None else frozenset(files)
        if loaded is None:
            return True
        for question in loaded.questions:
            if id(question) in self._found or (wanted is not None and question.position.path not in wanted):
                continue
            if stop():
                return False
            self._examine(question, loaded.bank)
        return True

    def problems(self) -> list[Diagnostic]:
        """Return what was found so far, in files and in single questions."""
        return [
            *self._reading.diagnostics,
            *(one for found in self._found.values() for one in found.problems),
        ]

    def examined(self) -> Examined | None:
        """Return the bank with all that was found; None if there is none. Every question must be examined."""
        loaded = self._reading.loaded
        if loaded is None:
            return None
        found = [self._found[id(question)] for question in loaded.questions]
        contents = tuple(content for one in found for content in one.contents)
        overview = Overview(loaded.bank, tuple(one.outline for one in found))
        return Examined(overview, contents, tuple(self.problems()))

    def _examine(self, question: Question, bank: Bank) -> None:
        contents: tuple[NoteContent, ...] = ()
        problems: tuple[Diagnostic, ...] = ()
        if question.level in bank.level_keys:
            contents, problems = self.contents.rendered(question)
        advice = advise(LoadedBank(bank, (question,)))
        self._found[id(question)] = _Found(question, outline_of(question), contents, (*problems, *advice))


def checked_whole(examined: Examined) -> CheckedBank:
    """Return the bank as `check_bank` would, of the questions as they were examined."""
    return completed(examined.overview, examined.contents, examined.problems)
