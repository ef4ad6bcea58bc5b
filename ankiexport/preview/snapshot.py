"""What is known of a bank at one moment: its entries, each with the problems that are about it."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from ankiexport.diagnostics import Diagnostic
from ankiexport.live_bank.entries import Entry
from ankiexport.live_bank.reading import Reading
from ankiexport.search import NoteFacts, parse
from ankiexport.search.writing import with_current_tags


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries are asked for; what is empty asks for all."""

    query: str = ""
    level: str = ""
    tag: str = ""
    kind: str = ""
    only_problems: bool = False


@dataclass(frozen=True)
class Snapshot:
    """A bank as it was read last; `is_checked` tells whether `diagnostics` are all that a check finds.

    `is_rendered` tells whether searches know all fields; before, they look at sources.

    Entries are named by handles: their keys, but where two share one, the second is `key~2`. `facts` tells
    what a search can know of one.
    """

    revision: int
    reading: Reading
    diagnostics: tuple[Diagnostic, ...]
    facts: Callable[[Entry], NoteFacts]
    is_checked: bool = False
    is_rendered: bool = False

    @cached_property
    def by_handle(self) -> Mapping[str, Entry]:
        """The entries by their handles, in order of study."""
        found: dict[str, Entry] = {}
        for entry in self.reading.entries:
            handle, number = entry.key, 1
            while handle in found:
                number += 1
                handle = f"{entry.key}~{number}"
            found[handle] = entry
        return found

    @cached_property
    def problems(self) -> Mapping[str, tuple[Diagnostic, ...]]:
        """The problems that are about one entry, by its handle; those of the bank itself have the handle ""."""
        found: dict[str, list[Diagnostic]] = defaultdict(list)
        for diagnostic in self.diagnostics:
            found[self.owner(diagnostic)].append(diagnostic)
        return {handle: tuple(problems) for handle, problems in found.items()}

    def owner(self, diagnostic: Diagnostic) -> str:
        """Return the handle of the entry in whose lines a problem lies, or the empty one."""
        lines, handles = self._starts.get(diagnostic.position.path, ([], []))
        number = bisect_right(lines, diagnostic.position.line)
        return handles[number - 1] if number else ""

    def found(self, wanted: Filter) -> Iterator[tuple[str, Entry]]:
        """Yield the entries that are asked for, with their handles, in order of study.

        Raises `SearchError`.
        """
        bank = self.reading.bank
        if wanted == Filter() or bank is None:
            yield from self.by_handle.items()
            return
        search = parse(with_current_tags(wanted.query, bank.aliases())) if wanted.query.strip() else None
        for handle, entry in self.by_handle.items():
            if (
                (not wanted.level or entry.level == wanted.level)
                and (not wanted.tag or wanted.tag in entry.tags)
                and (not wanted.kind or entry.is_fact is (wanted.kind == "fact"))
                and (not wanted.only_problems or handle in self.problems)
                and (search is None or search.matches(self.facts(entry)))
            ):
                yield handle, entry

    @cached_property
    def _starts(self) -> dict[str, tuple[list[int], list[str]]]:
        """For each file the first lines of its entries, in order, and their handles."""
        found: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for handle, entry in self.by_handle.items():
            found[entry.position.path].append((entry.first_line, handle))
        return {
            path: ([line for line, _ in sorted(starts)], [handle for _, handle in sorted(starts)])
            for path, starts in found.items()
        }
