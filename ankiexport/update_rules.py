"""Rules over a bank and its lock: what would cost learners something and can still be helped."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from ankiexport.diagnostics import Diagnostic
from ankiexport.html_text import html_to_text, without_clozes
from ankiexport.lock.entries import Lock, LockedNote, State, digests_in, field_digests
from ankiexport.note_types import LoadedNoteType
from ankiexport.notes import NoteContent
from ankiexport.plan import gone, locked_for, schema_changed

# From this likeness on, the text of what is asked is taken for the same one, edited.
_ALIKE = 0.8
# From this share of its text on that is unchanged, a note is taken for the same one: what remains when the
# question is rewritten, and more than two notes on one topic, with the same sources, have in common.
_UNCHANGED = 0.5
# Words that so many removed notes share say nothing about any one of them.
_COMMON = 20
# How many of the notes with the most words in common are compared letter by letter.
_CLOSEST = 5


class Update(NamedTuple):
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
    fresh = [content for content in contents if locked_for(content, lock) is None and not content.replaces]
    for content, old in _recognised(fresh, _Candidates(lost, lock)):
        message = (
            f'"{content.key}" looks like "{old}", which is gone: '
            "under a new id it would be a new note, and learners would begin anew"
        )
        advice = (
            f"if it is the same, write below its id: previous_ids: [{old}]; "
            f"if not, run: ankiexport lock --retire {old}"
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


# Of a new one here, `rebuilding/edits.py` has to know when an edit can change what it finds.
RULES: tuple[Rule, ...] = (renamed_ids, merged_notes, note_types_stay, schemas_stay, replaced_are_known)


def check_update(update: Update) -> list[Diagnostic]:
    """Return what all rules find, in the order of the rules."""
    return [problem for rule in RULES for problem in rule(update)]


def _recognised(fresh: Sequence[NoteContent], candidates: "_Candidates") -> Iterator[tuple[NoteContent, str]]:
    """Yield the new notes that seem to be old ones, with the old ids; the likest pairs first, each note once."""
    by_key = {content.key: content for content in fresh}
    pairs = [(-likeness, content.key, old) for content in fresh for old, likeness in candidates.like(content)]
    taken: set[str] = set()
    for _, key, old in sorted(pairs):
        if key in by_key and old not in taken:
            taken.add(old)
            yield by_key.pop(key), old


class _Candidates:
    """The notes that are gone, to be recognised in new ones."""

    def __init__(self, lost: Sequence[LockedNote], lock: Lock) -> None:
        # What several notes have in common, such as the name of a level, tells none of them apart.
        counts = Counter(digest for note in lock.notes.values() for digest in set(note.field_digests))
        self._by_digest = {
            digest: note.key
            for note in lost
            for digest in note.field_digests
            if digest and counts[digest] == 1
        }
        self._lost = {note.key: note for note in lost}
        self._by_word: dict[str, list[str]] = defaultdict(list)
        self._texts = {note.key: _asked(note.text) for note in lost}
        for key, text in self._texts.items():
            for word in set(text.split()):
                self._by_word[word].append(key)

    def like(self, content: NoteContent) -> Iterator[tuple[str, float]]:
        """Yield the old ids of which a new note may be the new one, and how like it is, at most 2."""
        text = _asked(content.text)
        unchanged = self._unchanged(content)
        for key in dict.fromkeys([*unchanged, *self._closest(text)]):
            if self._lost[key].note_type != content.note_type:
                continue
            alike = SequenceMatcher(None, self._texts[key], text, autojunk=False).ratio()
            share = unchanged.get(key, 0.0)
            if alike >= _ALIKE or share >= _UNCHANGED:
                yield key, alike + share

    def _unchanged(self, content: NoteContent) -> dict[str, float]:
        """Return the share of a note's text that is, field by field, that of an old one."""
        sizes = [len(html_to_text(field)) for field in content.fields]
        shares: dict[str, float] = {}
        for digest, size in zip(digests_in(field_digests(content)), sizes, strict=True):
            key = self._by_digest.get(digest)
            if key:
                shares[key] = shares.get(key, 0.0) + size / max(1, sum(sizes))
        return shares

    def _closest(self, text: str) -> list[str]:
        shared: Counter[str] = Counter()
        # Sorted, for where several are as close, the first ones count.
        for word in sorted(set(text.split())):
            holders = self._by_word.get(word, [])
            shared.update(holders if len(holders) <= _COMMON else ())
        return [key for key, _ in shared.most_common(_CLOSEST)]


def _asked(html: str) -> str:
    return without_clozes(html_to_text(html)).casefold()
