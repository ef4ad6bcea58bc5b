"""What a plan says of Anki is what real Anki does.

`CONSEQUENCES` names for each of its sentences the test here that shows it.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from typing import TYPE_CHECKING

import pytest
from anki.collection import Collection
from anki.scheduler.v3 import CardAnswer
from anki_bench import Bench, ImportCounts, opened
from banks import FIRST_TIME, REPOSITORY, as_yaml, make_bank, plans_of, question, questions
from updates_table import BEFORE, EDITS, FIRST, LATER, ours

from ankiexport.formats.apkg import write_apkg
from ankiexport.notes import PackagePlan
from ankiexport.pipeline import build_bank
from ankiexport.plan_report import CONSEQUENCES, Effect, Report, consequences
from ankiexport.planning import plan_bank
from ankiexport.verify import DEFAULT, rehearse

if TYPE_CHECKING:
    # Imported before anki.collection, this module would find itself half imported.
    from anki.notes import Note

DAY = 86_400

FACT = {"id": "fact", "text": "It is {{c1::so}} and {{c2::thus}}."}
ONE = questions("one", question("a", facts=[FACT]), question("b"), question("c"))
TWO = questions("two", question("z"))
FILES: dict[str, str | bytes] = {"one.yaml": ONE, "two.yaml": TWO}

TEMPLATES = REPOSITORY / "card_templates" / "question"

# A note type of the bank's own, of which the second card template makes no card yet.
OWN_TYPE: dict[str, str | bytes] = {
    "card_templates/own/note_type.yaml": as_yaml(
        {
            "name": "Own",
            "fields": [
                {"id": number, "name": name}
                for number, name in enumerate(("Question", "Answer", "ID"), start=1)
            ],
            "templates": [
                {"id": 1, "name": "There", "front": "front.html", "back": "both.html"},
                {"id": 2, "name": "Back", "front": "back.html", "back": "both.html"},
            ],
        }
    ),
    "card_templates/own/front.html": "{{Question}}",
    "card_templates/own/back.html": "{{^ID}}{{Answer}}{{/ID}}",
    "card_templates/own/both.html": "{{Question}} {{Answer}}",
    "card_templates/own/style.css": "",
    "card_templates/own/fields/question.html": "[[ question ]]",
    "card_templates/own/fields/answer.html": "[[ answer ]]",
    "card_templates/own/fields/id.html": "[[ id ]]",
}

OWN_WORDS = " (in my own words)"
OWN_TAG = "mine"


class Story:
    """A bank that is planned, built and edited, and a learner who imports each build."""

    def __init__(self, folder: Path, bench: Bench) -> None:
        """Build the bank for the first time, and give it to the learner, who makes it his own."""
        self.folder = folder
        self.bench = bench
        self.now = FIRST_TIME
        self.bank = make_bank(folder, FILES)
        self.out = folder / "dist"
        self.next(FILES)

    def plan(self, files: Mapping[str, str | bytes], against: str = "", **settings: object) -> Report:
        """Edit the bank, and return what its next build would do."""
        make_bank(self.folder, files, **settings)
        result = plan_bank(self.bank, against=against, out=self.out, now=self.now + DAY)
        assert result.report is not None, result.diagnostics
        return result.report

    def build(self) -> Path:
        """Build the bank a day later, and return the package with everything."""
        self.now += DAY
        result = build_bank(self.bank, self.out, now=self.now)
        assert not result.has_errors, result.diagnostics
        return self.out / "small-bank.apkg"

    def next(self, files: Mapping[str, str | bytes], **settings: object) -> ImportCounts:
        """Edit and build the bank, and let the learner import it, who then makes it his own."""
        make_bank(self.folder, files, **settings)
        return self.imported(self.build())

    def imported(self, package: Path, **options: object) -> ImportCounts:
        """Let the learner import a package, and then make it his own."""
        counts = self.bench.import_package(package, **options)
        self.personal: dict[str, bool] = {
            key: self.is_personal(key) for key in ("a", "b", "c", "fact") if self.note(key)
        }
        self.make_ones_own()
        return counts

    @contextmanager
    def elsewhere(self, folder: Path) -> Iterator["Story"]:
        """Give the same learner once more, whose collection has been copied into a folder."""
        self.bench.close()
        copytree(self.folder / "learner", folder)
        self.bench.col.reopen()
        with opened(folder) as bench:
            twin = copy(self)
            twin.bench = bench
            yield twin

    def note(self, key: str) -> "Note | None":
        """Return the note with an id, if the learner has one."""
        found = (note for note in self.bench.notes().values() if note["ID"] == key)
        return next(found, None)

    def known(self, key: str) -> "Note":
        """Return the note with an id, which the learner has."""
        note = self.note(key)
        assert note is not None, key
        return note

    def is_personal(self, key: str) -> bool:
        """Tell whether a note is still as its learner made it his own."""
        note = self.known(key)
        signs = {note[_own_field(note)].endswith(OWN_WORDS), note.has_tag(OWN_TAG)}
        assert len(signs) == 1, "either both or none"
        return signs == {True}

    def make_ones_own(self) -> None:
        """Write into every note, tag it, and answer its cards, the moment after the build."""
        col = self.bench.col
        for note in self.bench.notes().values():
            if not note.has_tag(OWN_TAG):
                note[_own_field(note)] += OWN_WORDS
                note.add_tag(OWN_TAG)
                col.update_note(note)
        for card in self.bench.cards():
            if not card.reps:
                card.start_timer()
                states = col._backend.get_scheduling_states(card.id)
                scheduler = self.bench.scheduler
                scheduler.answer_card(
                    scheduler.build_answer(card=card, states=states, rating=CardAnswer.EASY)
                )
        assert col.db is not None
        col.db.execute("UPDATE notes SET mod = ?", self.now + 1)

    def progress(self, key: str) -> list[tuple[int, int, int, str]]:
        """Return of each card of a note its id, its reviews, its interval, and its deck."""
        cards = self.known(key).cards()
        return [(card.id, card.reps, card.ivl, self.bench.col.decks.name(card.did)) for card in cards]


def _own_field(note: "Note") -> str:
    return "Text" if "Text" in note else "Answer"


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """A learner who has the first build and has made it his own."""
    with opened(tmp_path / "learner") as bench:
        yield Story(tmp_path, bench)


def effects(report: Report) -> dict[str, tuple[Effect, ...]]:
    """Return the effects on notes by their ids."""
    return {note.key: note.effects for note in report.notes}


def test_every_sentence_names_a_test_that_shows_it() -> None:
    text = Path(consequences.__file__).read_text(encoding="utf-8").partition("CONSEQUENCES:")[2]
    named = re.findall(r"# (tests/\w+\.py): (test_\w+)\n    Effect\.(\w+):", text)
    assert (
        [name for _, _, name in named] == [effect.name for effect in Effect] == [e.name for e in CONSEQUENCES]
    )
    for file, test, _ in named:
        assert f"def {test}(" in (REPOSITORY / file).read_text(encoding="utf-8"), test


def test_added_notes_come_new_in_their_decks(story: Story) -> None:
    files = {**OWN_TYPE, "two.yaml": questions("two", question("z"), question("y", note_type="own"))}
    report = story.plan(files)
    assert effects(report) == {"y": (Effect.ADDED,)}
    assert [entry.effect for entry in report.note_types] == [Effect.NOTE_TYPE_ADDED]
    counts = story.bench.import_package(story.build())
    assert (counts.new, counts.updated) == (1, 0)
    assert story.progress("y") == [(story.known("y").cards()[0].id, 0, 0, "Small bank::2 Two")]
    assert story.bench.col.models.by_name("Own") is not None


def test_changed_notes_lose_what_is_the_learners_but_keep_progress(story: Story) -> None:
    before = story.progress("a")
    edited = questions("one", question("a", answer="Else.", facts=[FACT]), question("b"), question("c"))
    assert effects(story.plan({"one.yaml": edited})) == {"a": (Effect.CHANGED,)}
    story.next({})
    assert story.personal == {"a": False, "b": True, "c": True, "fact": True}
    assert story.progress("a") == before
    assert before[0][1] == 1


def test_renamed_notes_are_the_same_notes(story: Story) -> None:
    before = story.progress("b")
    renamed = question("bee", question="What is b?", answer="It is b.", previous_ids=["b"])
    edited = questions("one", question("a", facts=[FACT]), renamed, question("c"))
    assert effects(story.plan({"one.yaml": edited})) == {"bee": (Effect.CHANGED, Effect.RENAMED)}
    assert story.next({}).new == 0
    assert story.progress("bee") == before
    assert story.note("b") is None


def test_moved_cards_stay_with_all_that_is_the_learners(story: Story) -> None:
    """Notes whose level has no part in their text: nothing of them is replaced."""
    decks = [{"key": "one", "name": "One", "deck": "1 First"}, {"key": "two", "name": "Two", "deck": "2 Two"}]
    before = story.progress("a")
    report = story.plan({}, levels=decks)
    assert {key: each for key, each in effects(report).items() if key != "fact"} == dict.fromkeys(
        ("a", "b", "c"), (Effect.MOVED,)
    )
    assert effects(report)["fact"] == (Effect.MOVED,)
    assert story.imported(story.build()).updated == 0
    assert story.progress("a") == before
    assert before[0][3] == "Small bank::1 One"
    assert set(story.personal.values()) == {True}


def test_cards_of_changed_notes_do_not_move_either(story: Story) -> None:
    before = story.progress("c")
    edited = {
        "one.yaml": questions("one", question("a", facts=[FACT]), question("b")),
        "two.yaml": questions("two", question("z"), question("c")),
    }
    assert effects(story.plan(edited)) == {"c": (Effect.CHANGED, Effect.MOVED)}
    story.imported(story.build())
    assert story.progress("c") == before


def test_retired_notes_are_tagged_where_they_are(story: Story) -> None:
    before = story.progress("b")
    edited = questions("one", question("a", facts=[FACT]), question("c"))
    report = story.plan({"one.yaml": edited})
    assert effects(report) == {"b": (Effect.RETIRED,)}
    assert [deck.name for deck in report.decks] == ["Small bank::Retired"]
    story.imported(story.build())
    assert story.progress("b") == before
    note = story.known("b")
    assert note.has_tag("retired")
    assert "no longer part" in story.bench.sides(note.cards()[0]).back
    assert story.personal == {"a": True, "b": False, "c": True, "fact": True}


def test_restored_notes_are_asked_again(story: Story) -> None:
    before = story.progress("b")
    story.next({"one.yaml": questions("one", question("a", facts=[FACT]), question("c"))})
    assert story.known("b").has_tag("retired")
    assert effects(story.plan({"one.yaml": ONE})) == {"b": (Effect.RESTORED,)}
    story.imported(story.build())
    note = story.known("b")
    assert not note.has_tag("retired")
    assert "It is b." in note["Answer"]
    assert story.progress("b") == before
    assert story.personal == {"a": True, "b": False, "c": True, "fact": True}


def test_new_cards_of_known_notes_come_in_the_decks_of_the_bank(story: Story) -> None:
    """Also when the learner has put the other cards of the note elsewhere."""
    col = story.bench.col
    deck = col.decks.id("Mine")
    assert deck is not None
    col.set_deck([card.id for card in story.known("fact").cards()], deck)
    longer = {"id": "fact", "text": f"{FACT['text']} And {{{{c3::more}}}}."}
    edited = questions("one", question("a", facts=[longer]), question("b"), question("c"))
    report = story.plan({"one.yaml": edited})
    assert effects(report) == {"fact": (Effect.CHANGED, Effect.NEW_CARDS)}
    assert report.counts[Effect.NEW_CARDS] == 1
    story.bench.import_package(story.build())
    decks = {card.ord: (card.reps, col.decks.name(card.did)) for card in story.known("fact").cards()}
    assert decks == {0: (1, "Mine"), 1: (1, "Mine"), 2: (0, "Small bank::Facts::1 One")}


def test_new_cards_come_to_notes_that_do_not_change_too(story: Story) -> None:
    """Card templates can make more cards of the same fields."""
    story.next({**OWN_TYPE, "two.yaml": questions("two", question("z"), question("y", note_type="own"))})
    before = story.progress("y")
    report = story.plan({"card_templates/own/back.html": "{{Answer}}"})
    assert effects(report) == {"y": (Effect.NEW_CARDS,)}
    counts = story.bench.import_package(story.build())
    assert counts.updated == 0
    after = story.progress("y")
    assert after[0] == before[0]
    assert after[1][1:] == (0, 0, "Small bank::2 Two")
    assert story.is_personal("y")


def test_cards_that_fall_away_stay_empty(story: Story) -> None:
    before = story.progress("fact")
    shorter = {"id": "fact", "text": "It is {{c1::so}} and thus."}
    edited = questions("one", question("a", facts=[shorter]), question("b"), question("c"))
    report = story.plan({"one.yaml": edited})
    assert effects(report) == {"fact": (Effect.CHANGED, Effect.LOST_CARDS)}
    assert story.bench.empty_cards() == []
    story.imported(story.build())
    assert story.progress("fact") == before
    assert story.bench.empty_cards() == [before[1][0]]
    # The next change is not told that the card falls away once more.
    shorter["text"] = "It is {{c1::so}} and not otherwise."
    edited = questions("one", question("a", facts=[shorter]), question("b"), question("c"))
    assert effects(story.plan({"one.yaml": edited})) == {"fact": (Effect.CHANGED,)}


def test_the_same_content_with_a_newer_time_overwrites(story: Story, tmp_path: Path) -> None:
    """An edit that was built and then taken back, for a learner who has skipped that build."""
    first = (tmp_path / "first.apkg").as_posix()
    Path(first).write_bytes((story.out / "small-bank.apkg").read_bytes())
    make_bank(tmp_path, {"one.yaml": ONE.replace("It is b.", "It is not b.")})
    story.build()
    report = story.plan({"one.yaml": ONE}, against=first)
    assert effects(report) == {"b": (Effect.OVERWRITTEN,)}
    story.imported(story.build())
    assert story.personal == {"a": True, "b": False, "c": True, "fact": True}


def test_a_change_without_a_newer_time_does_not_arrive(story: Story, tmp_path: Path) -> None:
    """A learner who has a package from a machine whose clock was ahead."""
    plan = plans_of(story.bank)[0]
    ahead = story.now + 100 * DAY
    content = [replace(note, mod=ahead) for note in plan.notes if note.content.key == "b"]
    newer = _packed(replace(plan, notes=tuple(content)), tmp_path / "ahead.apkg")
    story.bench.import_package(newer)
    edited = {"one.yaml": ONE.replace("It is b.", "It is not b.")}
    report = story.plan(edited, against=newer.as_posix())
    assert effects(report)["b"] == (Effect.OUTDATED,)
    assert "b" not in [note.key for note in report.notes if note.main is Effect.CHANGED]
    story.bench.import_package(story.build())
    assert "It is b." in story.known("b")["Answer"]


def test_another_note_type_is_a_conflict(story: Story, tmp_path: Path) -> None:
    """A learner whose package has the same GUIDs with a note type of another id."""
    plan = plans_of(story.bank)[0]
    own = tuple(replace(kind, id=kind.id + 1, name=f"{kind.name} of old") for kind in plan.note_types)
    old = _packed(replace(plan, note_types=own), tmp_path / "old.apkg")
    with opened(tmp_path / "other") as bench:
        bench.import_package(old)
        before = {guid: note.fields for guid, note in bench.notes().items()}
        edited = {"one.yaml": ONE.replace("It is b.", "It is not b.")}
        report = story.plan(edited, against=old.as_posix())
        assert set(effects(report).values()) == {(Effect.CONFLICTING,)}
        counts = bench.import_package(story.build())
        assert counts.conflicting == len(before) == len(report.notes)
        assert {guid: note.fields for guid, note in bench.notes().items()} == before


def test_notes_that_are_not_shipped_stay_as_they_are(story: Story, tmp_path: Path) -> None:
    """A learner of a package with a note that the lock does not know, as after `lock --forget`."""
    package = tmp_path / "old.apkg"
    package.write_bytes((story.out / "small-bank.apkg").read_bytes())
    lock = story.bank / "bank.lock"
    lines = lock.read_text(encoding="utf-8").splitlines(keepends=True)
    lock.write_text("".join(line for line in lines if '"note":"b"' not in line), encoding="utf-8")
    edited = questions("one", question("a", facts=[FACT]), question("c"))
    report = story.plan({"one.yaml": edited}, against=package.as_posix())
    assert effects(report) == {"b": (Effect.LEFT,)}
    before = story.progress("b")
    story.imported(story.build())
    assert story.progress("b") == before
    assert story.personal["b"] is True
    assert not story.known("b").has_tag("retired")


def test_a_new_look_replaces_the_learners_own(story: Story) -> None:
    col = story.bench.col
    note_type = col.models.by_name("Small bank (question)")
    assert note_type is not None
    note_type["css"] += "\n.mine { color: red; }\n"
    note_type["tmpls"][0]["qfmt"] += "<p>mine</p>"
    col.models.update_dict(note_type)
    assert col.db is not None
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    report = story.plan({"card_templates/question/style.css": style + "\n.new { color: blue; }\n"})
    assert [(entry.key, entry.effect) for entry in report.note_types] == [
        ("question", Effect.NOTE_TYPE_APPEARANCE)
    ]
    assert effects(report) == {}
    # To Anki, the learner made his change at the clock's time; it was made before this build.
    col.db.execute("UPDATE notetypes SET mtime_secs = ?", story.now + 1)
    assert story.imported(story.build()).updated == 0
    after = col.models.by_name("Small bank (question)")
    assert after is not None
    assert ".new" in after["css"]
    assert ".mine" not in after["css"]
    assert "mine" not in after["tmpls"][0]["qfmt"]
    assert set(story.personal.values()) == {True}


def test_a_look_without_a_newer_time_does_not_arrive(story: Story, tmp_path: Path) -> None:
    plan = plans_of(story.bank)[0]
    ahead = tuple(replace(kind, mod=story.now + 100 * DAY) for kind in plan.note_types)
    newer = _packed(replace(plan, note_types=ahead), tmp_path / "ahead.apkg")
    story.bench.import_package(newer)
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    files: dict[str, str | bytes] = {"card_templates/question/style.css": style + "\n.new { color: blue; }\n"}
    report = story.plan(files, against=newer.as_posix())
    assert [(entry.key, entry.effect) for entry in report.note_types] == [
        ("question", Effect.NOTE_TYPE_OUTDATED)
    ]
    story.bench.import_package(story.build())
    after = story.bench.col.models.by_name("Small bank (question)")
    assert after is not None
    assert ".new" not in after["css"]


def test_another_schema_needs_merge_and_always(story: Story, tmp_path: Path) -> None:
    text = (TEMPLATES / "note_type.yaml").read_text(encoding="utf-8")
    text = text.replace("templates:", "  - {id: 900, name: More, source: more.html}\ntemplates:")
    text = text.replace("schema_version: 1", "schema_version: 2")
    files: dict[str, str | bytes] = {
        "card_templates/question/note_type.yaml": text,
        "card_templates/question/fields/more.html": "more",
        "one.yaml": ONE.replace("It is b.", "It is not b."),
    }
    report = story.plan(files)
    assert [(entry.key, entry.effect) for entry in report.note_types] == [
        ("question", Effect.NOTE_TYPE_SCHEMA)
    ]
    assert report.import_settings is not None
    package = story.build()
    before = {key: story.known(key).fields for key in "abc"}
    progress, schema_time = story.progress("b"), _schema_time(story.bench.col)
    with story.elsewhere(tmp_path / "by-default") as other:
        counts = other.bench.import_package(package)
        assert (counts.conflicting, counts.updated) == (4, 0)
        assert "Small bank (question)+" in _note_type_names(other.bench.col)
        assert {key: other.known(key).fields for key in "abc"} == before
        assert _schema_time(other.bench.col) == schema_time
    with story.elsewhere(tmp_path / "as-told") as other:
        counts = other.bench.import_package(package, merge_notetypes=True, update_notes=1)
        assert counts.conflicting == 0
        assert "Small bank (question)+" not in _note_type_names(other.bench.col)
        assert "It is not b." in other.known("b")["Answer"]
        assert {other.known(key)["More"] for key in "abc"} == {"more"}
        assert not any(other.is_personal(key) for key in ("a", "b", "c", "fact"))
        assert other.progress("b") == progress
        # By this Anki knows that it has to ask for a full sync.
        assert _schema_time(other.bench.col) > schema_time


def test_decks_are_made_and_never_renamed_or_removed(story: Story) -> None:
    level = {"key": "one", "name": "One", "deck": "1 First"}
    fresh = question("new", question="Who has ever heard of this?", answer="Nobody has.")
    edited = {"one.yaml": questions("one", question("a", facts=[FACT]), question("b"), fresh)}
    report = story.plan(edited, levels=[level, {"key": "two", "name": "Two", "deck": "2 Two"}])
    assert [(deck.name, deck.effect, deck.old_name) for deck in report.decks] == [
        ("Small bank::1 First", Effect.DECK_RENAMED, "Small bank::1 One"),
        ("Small bank::Facts::1 First", Effect.DECK_RENAMED, "Small bank::Facts::1 One"),
        ("Small bank::Retired", Effect.DECK_ADDED, None),
    ]
    story.imported(story.build())
    decks = {
        deck: story.bench.col.decks.card_count(story.bench.deck_id(deck), False)
        for deck in story.bench.decks()
    }
    assert decks == {
        "Small bank": 0,
        "Small bank::1 First": 1,
        "Small bank::1 One": 3,
        "Small bank::2 Two": 1,
        "Small bank::Facts": 0,
        "Small bank::Facts::1 First": 0,
        "Small bank::Facts::1 One": 2,
        "Small bank::Retired": 0,
    }
    (story.bank / "two.yaml").unlink()
    edited = {"one.yaml": questions("one", question("a", facts=[FACT]), question("b"), fresh, question("z"))}
    report = story.plan(edited, levels=[level])
    assert [(deck.name, deck.effect) for deck in report.decks] == [("Small bank::2 Two", Effect.DECK_GONE)]
    story.imported(story.build())
    assert story.bench.col.decks.card_count(story.bench.deck_id("Small bank::2 Two"), False) == 1


@pytest.mark.parametrize("name", EDITS)
def test_a_plan_counts_what_anki_then_does(name: str, tmp_path: Path) -> None:
    """Each kind of edit, planned against the package that a learner has, and then imported."""
    old = ours(BEFORE, tmp_path, FIRST)
    assert isinstance(old, Path)
    new = ours(EDITS[name](BEFORE), tmp_path, LATER)
    if isinstance(new, str):
        result = plan_bank(tmp_path / "bank", now=LATER)
        assert result.report is None
        assert new in {problem.code for problem in result.diagnostics}
        return
    report = plan_bank(tmp_path / "bank", against=old.as_posix(), now=LATER).report
    assert report is not None
    figures = rehearse(old, new, options=[DEFAULT]).rehearsals[0].figures
    counts = report.counts
    if Effect.NOTE_TYPE_SCHEMA in counts:
        assert figures.note_types_duplicated == counts[Effect.NOTE_TYPE_SCHEMA]
        return
    assert figures.added - figures.returned == counts.get(Effect.ADDED, 0)
    assert figures.retired == counts.get(Effect.RETIRED, 0)
    updated = (Effect.CHANGED, Effect.RETIRED, Effect.RESTORED, Effect.OVERWRITTEN)
    assert figures.updated == sum(counts.get(effect, 0) for effect in updated)
    assert figures.looks_updated == counts.get(Effect.NOTE_TYPE_APPEARANCE, 0)
    moved = [note for note in report.notes if note.old_deck or note.main is Effect.RETIRED]
    assert figures.cards_left == sum(note.cards for note in moved)
    # One of the learner's notes was deleted before and comes back.
    assert figures.unchanged == report.unchanged - figures.returned


def _packed(plan: PackagePlan, path: Path) -> Path:
    write_apkg(plan, path)
    return path


def _schema_time(collection: Collection) -> int:
    assert collection.db is not None
    return int(collection.db.scalar("SELECT scm FROM col"))


def _note_type_names(collection: Collection) -> list[str]:
    return [entry.name for entry in collection.models.all_names_and_ids()]
