"""`ankiexport verify`: what a new package does to a learner of the old one, measured in real Anki."""

import json
import sqlite3
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import banks
import pytest
from anki.consts import CARD_TYPE_LRN, CARD_TYPE_RELEARNING, CARD_TYPE_REV
from banks import make_bank, plans_of, question, questions
from click.testing import CliRunner, Result
from naive_genanki import NaiveNote, write_naive

from ankiexport.cli.verify import verify
from ankiexport.formats.apkg import write_apkg
from ankiexport.formats.apkg_reader import (
    NotAPackageError,
    PackageContents,
    PackedNote,
    PackedNoteType,
    read_package,
)
from ankiexport.notes import Note, NoteType, PackagePlan
from ankiexport.verify import (
    ALL,
    DEFAULT,
    Figures,
    Rehearsal,
    Report,
    as_json,
    as_markdown,
    as_text,
    engine,
    learner,
    rehearse,
)
from ankiexport.verify.engine import opened
from ankiexport.verify.fates import Fate, fates
from ankiexport.verify.measure import measure
from ankiexport.verify.report import counts
from ankiexport.verify.snapshot import BURIED, SUSPENDED, CardState, ImportLog, Snapshot, Traces
from ankiexport.verify.treatments import Schedule, Treatment, schedule

# When the old package and the new one were built.
FIRST = 1_760_000_000
LATER = FIRST + 1_000_000

PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'

ONE = [question(f"one-{number}", tags=["topic::x"]) for number in range(12)]
TWO = [
    question("two-0", answer="![seen](media/a.svg)"),
    question("two-1", facts=[{"id": "fact-0", "text": "It is {{c1::so}} and {{c2::thus}}."}]),
    question(
        "two-2", facts=[{"id": f"fact-{number}", "text": f"{{{{c1::{number}}}}} is"} for number in (1, 2)]
    ),
]
FILES: dict[str, str | bytes] = {
    "one.yaml": questions("one", *ONE),
    "two.yaml": questions("two", *TWO),
    "media/a.svg": PICTURE,
}
NOTES = len(ONE) + len(TWO) + 3

Packed = Callable[[PackagePlan], Path]


@pytest.fixture(scope="module")
def old_plan(tmp_path_factory: pytest.TempPathFactory) -> PackagePlan:
    """The package that learners have."""
    plan = plans_of(make_bank(tmp_path_factory.mktemp("old"), FILES))[0]
    assert len(plan.notes) == NOTES
    return replace(plan, notes=tuple(replace(note, mod=FIRST) for note in plan.notes))


@pytest.fixture(scope="module")
def old(old_plan: PackagePlan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package that learners have, as a file."""
    path = tmp_path_factory.mktemp("old-package") / "old.apkg"
    write_apkg(old_plan, path)
    return path


@pytest.fixture
def packed(tmp_path: Path) -> Packed:
    """Write a new package."""

    def write(plan: PackagePlan) -> Path:
        write_apkg(plan, tmp_path / "new.apkg")
        return tmp_path / "new.apkg"

    return write


def with_notes(plan: PackagePlan, change: Callable[[Note], Note], *keys: str) -> PackagePlan:
    """Return a package in which some notes (all, without keys) are changed."""
    notes = (change(note) if not keys or note.content.key in keys else note for note in plan.notes)
    return replace(plan, notes=tuple(notes))


def rewritten(note: Note, field: int = 2, text: str = "Something new.", mod: int = LATER) -> Note:
    """Return a note with another text in a field, built later."""
    fields = list(note.content.fields)
    fields[field] = text
    return replace(note, mod=mod, content=replace(note.content, fields=tuple(fields)))


def with_note_types(plan: PackagePlan, change: Callable[[NoteType], NoteType]) -> PackagePlan:
    """Return a package with other note types, all notes of which were built later."""
    newer = with_notes(plan, lambda note: replace(note, mod=LATER))
    types = (replace(note_type, mod=LATER) for note_type in map(change, plan.note_types))
    return replace(newer, note_types=tuple(types))


def by_default(old: Path, new: Path) -> tuple[Figures, dict[str, int]]:
    """Return the figures under the default options, and the losses."""
    report = rehearse(old, new, options=[DEFAULT])
    (rehearsal,) = report.rehearsals
    assert rehearsal.options_name == DEFAULT.name
    return rehearsal.figures, report.losses


# What upgrades do


def test_an_unchanged_package_takes_nothing(old: Path) -> None:
    report = rehearse(old, old)
    assert [rehearsal.options_name for rehearsal in report.rehearsals] == [options.name for options in ALL]
    figures = {rehearsal.options_name: rehearsal.figures for rehearsal in report.rehearsals}
    # What the learner deleted comes back, and so do the decks that he renamed and moved.
    nothing = Figures(added=2, returned=2, unchanged=NOTES - 2, decks_reappeared=2)
    for name in ("default", "merge", "notes-never", "types-always", "types-never", "presets", "progress"):
        assert figures[name] == nothing, name
    # Who asks for it loses what is his own.
    for name in ("notes-always", "merge-always", "everything"):
        assert figures[name].edits_lost, name
        assert figures[name].tags_lost, name
    assert report.losses == {}


def test_a_changed_note_is_updated_and_keeps_its_progress(old: Path, tmp_path: Path, packed: Packed) -> None:
    """The way of a real change: the bank's text is edited, and built again."""
    edited = [{**ONE[0], "answer": "Another answer."}, *ONE[1:]]
    bank = make_bank(tmp_path, {**FILES, "one.yaml": questions("one", *edited)})
    plan = with_notes(plans_of(bank)[0], lambda note: replace(note, mod=FIRST))
    new = packed(with_notes(plan, lambda note: replace(note, mod=LATER), "one-0"))
    figures, losses = by_default(old, new)
    assert (figures.updated, figures.unchanged) == (1, NOTES - 1 - figures.returned)
    assert losses == {}
    # As the only one of its kind the note was edited and tagged, which an update takes away.
    assert (figures.edits_overwritten, figures.tags_overwritten) == (1, 1)


def test_a_change_that_is_not_newer_never_arrives(old: Path, old_plan: PackagePlan, packed: Packed) -> None:
    new = packed(with_notes(old_plan, lambda note: rewritten(note, mod=FIRST), "one-0", "one-1"))
    figures, losses = by_default(old, new)
    assert figures.updated == 0
    assert losses == {"updates_missed": 2}


def test_a_retired_note_is_marked(old: Path, old_plan: PackagePlan, packed: Packed) -> None:
    def retired(note: Note) -> Note:
        content = replace(note.content, tags=(*note.content.tags, "retired"))
        return replace(note, mod=LATER, content=content)

    figures, losses = by_default(old, packed(with_notes(old_plan, retired, "one-0", "fact-0")))
    assert (figures.retired, figures.updated) == (2, 2)
    assert losses == {}


def test_removed_notes_stay_and_moved_cards_too(old: Path, old_plan: PackagePlan, packed: Packed) -> None:
    decks = {note.content.level: note.deck for note in old_plan.notes if not note.content.is_fact}
    plan = with_notes(old_plan, lambda note: replace(note, deck=decks["two"]), "one-0", "one-1")
    plan = replace(plan, notes=tuple(note for note in plan.notes if note.content.key != "one-2"))
    figures, losses = by_default(old, packed(plan))
    assert (figures.updated, figures.cards_moved) == (0, 0)
    assert (figures.cards_left, figures.unmarked) == (2, 1)
    assert losses == {}


def naive_notes(keys: Iterable[str] = "abcdefgh", **answers: str) -> list[NaiveNote]:
    return [NaiveNote(key, "Naive", f"What is {key}?", answers.get(key, key), ("x",)) for key in keys]


def test_a_plain_rebuild_with_genanki_takes_what_is_ones_own(tmp_path: Path) -> None:
    """The same content, the same GUIDs, and the time of the build on every note."""
    paths = [write_naive(tmp_path / f"{at}.apkg", naive_notes(), at) for at in (FIRST, LATER)]
    figures, losses = by_default(*paths)
    assert figures.updated == 8 - figures.returned
    assert set(losses) == {"edits_lost", "tags_lost"}
    assert losses["edits_lost"] >= 2
    assert losses["tags_lost"] >= 2


def test_other_guids_make_duplicates(old: Path, old_plan: PackagePlan, packed: Packed) -> None:
    new = packed(with_notes(old_plan, lambda note: replace(note, guid=note.guid[::-1], id=note.id + 1)))
    figures, losses = by_default(old, new)
    assert figures.added == NOTES
    # Of those that the learner deleted, there is only the new one.
    deleted = schedule(read_package(old), fates(read_package(old), read_package(new))).deleted
    assert losses == {"duplicated": NOTES - len(deleted)}


def test_genankis_own_guids_make_duplicates_of_what_changed(tmp_path: Path) -> None:
    paths = [
        write_naive(tmp_path / f"{at}.apkg", naive_notes(a=answer), at, guids_from_fields=True)
        for at, answer in ((FIRST, "old"), (LATER, "new"))
    ]
    _, losses = by_default(*paths)
    assert losses["duplicated"] == 1


def test_a_cloze_that_is_gone_strands_its_card(old: Path, old_plan: PackagePlan, packed: Packed) -> None:
    def shorter(note: Note) -> Note:
        note = rewritten(note, 0, "It is {{c1::so}} and thus.")
        return replace(note, card_ids=note.card_ids[:1], content=replace(note.content, ords=(0,)))

    figures, losses = by_default(old, packed(with_notes(old_plan, shorter, "fact-0")))
    assert losses == {"cards_stranded": 1}
    assert figures.updated == 1


def test_a_new_note_whose_front_is_empty(old: Path, old_plan: PackagePlan, packed: Packed) -> None:
    blank = rewritten(old_plan.notes[0], 0, "")
    fields = tuple("" for _ in blank.content.fields)
    blank = replace(
        blank, id=blank.id + 1, guid="another", card_ids=(blank.card_ids[0] + 1,),
        content=replace(blank.content, fields=fields),
    )  # fmt: skip
    _, losses = by_default(old, packed(replace(old_plan, notes=(*old_plan.notes, blank))))
    assert losses == {"cards_empty": 1}


def test_a_template_that_fails_strands_all_cards(old: Path, old_plan: PackagePlan, packed: Packed) -> None:
    """Anki imports such a template without a word."""

    def broken(kind: NoteType) -> NoteType:
        if kind.cloze:
            return kind
        return replace(kind, templates=(replace(kind.templates[0], front="{{Nope}}"),))

    figures, losses = by_default(old, packed(with_note_types(old_plan, broken)))
    # One that the learner deleted comes back, and he has a note of his own.
    assert losses["cards_stranded"] == len(ONE) + len(TWO) - 1
    assert losses["cards_empty"] == 2
    assert figures.looks_updated == 1


def test_another_schema_makes_a_second_note_type(old: Path, old_plan: PackagePlan, packed: Packed) -> None:
    def longer(kind: NoteType) -> NoteType:
        return replace(kind, fields=(*kind.fields, replace(kind.fields[0], id=999, name="More")))

    def more(note: Note) -> Note:
        return replace(note, content=replace(note.content, fields=(*note.content.fields, "")))

    new = packed(with_notes(with_note_types(old_plan, longer), more))
    report = rehearse(old, new, options=[each for each in ALL if each.name in {"merge", "merge-always"}])
    figures = {rehearsal.options_name: rehearsal.figures for rehearsal in report.rehearsals}
    assert report.losses == {"note_types_duplicated": 2}
    assert figures["default"].conflicting == NOTES - figures["default"].returned
    assert figures["default"].full_syncs == 0
    for name in ("merge", "merge-always"):
        assert figures[name].note_types_duplicated == 0
        assert figures[name].full_syncs == 1
        # The learner's own notes get the field too, and lose nothing by that.
        assert figures[name].own_notes_touched == 0


def test_a_note_type_with_the_same_time_keeps_its_look(
    old: Path, old_plan: PackagePlan, packed: Packed
) -> None:
    red = tuple(replace(kind, css=kind.css + ".card { color: red }") for kind in old_plan.note_types)
    assert by_default(old, packed(replace(old_plan, note_types=red)))[1] == {"looks_missed": 2}


def test_a_picture_that_is_not_packed(old: Path, old_plan: PackagePlan, packed: Packed) -> None:
    new = packed(with_notes(old_plan, lambda note: rewritten(note, text='<img src="none.svg">'), "one-0"))
    assert by_default(old, new)[1] == {"media_missing": 1}


def test_a_picture_that_is_listed_but_not_there(old: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.apkg"
    with zipfile.ZipFile(old) as source, zipfile.ZipFile(new, "w") as target:
        for name in ("collection.anki2", "media"):
            target.writestr(name, source.read(name))
    report = rehearse(old, new)
    assert {rehearsal.figures.import_errors for rehearsal in report.rehearsals} == {1}
    assert report.losses == {"import_errors": 1}
    assert report.rehearsals[0].error in as_text(report)
    with pytest.raises(NotAPackageError, match="Anki refuses it"):
        rehearse(new, old)


def test_a_picture_under_its_old_name(
    old: Path, old_plan: PackagePlan, tmp_path: Path, packed: Packed
) -> None:
    """A note that is not updated keeps the bytes that it has."""
    other = tmp_path / "other.svg"
    other.write_bytes(PICTURE + b"<!-- other -->")

    def repainted(note: Note) -> Note:
        media = tuple(replace(file, path=other) for file in note.content.media)
        return replace(note, content=replace(note.content, media=media))

    assert by_default(old, packed(with_notes(old_plan, repainted, "two-0")))[1] == {"media_stale": 1}
    # If the note is newer, Anki gives it the new bytes under another name.
    newer = with_notes(old_plan, lambda note: replace(repainted(note), mod=LATER), "two-0")
    assert by_default(old, packed(newer))[1] == {}


def test_what_ankis_database_check_finds(old: Path, old_plan: PackagePlan, packed: Packed) -> None:
    """A place beyond Anki's last one is let in, and repaired only later."""
    blank = replace(old_plan.notes[0], guid="another", id=1, card_ids=(1,), due=2_000_000, mod=LATER)
    blank = rewritten(blank, 0, "Another question?")
    new = packed(replace(old_plan, notes=(*old_plan.notes, blank)))
    assert "integrity_problems" in by_default(old, new)[1]


def test_packages_of_another_bank_only_add(old: Path, tmp_path: Path) -> None:
    figures, losses = by_default(old, write_naive(tmp_path / "other.apkg", naive_notes(), LATER))
    assert figures == Figures(added=8, unmarked=NOTES - 2)
    assert losses == {}


# The learner


@dataclass(frozen=True)
class Studied:
    """A learner of the old package, before an import."""

    package: PackageContents
    fates: Mapping[str, Fate]
    schedule: Schedule
    traces: Traces
    before: Snapshot

    def having(self, treatment: Treatment) -> set[int]:
        """Return the ids of the notes that got a treatment."""
        guids = self.schedule.having(treatment)
        return {key for key, note in self.before.notes.items() if note.guid in guids}

    def cards(self, treatment: Treatment) -> list[CardState]:
        """Return the cards of these notes."""
        return [card for card in self.before.cards.values() if card.note_id in self.having(treatment)]


@pytest.fixture(scope="module")
def studied(old: Path, tmp_path_factory: pytest.TempPathFactory) -> Studied:
    """A learner who has the old package, and to whom nothing new comes."""
    folder = tmp_path_factory.mktemp("learner")
    package = read_package(old)
    same = fates(package, package)
    plan = schedule(package, same)
    with opened(folder) as collection:
        engine.import_package(collection, old, DEFAULT)
        fresh = engine.look(collection)
    traces = learner.study(folder, package, plan, FIRST + 1)
    with opened(folder) as collection:
        before = engine.look(collection)
        assert engine.repair(collection) == 0
    assert not fresh.reviews
    return Studied(package, same, plan, traces, before)


def test_the_learner_has_studied(studied: Studied) -> None:
    reviewed, forgotten, learning = (
        {(card.memory[0], card.reps) for card in studied.cards(treatment)}
        for treatment in (Treatment.REVIEW, Treatment.LAPSE, Treatment.LEARN)
    )
    # The few facts make one note of a kind get several treatments.
    assert (CARD_TYPE_REV, 2) in reviewed
    assert (CARD_TYPE_RELEARNING, 3) in forgotten
    assert (CARD_TYPE_LRN, 1) in learning
    intervals = {card.memory[2] for card in studied.cards(Treatment.REVIEW)}
    assert max(int(str(interval)) for interval in intervals) > 5
    assert len(studied.before.reviews) == sum(card.reps for card in studied.before.cards.values())


def test_the_learner_has_made_the_notes_his_own(studied: Studied) -> None:
    before, traces = studied.before, studied.traces
    assert set(traces.edited) == studied.having(Treatment.EDIT)
    for key, field in traces.edited.items():
        assert before.notes[key].fields[field].endswith("(in my own words)")
    assert traces.tagged == studied.having(Treatment.TAG)
    for key in traces.tagged:
        assert {"marked", "my::own"} <= before.notes[key].tags
    assert {before.notes[key].note_type for key in traces.own} == {
        "Basic", "Small bank (cloze)", "Small bank (question)",
    }  # fmt: skip
    assert len(traces.deleted) == 2
    assert not traces.deleted & before.by_guid.keys()


def test_the_learner_has_put_cards_aside_and_tidied_decks(studied: Studied) -> None:
    assert {card.queue for card in studied.cards(Treatment.SUSPEND)} == {SUSPENDED}
    assert {card.queue for card in studied.cards(Treatment.BURY)} <= {SUSPENDED, *BURIED}
    assert BURIED[1] in {card.queue for card in studied.cards(Treatment.BURY)}
    assert {card.flag for card in studied.cards(Treatment.FLAG)} == {3}
    assert {card.flag for card in studied.before.cards.values()} == {0, 3}
    new = studied.before.decks - studied.traces.decks
    assert {name for name in new if name.endswith("(mine)")}
    assert {"Mine"} < {name for name in new if not name.endswith("(mine)")}
    moved = {card.deck_id for card in studied.cards(Treatment.MOVE)}
    assert len(moved) == 1


@pytest.mark.parametrize("notes", [1, 2, 3, 4, 7, 60, 200])
def test_every_kind_of_note_gets_every_treatment(notes: int) -> None:
    """Whether there are few notes of a kind, or many."""
    kind = PackedNoteType(1, "Kind", 0, cloze=False, fields=("Front",), templates=(), css="")
    made = tuple(
        PackedNote(f"{fate}-{number}", kind, ("x",), (), 0, (), {})
        for number in range(notes)
        for fate in ("a", "b")
    )
    of = {note.guid: Fate.CHANGED if note.guid[0] == "a" else Fate.UNCHANGED for note in made}
    package = PackageContents(Path("x"), (kind,), made, {})
    plan = schedule(package, of)
    for fate in ("a", "b"):
        given = [treatments for guid, treatments in plan.treatments.items() if guid[0] == fate]
        assert set().union(*given) == set(Treatment)
        assert sum(guid[0] == fate for guid in plan.deleted) == (notes >= 3)
        if notes > 60:
            # Nobody gets two of one row, and every combination comes.
            assert {len(treatments - {Treatment.NONE}) for treatments in given} == {0, 1, 2, 3}
            assert len(set(given)) == 4 * 3 * 5
    # The order of the notes has no part in it.
    assert schedule(replace(package, notes=made[::-1]), of) == plan


def test_two_rehearsals_find_the_same(old: Path, old_plan: PackagePlan, packed: Packed) -> None:
    new = packed(with_notes(old_plan, rewritten, "one-0", "one-5", "fact-1"))
    assert rehearse(old, new) == rehearse(old, new)


# The figures


def _without(mapping: Mapping[int, object], key: int) -> dict[int, Any]:
    return {each: value for each, value in mapping.items() if each != key}


def _card(studied: Studied, wanted: Callable[[CardState], bool], **changed: object) -> Snapshot:
    """Return what the learner has after one card has changed, the first of those wanted."""
    key = next(
        key
        for key, card in studied.before.cards.items()
        if wanted(card) and card.note_id not in studied.traces.own
    )
    card = replace(studied.before.cards[key], **changed)  # type: ignore[arg-type]
    return replace(studied.before, cards={**studied.before.cards, key: card})


def _note(studied: Studied, key: int, **changed: object) -> Snapshot:
    note = replace(studied.before.notes[key], **changed)  # type: ignore[arg-type]
    return replace(studied.before, notes={**studied.before.notes, key: note})


def _with_an_edit_undone(studied: Studied) -> Snapshot:
    key, field = next(
        (key, field)
        for key, field in studied.traces.edited.items()
        if "<img" not in studied.before.notes[key].fields[field]
    )
    return _note(studied, key, fields={**studied.before.notes[key].fields, field: "Theirs"})


def _a_review(studied: Studied) -> int:
    return next(iter(studied.before.reviews))


# What may happen to a collection, and the one figure that tells of it.
ACCIDENTS: dict[str, tuple[str, Callable[[Studied], Snapshot]]] = {
    "interval": (
        "scheduling_lost",
        lambda it: _card(it, lambda card: card.memory[0] == CARD_TYPE_REV, memory=(0,)),
    ),
    "queue": ("scheduling_lost", lambda it: _card(it, lambda card: card.queue == 2, queue=0)),
    "reviews forgotten": (
        "scheduling_lost",
        lambda it: replace(it.before, reviews=_without(it.before.reviews, _a_review(it))),
    ),
    "unsuspended": ("suspensions_lost", lambda it: _card(it, lambda card: card.queue == SUSPENDED, queue=0)),
    "unburied": ("suspensions_lost", lambda it: _card(it, lambda card: card.queue in BURIED, queue=0)),
    "flag": ("flags_lost", lambda it: _card(it, lambda card: card.flag == 3, flag=0)),
    "moved": ("cards_moved", lambda it: _card(it, lambda _card: True, deck_id=1)),
    "edit": ("edits_lost", _with_an_edit_undone),
    "tags": ("tags_lost", lambda it: _note(it, min(it.traces.tagged), tags=frozenset({"marked"}))),
    "own note": ("own_notes_touched", lambda it: _note(it, min(it.traces.own), tags=frozenset({"new"}))),
    "own note gone": (
        "own_notes_touched",
        lambda it: replace(it.before, notes=_without(it.before.notes, min(it.traces.own))),
    ),
    "card of an own note": (
        "own_notes_touched",
        lambda it: replace(
            it.before,
            cards={
                key: replace(card, flag=7) if card.note_id in it.traces.own else card
                for key, card in it.before.cards.items()
            },
        ),
    ),
    "mute": ("cards_stranded", lambda it: replace(it.before, mute=frozenset({min(it.before.cards)}))),
    "full sync": ("full_syncs", lambda it: replace(it.before, schema_time=1)),
    "deck": ("decks_reappeared", lambda it: replace(it.before, decks=it.before.decks | it.traces.decks)),
    "media": ("media_missing", lambda it: replace(it.before, missing_media=frozenset({"a.svg"}))),
    "other bytes": ("media_stale", lambda it: replace(it.before, media=dict.fromkeys(it.before.media, "0"))),
    "other look": (
        "looks_missed",
        lambda it: replace(
            it.before,
            note_types={
                key: replace(kind, look=("", ())) for key, kind in it.before.note_types.items()
            },
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ACCIDENTS)
def test_every_accident_is_counted_where_it_belongs(name: str, studied: Studied) -> None:
    """Most of these no package does today; the figures are there for the day that one does."""
    figure, happen = ACCIDENTS[name]
    figures = dict(counts(measured(studied, happen(studied))))
    assert figures.pop(figure) > 0
    figures.pop("looks_updated")
    assert not {each for each, count in figures.items() if count}


def test_a_card_that_is_gone_is_stranded_with_its_scheduling(studied: Studied) -> None:
    key = next(key for key, card in studied.before.cards.items() if card.reps)
    figures = measured(studied, replace(studied.before, cards=_without(studied.before.cards, key)))
    assert figures == Figures(cards_stranded=1, scheduling_lost=1)


def measured(studied: Studied, after: Snapshot, log: ImportLog | None = None, repairs: int = 0) -> Figures:
    """Return the figures of an import of the old package again, after which the learner has this."""
    return measure(
        studied.before, after, old=studied.package, new=studied.package, fates=studied.fates,
        traces=studied.traces, personal_tags=frozenset(learner.PERSONAL_TAGS), log=log or ImportLog(),
        repairs=repairs,
    )  # fmt: skip


def test_what_anki_says_of_an_import_is_passed_on(studied: Studied) -> None:
    log = ImportLog(1, 2, 3, 4, 5, "No.")
    assert measured(studied, studied.before, log, 6) == Figures(
        added=1, updated=2, unchanged=3, conflicting=4, skipped=5, import_errors=1, integrity_problems=6
    )


def test_the_default_options_are_ankis(tmp_path: Path) -> None:
    with opened(tmp_path) as collection:
        assert engine._import_options(DEFAULT) == collection._backend.get_import_anki_package_presets()


# Reading packages


def test_a_package_is_read_without_anki(old: Path, old_plan: PackagePlan) -> None:
    package = read_package(old)
    other = banks.read_package(old)
    assert [note.key for note in package.notes] == [note.key for note in other.notes]
    for note, same in zip(package.notes, other.notes, strict=True):
        assert (note.guid, note.fields, note.tags, note.mod) == (same.guid, same.fields, same.tags, same.mod)
        assert (note.note_type.id, note.note_type.name) == (same.note_type_id, same.note_type)
        assert [(card.ord, card.deck) for card in note.cards] == [
            (card.ord, card.deck) for card in same.cards
        ]
    digest = sha256(PICTURE).hexdigest()
    (name,) = package.media
    assert package.media == {name: digest} == package.by_guid[old_plan.notes[12].guid].media
    assert [kind.cloze for kind in package.note_types].count(True) == 1
    assert package.note_types[0].templates[0][1] in {
        t.front for k in old_plan.note_types for t in k.templates
    }
    assert not package.missing_media


def _zip(path: Path, **entries: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name.replace("_", "."), data)
    return path


def _altered(old: Path, path: Path, *statements: str) -> Path:
    """Write the old package with an altered collection."""
    with zipfile.ZipFile(old) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(entries["collection.anki2"])
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        entries["collection.anki2"] = connection.serialize()
    return _zip(path, **entries)


BROKEN: dict[str, tuple[str, Callable[[Path, Path], object]]] = {
    "not there": ("No such file", lambda _old, new: new),
    "a folder": ("Is a directory", lambda _old, new: new.mkdir()),
    "no zip": ("no sound zip archive", lambda _old, new: new.write_bytes(b"hello")),
    "empty": ("no sound zip archive", lambda _old, new: new.touch()),
    "cut": ("no sound zip archive", lambda old, new: new.write_bytes(old.read_bytes()[:-500])),
    "no collection": ("no collection.anki2", lambda _old, new: _zip(new, media=b"{}")),
    "of Anki's own": ("Anki itself", lambda _old, new: _zip(new, collection_anki21b=b"", media=b"{}")),
    "empty collection": ("is empty", lambda _old, new: _zip(new, collection_anki2=b"", media=b"{}")),
    "no database": ("no sound database", lambda _old, new: _zip(new, collection_anki2=b"x" * 999, media=b"{}")),
    "no media list": ("no media", lambda _old, new: _zip(new, collection_anki2=b"")),
    "media list of another kind": ("media", lambda _old, new: _zip(new, collection_anki2=b"", media=b"[1]")),
    "nameless media": ("no name", lambda _old, new: _zip(new, collection_anki2=b"", media=b'{"0": 1}')),
    "nested": ("nested", lambda _old, new: _zip(new, collection_anki2=b"", media=b"[" * 99_999)),
    "no notes": ("not one of Anki's", lambda old, new: _altered(old, new, "DROP TABLE notes")),
    "a view": (
        "not one of Anki's",
        lambda old, new: _altered(
            old, new, "ALTER TABLE notes RENAME TO n", "CREATE VIEW notes AS SELECT * FROM n"
        ),
    ),
    "another schema": ("schema 11", lambda old, new: _altered(old, new, "UPDATE col SET ver = 18")),
    "no note type": ("note type", lambda old, new: _altered(old, new, "UPDATE notes SET mid = 5")),
    "no deck": ("a deck (5)", lambda old, new: _altered(old, new, "UPDATE cards SET did = 5")),
    "too few fields": ("1 fields", lambda old, new: _altered(old, new, "UPDATE notes SET flds = 'x'")),
    "bad note types": ("models", lambda old, new: _altered(old, new, "UPDATE col SET models = '[]'")),
    "bad JSON": ("Expecting", lambda old, new: _altered(old, new, "UPDATE col SET models = 'x'")),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_package_is_refused(name: str, old: Path, tmp_path: Path) -> None:
    reason, make = BROKEN[name]
    new = tmp_path / "new.apkg"
    make(old, new)
    with pytest.raises(NotAPackageError) as caught:
        read_package(new)
    assert str(caught.value).startswith(f"{new} is not a package")
    assert reason in str(caught.value)


def test_what_became_of_a_note_is_told_by_the_packages(
    old: Path, old_plan: PackagePlan, packed: Packed
) -> None:
    keys = {note.content.key: note.guid for note in old_plan.notes}
    decks = {note.content.level: note.deck for note in old_plan.notes if not note.content.is_fact}
    plan = replace(old_plan, notes=tuple(note for note in old_plan.notes if note.content.key != "one-0"))
    plan = with_notes(plan, rewritten, "one-1")
    plan = with_notes(plan, lambda note: replace(note, deck=decks["two"]), "one-2")
    plan = with_notes(plan, lambda note: replace(note, mod=LATER), "one-3")
    found = fates(read_package(old), read_package(packed(plan)))
    expected = dict.fromkeys(keys.values(), Fate.UNCHANGED)
    expected |= {keys["one-0"]: Fate.GONE, keys["one-1"]: Fate.CHANGED, keys["one-2"]: Fate.MOVED}
    assert found == expected


# Output and command line

SMALL = Report(
    (
        Rehearsal("default", Figures(added=1, updated=1200, edits_lost=2)),
        Rehearsal("merge", Figures(import_errors=1), "No."),
    )
)


def test_a_report_as_text() -> None:
    lines = as_text(SMALL).splitlines()
    width = len("cards of the old package that show nothing any more")
    assert f"{'':<{width}}      A  B" in lines
    assert f"{'notes updated':<{width}}  1,200  -" in lines
    assert f"{'own edits lost on unchanged notes':<{width}}      2  -" in lines
    assert not [line for line in lines if line.startswith("full syncs")]
    assert "B  merge    merge note types" in lines
    assert "B: Anki refused the package: No." in lines
    assert lines[-2:] == [
        "Lost under the default options, though it need not be:",
        "  own edits lost on unchanged notes: 2",
    ]
    assert max(len(line) for line in lines) <= 100
    assert as_text(Report((Rehearsal("default", Figures()),))).endswith(
        "\nNothing is lost under the default options.\n"
    )


def test_options_that_do_the_same_share_a_column() -> None:
    rehearsals = [Rehearsal(options.name, Figures(added=3)) for options in ALL]
    rehearsals[3] = Rehearsal(ALL[3].name, Figures(added=4))
    lines = as_text(Report(tuple(rehearsals))).splitlines()
    assert lines[0].split() == ["A", "B"]
    assert lines[1].split()[-2:] == ["3", "4"]
    legend = [line.split()[:2] for line in lines if line.startswith(("A  ", "B  "))]
    assert legend == [["B" if number == 3 else "A", options.name] for number, options in enumerate(ALL)]
    assert max(map(len, lines)) <= 90


def test_a_report_as_markdown() -> None:
    lines = as_markdown(SMALL).splitlines()
    assert lines[:3] == ["| | default | merge |", "|---|---:|---:|", "| notes added | 1 | - |"]
    assert lines[-1] == "- own edits lost on unchanged notes: 2"
    assert "Anki refused the package (merge): No." in lines


def test_a_report_as_json() -> None:
    data = json.loads(as_json(SMALL, Path("a/old.apkg"), Path("new.apkg")))
    assert (data["old"], data["new"], data["losses"]) == ("a/old.apkg", "new.apkg", {"edits_lost": 2})
    first, second = data["rehearsals"]
    assert first["default"]
    assert not second["default"]
    assert first["figures"]["updated"] == 1200
    assert first["figures"].keys() == dict(counts(Figures())).keys()
    assert second["error"] == "No."


def run(*arguments: object) -> Result:
    return CliRunner().invoke(verify, [str(argument) for argument in arguments])


def test_the_command_tells_by_its_exit_code(old: Path, old_plan: PackagePlan, packed: Packed) -> None:
    result = run(old, old)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "everything    all boxes ticked" in result.stdout
    newer = packed(with_notes(old_plan, lambda note: replace(note, mod=LATER)))
    assert run(old, newer, "--quick").exit_code == 1
    result = run(old, newer, "--quick", "--json")
    assert result.exit_code == 1
    data = json.loads(result.stdout)
    assert data["losses"].keys() == {"edits_lost", "tags_lost"}
    assert [each["options"] for each in data["rehearsals"]] == ["default"]
    assert run(old, newer, "--quick", "--format", "markdown").stdout.startswith("| | default |")


def test_wrong_usage_says_what_is_wrong(old: Path, tmp_path: Path) -> None:
    (tmp_path / "text.apkg").write_text("hello", encoding="utf-8")
    for path, words in (
        ("text.apkg", "is not a package"),
        ("none.apkg", "does not exist"),
        ("", "is a directory"),
    ):
        result = run(old, tmp_path / path)
        assert result.exit_code == 2
        assert words in result.stderr
        assert result.stdout == ""
    empty = _altered(old, tmp_path / "empty.apkg", "DELETE FROM notes", "DELETE FROM cards")
    result = run(empty, old)
    assert result.exit_code == 2
    assert "holds no note" in result.stderr


def test_without_anki_the_command_says_how_to_get_it(old: Path) -> None:
    code = "import sys; sys.modules['anki'] = None; from ankiexport.cli.verify import verify; verify()"
    done = subprocess.run(
        [sys.executable, "-c", code, str(old), str(old)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "pip install 'ankiexport[anki]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    code = (
        "import sys, ankiexport.cli.verify; print(*sys.modules, flush=True); import ankiexport.verify;"
        "print('anki.collection' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    first, second = done.stdout.splitlines()
    assert not {"anki", "genanki", "ankiexport.verify", "ankiexport.formats"} & set(first.split())
    assert second == "False"


def test_a_rehearsal_leaves_nothing_behind(
    old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    bytes_before = old.read_bytes()
    rehearse(old, old, options=[DEFAULT])
    assert not list(tmp_path.iterdir())
    assert old.read_bytes() == bytes_before
    assert [path.name for path in old.parent.iterdir()] == ["old.apkg"]
