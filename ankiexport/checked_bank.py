"""A bank that was read, checked and rendered, and what can be asked of it."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ankiexport.cache.runs import Seen
from ankiexport.diagnostics import Diagnostic, has_errors
from ankiexport.last_build import Basis
from ankiexport.lock.entries import Lock
from ankiexport.note_types import LoadedNoteType
from ankiexport.notes import Note, NoteContent
from ankiexport.outcomes import CheckOutcome
from ankiexport.question import LoadedBank
from ankiexport.stamp import Stamped, stamp

if TYPE_CHECKING:
    from ankiexport.search import NoteFacts


@dataclass(frozen=True, slots=True)
class CheckedBank:
    """A bank that was read, checked and rendered; `outline` is None when there is no usable bank.yaml.

    The questions of `outline` are without answers and other long texts; `load_bank` reads these.
    `contents` are those of the questions and facts, `retired` those of the notes of `lock` that are gone
    from the bank; there are none of these when anything is wrong. `basis` is what the next build may begin from.
    """

    outline: LoadedBank | None
    note_types: dict[str, LoadedNoteType]
    contents: tuple[NoteContent, ...]
    diagnostics: tuple[Diagnostic, ...]
    retired: tuple[NoteContent, ...] = ()
    lock: Lock | None = None
    seen: Seen = field(default_factory=Seen)
    basis: Basis | None = None

    @property
    def has_errors(self) -> bool:
        """Whether anything stands in the way of a build."""
        return has_errors(self.diagnostics)

    @property
    def outcome(self) -> CheckOutcome:
        """What the check tells."""
        questions = len(self.outline.questions) if self.outline else 0
        return CheckOutcome(self.diagnostics, questions, len(self.contents))

    def stamped(self, now: int, lock: Lock | None = None) -> Stamped:
        """Return the notes as a build at a time (seconds since 1970) would ship them.

        Only for a bank without errors. Another `lock` stands for other learners.
        """
        if self.outline is None or self.lock is None:
            raise ValueError("the bank has errors")  # noqa: EM101, TRY003
        contents = (*self.contents, *self.retired)
        used = {content.note_type for content in contents}
        types = [self.note_types[key].note_type for key in sorted(used)]
        return stamp(self.outline.bank, contents, types, lock or self.lock, now)

    def find(self, query: str) -> tuple[Note, ...]:
        """Return the notes that a search finds, in order of study. Only for a bank without errors.

        Aliases of tags are understood. Raises `SearchError`.
        """
        from ankiexport.search.writing import with_current_tags
        from ankiexport.selection import found_notes

        stamped = self.stamped(0)
        aliases = self.outline.bank.aliases() if self.outline else {}
        found = found_notes(stamped.notes, stamped.note_types, with_current_tags(query, aliases))
        return tuple(found)

    def hints(self, query: str) -> list[str]:
        """Return which names in a right search no note bears. Only for a bank without errors."""
        from ankiexport.search.hints import hints
        from ankiexport.search.writing import with_current_tags

        aliases = self.outline.bank.aliases() if self.outline else {}
        return list(hints(with_current_tags(query, aliases), self.facts))

    @property
    def facts(self) -> "list[NoteFacts]":
        """What searches know of the notes, in order of study. Only for a bank without errors."""
        from ankiexport.search import facts_of

        # The time of a build is not among it.
        stamped = self.stamped(0)
        return facts_of(stamped.notes, stamped.note_types)
