"""Rules over a bank and its lock: what would cost learners something and can still be helped."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from ankiexport.card_templates import LoadedNoteType
from ankiexport.diagnostics import Diagnostic
from ankiexport.html_text import html_to_text, without_clozes
from ankiexport.lock.entries import Lock, LockedNote, State, field_digests
from ankiexport.notes import NoteContent
from ankiexport.plan import gone, locked_for, schema_changed

# From this likeness on, the text of what is asked is taken for the same one, edited.
_ALIKE = 0.8
# Words that so many removed notes share say nothing about any one of them.
_COMMON = 20
# How many of the notes with the most words in common are compared letter by letter.
_CLOSEST = 5


@dataclass(frozen=True, slots=True)
class Update:
    """What the rules look at: the notes of the bank as it is, its note types, and the lock."""

    contents: Sequence[NoteContent]
    note_types: Mapping[str, LoadedNoteType]
    lock: Lock


Rule = Callable[[Update], Iterator[Diagnostic]]


def renamed_ids(update: Update) -> Iterator[Diagnostic]:
    """Report a note with a new id whose content is that of one that the bank no longer has."""
    contents, lock = update.contents, update.lock
    replaced = {key for content in contents for key in content.replaces}
    lost = [note for note in gone(contents, lock) if note.state is State.ACTIVE and note.key not in replaced]
    if not lost:
        return
    candidates = _Candidates(lost, lock)
    fresh = [content for content in contents if locked_for(content, lock) is None and not content.replaces]
    for content in fresh:
        match = candidates.best(content)
        if match is not None:
            message = (
                f'"{content.key}" looks like "{match.key}", which is gone: '
                "under a new id it would be a new note, and learners would begin anew"
            )
            advice = (
                f"if it is the same, write below its id: previous_ids: [{match.key}]; "
                f"if not, run: ankiexport lock --retire {match.key}"
            )
            yield Diagnostic(content.position, "renamed-id", message, advice)


def merged_notes(update: Update) -> Iterator[Diagnostic]:
    """Report an earlier id that the lock knows as a note of its own beside this one."""
    for content in update.contents:
        own = locked_for(content, update.lock)
        for key in content.previous:
            other = update.lock.notes.get(key)
            if own is not None and other is not None and other.guid != own.guid:
                message = f'learners have "{content.key}" and "{key}" as two notes, which cannot become one'
                advice = f"write replaces: [{key}] instead of previous_ids, so that it retires"
                yield Diagnostic(content.position, "duplicate-id", message, advice)


def note_types_stay(update: Update) -> Iterator[Diagnostic]:
    """Report a note that has come under another note type, which Anki would never update."""
    for content in update.contents:
        known = locked_for(content, update.lock)
        if known is not None and known.note_type != content.note_type:
            message = (
                f'"{content.key}" was shipped with the note type "{known.note_type}": '
                "Anki refuses the update of a note that comes with another one"
            )
            advice = f"keep the note type, or give it a new id and write replaces: [{known.key}]"
            yield Diagnostic(content.position, "note-type-changed", message, advice)


def schemas_stay(update: Update) -> Iterator[Diagnostic]:
    """Report a note type with other fields or card templates, unless a new schema version is declared."""
    for key in sorted(update.note_types):
        note_type = update.note_types[key].note_type
        known = update.lock.note_types.get(key)
        if known is None or not schema_changed(note_type, known):
            continue
        if note_type.id == known.id and note_type.schema_version > known.schema_version:
            continue
        message = (
            f'the fields or card templates of "{key}" are not the ones that learners have: Anki would make a '
            "second note type, update no note of the first any more, and ask everyone for a full sync"
        )
        advice = (
            "put new content into a field that exists, or undo the change; to announce it to all learners, "
            f"write schema_version: {known.schema_version + 1}"
        )
        if note_type.id != known.id:
            advice = f"write back its id: {known.id}"
        yield Diagnostic(note_type.position, "schema-changed", message, advice)


def replaced_are_known(update: Update) -> Iterator[Diagnostic]:
    """Warn of an id in `replaces` that was never shipped."""
    for content in update.contents:
        for key in content.replaces:
            if key not in update.lock.notes and update.lock.notes:
                message = f'"{key}" was never shipped, so there is nothing to replace'
                yield Diagnostic(content.position, "unknown-id", message, "look for a typo, or take it away")


RULES: tuple[Rule, ...] = (renamed_ids, merged_notes, note_types_stay, schemas_stay, replaced_are_known)


def check_update(update: Update) -> list[Diagnostic]:
    """Return what all rules find, in the order of the rules."""
    return [problem for rule in RULES for problem in rule(update)]


class _Candidates:
    """The notes that are gone, to be recognised in new ones; each is recognised once."""

    def __init__(self, lost: Sequence[LockedNote], lock: Lock) -> None:
        # What several notes have in common, such as the name of a level, tells none of them apart.
        counts = Counter(digest for note in lock.notes.values() for digest in set(note.fields))
        self._by_digest = {
            digest: note for note in lost for digest in note.fields if digest and counts[digest] == 1
        }
        self._lost = {note.key: note for note in lost}
        self._by_word: dict[str, list[LockedNote]] = defaultdict(list)
        self._texts = {note.key: _asked(note.text) for note in lost}
        for note in lost:
            for word in set(self._texts[note.key].split()):
                self._by_word[word].append(note)
        self._taken: set[str] = set()

    def best(self, content: NoteContent) -> LockedNote | None:
        """Return the note that a new one is most like, if it is like one at all."""
        match = self._same_field(content) or self._same_text(content)
        if match is not None:
            self._taken.add(match.key)
        return match

    def _same_field(self, content: NoteContent) -> LockedNote | None:
        for digest in field_digests(content):
            note = self._by_digest.get(digest)
            if note and note.note_type == content.note_type and note.key not in self._taken:
                return note
        return None

    def _same_text(self, content: NoteContent) -> LockedNote | None:
        text = _asked(content.text)
        shared: Counter[str] = Counter()
        for word in set(text.split()):
            holders = self._by_word.get(word, [])
            shared.update(note.key for note in holders if len(holders) <= _COMMON)
        for key, _ in shared.most_common(_CLOSEST):
            note = self._lost[key]
            if key in self._taken or note.note_type != content.note_type:
                continue
            if SequenceMatcher(None, self._texts[key], text, autojunk=False).ratio() >= _ALIKE:
                return note
        return None


def _asked(html: str) -> str:
    return without_clozes(html_to_text(html)).casefold()
