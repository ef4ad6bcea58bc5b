"""The questions of a file as an outline, and those of a bank by their ids."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ankiexport.bank import parse_questions
from ankiexport.diagnostics import Position
from ankiexport.editing.source_text import SourceText
from ankiexport.editing.spots import FileKind, file_kind
from ankiexport.editing.state import BankState, in_order_of_lines
from ankiexport.live_bank.entries import Entry, entries_of

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


def outline(state: BankState, path: Path, text: SourceText) -> list[Symbol]:
    """Return the questions of a file in the order of their lines, each with its facts below it.

    They are those of the text as it is; where that cannot be read, those that were read last.
    """
    entries = list(state.by_file.get(path.as_posix(), ()))
    if state.bank and file_kind(state.root, path) is FileKind.QUESTIONS:
        questions, _problems = parse_questions(text.normal, path, state.bank)
        entries = in_order_of_lines(entries_of(questions, state.bank)) or entries
    asked = [entry for entry in entries if not entry.is_fact]
    if not asked:
        return []
    ends = [*(entry.first_line - 2 for entry in asked[1:]), len(text.lines) - 1]
    found: list[Symbol] = []
    for entry, end in zip(asked, ends, strict=True):
        facts = [fact for fact in entries if fact.is_fact and fact.question is entry.question]
        found.append(_symbol(entry, end, facts))
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
