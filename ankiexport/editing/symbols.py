"""The questions of a file as an outline, and those of a bank by their ids."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ankiexport.diagnostics import Position
from ankiexport.editing.state import BankState
from ankiexport.live_bank.entries import Entry

# More than this nobody reads; an editor asks again for every letter.
MOST_SYMBOLS = 500


@dataclass(frozen=True, slots=True)
class Symbol:
    """A question or a fact in the outline of its file; lines count from 0, `last_line` is within it."""

    name: str
    title: str
    is_fact: bool
    first_line: int
    last_line: int
    position: Position
    children: tuple["Symbol", ...] = ()


def outline(state: BankState, path: Path, line_count: int) -> list[Symbol]:
    """Return the questions of a file in the order of their lines, each with its facts below it."""
    entries = state.by_file.get(path.as_posix(), ())
    questions = [entry for entry in entries if not entry.is_fact]
    ends = [*(question.first_line - 2 for question in questions[1:]), line_count - 1]
    found: list[Symbol] = []
    for question, end in zip(questions, ends, strict=True):
        facts = [entry for entry in entries if entry.is_fact and entry.question is question.question]
        found.append(_symbol(question, end, facts))
    return found


def _symbol(entry: Entry, last_line: int, facts: Sequence[Entry] = ()) -> Symbol:
    first = entry.first_line - 1
    ends = [*(fact.first_line - 2 for fact in facts[1:]), last_line]
    below = tuple(_symbol(fact, end) for fact, end in zip(facts, ends, strict=False))
    return Symbol(
        entry.key or "(no id)",
        entry.title,
        entry.is_fact,
        first,
        max(first, last_line),
        entry.position,
        below,
    )


def found_symbols(state: BankState, query: str) -> list[Entry]:
    """Return the questions and facts of which the id or the title holds a query's letters in their order."""
    letters = query.casefold().split()
    matching = (
        entry
        for entry in state.reading.entries
        if entry.key and (_holds(entry.key, "".join(letters)) or _has_words(entry, letters))
    )
    return list(islice(matching, MOST_SYMBOLS))


def _has_words(entry: Entry, words: list[str]) -> bool:
    title = entry.title.casefold()
    return all(word in title for word in words)


def _holds(text: str, letters: str) -> bool:
    rest = iter(text.casefold())
    return all(letter in rest for letter in letters)
