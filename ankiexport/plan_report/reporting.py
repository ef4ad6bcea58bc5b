"""From a plan to its report: which effects it has on which note, and what of it is worth telling."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ankiexport.anki_template import parse_template
from ankiexport.card_generation import cloze_ords, standard_card_ords
from ankiexport.diagnostics import Position
from ankiexport.html_text import html_to_text, without_clozes
from ankiexport.import_settings import import_settings
from ankiexport.lock.entries import LockedNote
from ankiexport.notes import Note, NoteType
from ankiexport.plan import Change, NoteChange, NoteTypeChange, NoteTypeChangeKind, Plan
from ankiexport.plan_report.baseline import Baseline, Matched
from ankiexport.plan_report.consequences import OF_NOTE_TYPE, Effect
from ankiexport.plan_report.decks import deck_changes
from ankiexport.plan_report.old_texts import OldTexts, is_edited
from ankiexport.plan_report.report import FieldReport, NoteReport, NoteTypeReport, Report

_OF_CHANGE = {
    Change.RETIRED: Effect.RETIRED,
    Change.RESTORED: Effect.RESTORED,
}


def make_report(
    plan: Plan,
    baseline: Baseline,
    matched: Matched,
    *,
    notes: Sequence[Note],
    note_types: Sequence[NoteType],
    texts: OldTexts,
) -> Report:
    """Return the report of a plan, which compares notes and note types with what was matched of a baseline."""
    reporter = _Reporter(
        baseline,
        matched,
        {note.content.key: note.mod for note in notes},
        {note_type.key: note_type for note_type in note_types},
        frozenset(entry.key for entry in plan.note_types if entry.kind is NoteTypeChangeKind.SCHEMA),
        _replacements(notes),
        texts,
    )
    reports = [found for entry in plan.notes if (found := reporter.note(entry)) is not None]
    return Report(
        baseline=baseline,
        notes=(*reports, *(_left(locked) for locked in matched.left)),
        note_types=tuple(reporter.note_type(entry) for entry in plan.note_types),
        decks=deck_changes(plan.notes, set(_decks_before(baseline.lock.notes.values()))),
        unchanged=len(plan.notes) - len(reports),
        import_settings=import_settings(note_types) if reporter.schemas else None,
        why_not=texts.why_not,
    )


@dataclass(frozen=True, slots=True)
class _Reporter:
    """What it takes to tell what becomes of a note or a note type."""

    baseline: Baseline
    matched: Matched
    mods: Mapping[str, int]
    note_types: Mapping[str, NoteType]
    schemas: frozenset[str]
    replaced_by: Mapping[str, tuple[str, ...]]
    texts: OldTexts

    def note(self, entry: NoteChange) -> NoteReport | None:
        """Return what becomes of a note, or None if nothing does."""
        content, locked = entry.content, self.matched.lock.notes.get(entry.key)
        lost = self._lost_cards(entry, locked) if locked else ()
        effects = tuple(self._effects(entry, locked, lost))
        if not effects:
            return None
        before = locked if locked and is_edited(entry, locked) else None
        tags = before.tags if before else content.tags
        moved = entry.moves if Effect.MOVED in effects else ()
        says_more = entry.fields or entry.tags or content.note_type in self.schemas
        return NoteReport(
            key=entry.key,
            effects=effects,
            asked=_asked(content.text),
            deck=moved[0][1] if moved else entry.deck,
            position=content.position,
            cards=len(content.ords),
            is_retired=content.is_retired,
            old_deck=moved[0][0] if moved else None,
            renamed_from=entry.renamed_from,
            fields=tuple(self._fields(entry, before)) if before else (),
            tags_added=tuple(tag for tag in content.tags if tag not in tags),
            tags_removed=tuple(tag for tag in tags if tag not in content.tags),
            new_cards=entry.new_cards if locked else (),
            new_decks=tuple(dict.fromkeys(content.deck_of(ord_, entry.deck) for ord_ in entry.new_cards)),
            lost_cards=lost,
            replaced_by=self.replaced_by.get(entry.key, ()) if Effect.RETIRED in effects else (),
            only_media=before is not None and not says_more,
        )

    def note_type(self, entry: NoteTypeChange) -> NoteTypeReport:
        """Return what becomes of a note type."""
        note_type, locked = self.note_types[entry.key], self.matched.lock.note_types.get(entry.key)
        effect = OF_NOTE_TYPE[entry.kind]
        if effect is Effect.NOTE_TYPE_APPEARANCE and locked and not self._is_newer(note_type.mod, locked.mod):
            effect = Effect.NOTE_TYPE_OUTDATED
        return NoteTypeReport(entry.key, note_type.name, effect)

    def _effects(self, entry: NoteChange, locked: LockedNote | None, lost: Sequence[int]) -> Iterator[Effect]:
        if locked is None:
            yield Effect.ADDED
            return
        main = self._main_effect(entry, locked)
        if main is not None:
            yield main
        if entry.renamed_from:
            yield Effect.RENAMED
        # A note that retires or comes back changes its deck in the package only, and its cards are new to nobody.
        if entry.moves and entry.change in {Change.CHANGED, Change.MOVED}:
            yield Effect.MOVED
        if main is not Effect.CONFLICTING:
            if entry.new_cards:
                yield Effect.NEW_CARDS
            if lost:
                yield Effect.LOST_CARDS

    def _main_effect(self, entry: NoteChange, locked: LockedNote) -> Effect | None:
        effect = Effect.CHANGED if is_edited(entry, locked) else _OF_CHANGE.get(entry.change)
        says_the_same = effect in {None, Effect.CHANGED} and not (entry.fields or entry.tags)
        if says_the_same and entry.content.note_type in self.schemas:
            # What becomes of it is what becomes of its note type.
            return None
        is_newer = self._is_newer(self.mods[entry.key], locked.mod)
        if locked.note_type != entry.content.note_type:
            return Effect.CONFLICTING
        if effect is None:
            return Effect.OVERWRITTEN if is_newer and self.baseline.times else None
        return effect if is_newer else Effect.OUTDATED

    def _is_newer(self, mod: int, before: int) -> bool:
        return mod > before or not self.baseline.times

    def _fields(self, entry: NoteChange, locked: LockedNote) -> Iterator[FieldReport]:
        names = self.note_types[entry.content.note_type].field_names
        for place, (name, new) in enumerate(zip(names, entry.content.fields, strict=True)):
            if name in entry.fields:
                yield FieldReport(name, self.texts.of(locked, place, new), new)

    def _lost_cards(self, entry: NoteChange, locked: LockedNote) -> tuple[int, ...]:
        """Return the cards that fall away now: a lock also knows those that did so long ago."""
        if not entry.lost_cards or entry.content.note_type != locked.note_type:
            return ()
        note_type = self.note_types[locked.note_type]
        fields = [self.texts.of(locked, place, new) for place, new in enumerate(entry.content.fields)]
        texts = [text for text in fields if text is not None]
        if len(texts) < len(fields):
            return entry.lost_cards
        before = _cards(note_type, texts, locked.tags)
        return tuple(ord_ for ord_ in entry.lost_cards if ord_ in before)


def _cards(note_type: NoteType, fields: Sequence[str], tags: tuple[str, ...]) -> tuple[int, ...]:
    named = dict(zip(note_type.field_names, fields, strict=True))
    if note_type.cloze:
        return cloze_ords(named)
    fronts = [parse_template(template.front) for template in note_type.templates]
    return standard_card_ords(fronts, named, tags=tags)


def _replacements(notes: Sequence[Note]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for note in notes:
        for key in note.content.replaces:
            found[key] = (*found.get(key, ()), note.content.key)
    return found


def _decks_before(notes: Iterable[LockedNote]) -> Iterator[str]:
    for locked in notes:
        yield locked.deck
        yield from locked.card_decks.values()


def _left(locked: LockedNote) -> NoteReport:
    return NoteReport(
        locked.key, (Effect.LEFT,), _asked(locked.text), locked.deck, Position(""), cards=len(locked.cards)
    )


def _asked(html: str) -> str:
    return without_clozes(html_to_text(html)).partition("\n")[0]
