"""What is known of a bank at one moment, as the answers to an editor need it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from ankiexport.diagnostics import Diagnostic
from ankiexport.live_bank.entries import Entry
from ankiexport.live_bank.reading import Reading
from ankiexport.plural import plural
from ankiexport.question import Bank
from ankiexport.tags import Vocabulary


@dataclass(frozen=True, slots=True)
class Uses:
    """How many questions and facts bear a tag, or are of a level."""

    questions: int = 0
    facts: int = 0

    def __str__(self) -> str:
        """Return both numbers as a person reads them."""
        numbers = [(self.questions, "question"), (self.facts, "fact")]
        return ", ".join(plural(count, word) for count, word in numbers)


@dataclass(frozen=True)
class BankState:
    """A bank as it was read last; `gone` are the ids that learners have and the bank has no more.

    `diagnostics` are the problems that are shown. Before the first reading, nothing is known.
    """

    root: Path
    reading: Reading = field(default_factory=Reading)
    diagnostics: tuple[Diagnostic, ...] = ()
    note_types: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    @property
    def bank(self) -> Bank | None:
        """The settings as they were read last."""
        return self.reading.bank

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The tags that are known, with their aliases."""
        return Vocabulary.of(self.bank) if self.bank else Vocabulary({}, is_open=True)

    @cached_property
    def tag_uses(self) -> Mapping[str, Uses]:
        """How often each tag is used."""
        return self._uses([(tag, entry) for entry in self.reading.entries for tag in entry.tags])

    @cached_property
    def level_uses(self) -> Mapping[str, Uses]:
        """How many questions and facts each level has."""
        return self._uses([(entry.level, entry) for entry in self.reading.entries])

    @cached_property
    def by_file(self) -> Mapping[str, tuple[Entry, ...]]:
        """The questions and facts of each file, in the order of their lines."""
        found: dict[str, list[Entry]] = defaultdict(list)
        for entry in self.reading.entries:
            found[entry.position.path].append(entry)
        return {path: tuple(in_order_of_lines(entries)) for path, entries in found.items()}

    @cached_property
    def by_key(self) -> Mapping[str, Entry]:
        """The first question or fact of each id."""
        found: dict[str, Entry] = {}
        for entry in self.reading.entries:
            found.setdefault(entry.key, entry)
        return found

    def entry_at(self, path: Path, line: int) -> Entry | None:
        """Return the question or fact in which a line (from 0) lies."""
        entries = self.by_file.get(path.as_posix(), ())
        return next((entry for entry in reversed(entries) if entry.first_line <= line + 1), None)

    @staticmethod
    def _uses(pairs: list[tuple[str, Entry]]) -> Mapping[str, Uses]:
        questions = Counter(name for name, entry in pairs if not entry.is_fact)
        facts = Counter(name for name, entry in pairs if entry.is_fact)
        return {name: Uses(questions[name], facts[name]) for name in {**questions, **facts}}


def in_order_of_lines(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries of one file as they stand in it."""
    return sorted(entries, key=lambda entry: (entry.first_line, entry.is_fact))
