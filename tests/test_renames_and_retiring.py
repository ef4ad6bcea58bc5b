"""Questions that get another id, and questions that go: what a build makes of them, and what learners see in Anki."""

from dataclasses import replace
from pathlib import Path

import pytest
from anki_bench import Bench, ImportCounts, opened, visible
from banks import (
    FIRST_BANK,
    FIRST_TIME,
    SMALL_BANK,
    Package,
    build,
    files_in,
    lock_of,
    make_bank,
    question,
    questions,
)

from ankiexport.checked_bank import CheckedBank
from ankiexport.diagnostics import Diagnostic
from ankiexport.labels import DEFAULT_LABELS
from ankiexport.lock.entries import Lock
from ankiexport.notes import NoteContent
from ankiexport.pipeline import build_bank, check_bank
from ankiexport.update_rules import Update, renamed_ids
from ankiexport.upkeep import forget_notes, retire_notes

LATER = FIRST_TIME + 86_400

NOTICE = DEFAULT_LABELS["retired_notice"]
INSTEAD = DEFAULT_LABELS["replaced_by"]

PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'

COLD = question(
    "cold",
    question="How would you soften the cold-start problem of a shop with ten thousand new items a week?",
    answer="By content: what the items say of themselves stands in for what nobody has bought yet. Then by trying out.",
    hint="Who is new?",
    sources=["Koren (2009). *Matrix*."],
    tags=["topic::start"],
    facts=[{"id": "cold-fact", "text": "A cold start is about new {{c1::users}} and new {{c2::items}}, who have no history."}],
)  # fmt: skip
SEEN = question(
    "seen",
    question="Which loop does this show? ![A loop](media/loop.svg)",
    answer="Popularity. ![It](media/loop.svg)",
)
LAST = question("last", question="What did the last week teach you?")
OTHER = question("other", question="Name three kinds of bias in logged clicks.", tags=["topic::bias"])
FILES: dict[str, str | bytes] = {
    "one.yaml": questions("one", COLD, OTHER),
    "two.yaml": questions("two", SEEN, LAST),
    "media/loop.svg": PICTURE,
}


def _without(*keys: str) -> dict[str, str | bytes]:
    """Return the question files without some of the questions."""
    kept = {
        "one": [item for item in (COLD, OTHER) if item["id"] not in keys],
        "two": [item for item in (SEEN, LAST) if item["id"] not in keys],
    }
    return {f"{level}.yaml": questions(level, *items) for level, items in kept.items()}


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """A bank that was built."""
    root = make_bank(tmp_path, FILES)
    build(root, tmp_path / "out", FIRST_TIME)
    return root


def _errors(bank: Path, out: Path) -> list[Diagnostic]:
    """Return the errors of a build, which must write nothing if there are any."""
    before = files_in(bank.parent)
    result = build_bank(bank, out, now=LATER)
    errors = [problem for problem in result.diagnostics if problem.is_error]
    assert not errors or files_in(bank.parent) == before
    return errors


# Ids that change


NEW_FACTS = [
    {
        "id": "new-fact",
        "text": "A cold start is about new {{c1::users}} and new {{c2::items}}, who have no history.",
    }
]
RENAMES: dict[str, tuple[dict[str, object], dict[str, str]]] = {
    "nothing else": ({"id": "new"}, {"new": "cold"}),
    "a typo": ({"id": "new", "question": str(COLD["question"]).replace("soften", "ease")}, {"new": "cold"}),
    "a word more": ({"id": "new", "question": f"In short: {COLD['question']}"}, {"new": "cold"}),
    "another question, the same answer": ({"id": "new", "question": "What helps a new shop?"}, {"new": "cold"}),
    "another answer, the same question": ({"id": "new", "answer": "It depends."}, {"new": "cold"}),
    "other tags and sources": ({"id": "new", "tags": [], "sources": ["Who (2020). What."]}, {"new": "cold"}),
    "its fact": ({"facts": NEW_FACTS}, {"new-fact": "cold-fact"}),
    "its fact, and a word of it": (
        {"facts": [{"id": "new-fact", "text": "A cold start is about new {{c1::users}} or {{c2::items}} that have no history."}]},
        {"new-fact": "cold-fact"},
    ),
    "both": ({"id": "new", "facts": NEW_FACTS}, {"new": "cold", "new-fact": "cold-fact"}),
}  # fmt: skip


@pytest.mark.parametrize("level", ["one", "two"])
@pytest.mark.parametrize("name", RENAMES)
def test_a_new_id_is_recognised(name: str, level: str, bank: Path, tmp_path: Path) -> None:
    """Also when the question is moved at the same time."""
    changed, expected = RENAMES[name]
    make_bank(tmp_path, {**_without("cold"), "new.yaml": questions(level, {**COLD, **changed})})
    found = {}
    for problem in _errors(bank, tmp_path / "out"):
        assert problem.code == "renamed-id"
        assert Path(problem.position.path) == bank / "new.yaml"
        line = (bank / "new.yaml").read_text(encoding="utf-8").split("\n")[problem.position.line - 1]
        new = line.split("id: ")[1]
        assert problem.message.startswith(f'"{new}" looks like "{expected[new]}", which is gone')
        found[new] = expected[new]
        assert f"previous_ids: [{expected[new]}]" in problem.advice
        assert f"ankiexport lock --retire {expected[new]}" in problem.advice
    assert found == expected
    assert "renamed-id" in {problem.code for problem in check_bank(bank).diagnostics}


def test_a_new_id_of_many_questions_at_once_is_recognised_for_each(tmp_path: Path) -> None:
    """Even if their wording is alike, and some was edited: progress must not go to another question."""
    asked = [
        f"What is the {what} at {k} of a ranked list, and when does it mislead an analyst?"
        for what in ("precision", "recall", "hit rate")
        for k in (5, 10, 20)
    ]
    old = [question(f"q-{number}", question=text) for number, text in enumerate(asked)]
    bank = make_bank(tmp_path, {"one.yaml": questions("one", *old)})
    build(bank, tmp_path / "out", FIRST_TIME)
    new = [
        question(
            f"metric-{number}",
            question=text.replace("mislead an", "deceive the" if number % 2 else "mislead an"),
        )
        for number, text in reversed(list(enumerate(asked)))
    ]
    make_bank(tmp_path, {"one.yaml": questions("one", *new)})
    problems = _errors(bank, tmp_path / "out")
    assert {problem.message.split(",")[0] for problem in problems} == {
        f'"metric-{number}" looks like "q-{number}"' for number in range(len(asked))
    }


NO_RENAMES: dict[str, dict[str, object]] = {
    "another question": {},
    "on the same topic": {"tags": ["topic::start"]},
    "with the same source": {"sources": ["Koren (2009). *Matrix*."]},
    "with the same hint": {"hint": "Who is new?"},
    "with all of these": {"tags": ["topic::start"], "sources": ["Koren (2009). *Matrix*."], "hint": "Who is new?"},
    "that stands in for it": {"question": COLD["question"], "replaces": ["cold"]},
}  # fmt: skip


@pytest.mark.parametrize("name", NO_RENAMES)
def test_what_is_another_question_is_let_in(name: str, bank: Path, tmp_path: Path) -> None:
    unlike = {
        "question": "Tell of a time when a metric fell and nobody saw it.",
        "answer": "Once, in spring.",
    }
    new = question("new", **{**unlike, **NO_RENAMES[name]})
    make_bank(tmp_path, {**_without("cold"), "new.yaml": questions("one", new)})
    assert _errors(bank, tmp_path / "out") == []
    assert {"new", "cold"} <= set(build(bank, tmp_path / "out", LATER, locked=True).by_key)


def _alarms_of(old: list[dict[str, object]], new: list[dict[str, object]], folder: Path) -> set[str]:
    """Return what the build of a bank says of new ids after another bank was shipped."""
    bank = make_bank(folder, {"one.yaml": questions("one", *old)})
    build(bank, folder / "out", FIRST_TIME)
    make_bank(folder, {"one.yaml": questions("one", *new)})
    return {problem.message.split(",")[0] for problem in _errors(bank, folder / "out")}


def test_the_likest_one_is_taken_for_it(tmp_path: Path) -> None:
    """A new question of similar wording does not stand in the way of the one that has another id."""
    old = question("old", question="What is the precision at 5 of a ranked list of items?", answer="A share.")
    similar = question(
        "a-new-one", question="What is the precision at 9 of a ranked list of items?", answer="Low."
    )
    assert _alarms_of([old, OTHER], [similar, {**old, "id": "renamed"}, OTHER], tmp_path) == {
        '"renamed" looks like "old"'
    }


def test_what_is_replaced_is_spoken_for(tmp_path: Path) -> None:
    """One question becomes two, of which one says so."""
    old = question("old", question="What are precision and recall of a ranked list?", answer="Two shares.")
    new = [
        {**old, "id": "one", "question": "What is the precision of a ranked list?", "replaces": ["old"]},
        {**old, "id": "two", "question": "What are precision and recall of any ranked list?"},
    ]
    assert _alarms_of([old, OTHER], [*new, OTHER], tmp_path) == set()
    del new[0]["replaces"]
    assert _alarms_of([old, OTHER], [*new, OTHER], tmp_path / "again") == {'"two" looks like "old"'}


def test_what_several_have_in_common_tells_nothing(tmp_path: Path) -> None:
    same = "There is no one answer: say what you did, why, what came of it, and what you would do now. " * 3
    asked = ["When did a launch fail?", "Whom did you persuade?", "Which metric did you give up?"]
    first, second, third = (question(f"q-{n}", question=text, answer=same) for n, text in enumerate(asked))
    assert _alarms_of([first, second], [first, third], tmp_path) == set()


def test_what_was_retired_by_command_is_let_go(bank: Path, tmp_path: Path) -> None:
    make_bank(
        tmp_path, {**_without("cold"), "new.yaml": questions("one", {**COLD, "id": "new", "facts": []})}
    )
    assert [problem.code for problem in _errors(bank, tmp_path / "out")] == ["renamed-id"]
    assert retire_notes(bank, ["cold"]) == []
    package = build(bank, tmp_path / "out", LATER)
    assert package.note("cold").tags == ("retired",)
    assert package.note("cold").guid != package.note("new").guid


@pytest.fixture(scope="module")
def checked_first_bank() -> tuple[CheckedBank, Lock]:
    """The first bank, and the lock of its first build."""
    checked = check_bank(FIRST_BANK)
    assert checked.outline is not None
    return checked, checked.stamped(FIRST_TIME, Lock(checked.outline.bank.namespace)).lock


# What says what a note is about, and not what it says.
_ABOUT = {"Level", "Topics", "Sources", "Changed", "Retired"}


def _unlike(content: NoteContent, other: NoteContent, names: tuple[str, ...]) -> NoteContent:
    """Return what another note says, on the topics, the level and the sources of this one."""
    pairs = zip(names, content.fields, other.fields, strict=True)
    fields = tuple(own if name in _ABOUT else theirs for name, own, theirs in pairs)
    return replace(content, key="unlike", fields=fields, text=other.text)


def _alarms(checked: CheckedBank, lock: Lock, gone: NoteContent, new: NoteContent) -> list[str]:
    contents = [new if content is gone else content for content in checked.contents]
    return [problem.message for problem in renamed_ids(Update(contents, checked.note_types, lock))]


def test_no_false_alarm_in_the_first_bank(checked_first_bank: tuple[CheckedBank, Lock]) -> None:
    """Each of its questions and facts goes in turn, and another one comes on the same topics."""
    checked, lock = checked_first_bank
    for content in checked.contents:
        names = checked.note_types[content.note_type].note_type.field_names
        kind = [other for other in checked.contents if other.note_type == content.note_type]
        other = kind[kind.index(content) - 1]
        assert _alarms(checked, lock, content, _unlike(content, other, names)) == []


def test_no_question_of_the_first_bank_is_taken_for_another(
    checked_first_bank: tuple[CheckedBank, Lock],
) -> None:
    """Each goes in turn, and its neighbour in the bank is the one that is new."""
    checked, lock = checked_first_bank
    for gone, new in zip(checked.contents, checked.contents[1:], strict=False):
        unknown = replace(lock, notes={key: note for key, note in lock.notes.items() if key != new.key})
        contents = [content for content in checked.contents if content is not gone]
        assert list(renamed_ids(Update(contents, checked.note_types, unknown))) == []


def test_every_rename_in_the_first_bank_is_recognised(checked_first_bank: tuple[CheckedBank, Lock]) -> None:
    """With the first word of what is asked replaced as well."""
    checked, lock = checked_first_bank
    for content in checked.contents:
        names = checked.note_types[content.note_type].note_type.field_names
        first = content.text.removeprefix("<p>").split(" ")[0]
        text = content.text.replace(first, "Suppose", 1)
        fields = (
            text if number == 0 else "renamed" if name == "ID" else field
            for number, (name, field) in enumerate(zip(names, content.fields, strict=True))
        )
        new = replace(content, key="renamed", text=text, fields=tuple(fields))
        (message,) = _alarms(checked, lock, content, new)
        assert f'"renamed" looks like "{content.key}"' in message


# Ids that change, in Anki


def _studied(bench: Bench, package: Package) -> dict[int, list[object]]:
    """Import a package and answer every card; return the cards as they are then."""
    bench.import_package(package.path)
    for card in list(bench.cards()):
        bench.answer(card)
    return _cards(bench)


def _cards(bench: Bench) -> dict[int, list[object]]:
    rows = bench.state()["cards"]
    assert isinstance(rows, list)
    return {row[0]: row for row in rows}


def test_a_question_keeps_its_progress_under_a_new_id(bank: Path, tmp_path: Path) -> None:
    """Through a chain of ids, one of which this learner never had."""
    first = build(bank, tmp_path / "first", FIRST_TIME)
    with opened(tmp_path / "learner") as bench:
        cards = _studied(bench, first)
        reviews = bench.state()["revlog"]
        seen = {"question": SEEN["question"], "answer": SEEN["answer"]}
        for number, (key, previous) in enumerate(
            [("b", ["seen"]), ("c", ["b"]), ("d", ["c"]), ("d", [])], start=1
        ):
            item = question(key, **seen, **({"previous_ids": previous} if previous else {}))
            make_bank(tmp_path, {**_without("seen"), "new.yaml": questions("two", item)})
            package = build(bank, tmp_path / "out", LATER + number)
            if key != "b":
                # Each has its id in a field, and so is updated once.
                counts = bench.import_package(package.path)
                assert counts == ImportCounts(
                    updated=len(set(previous)), duplicate=len(first.notes) - len(previous)
                )
                assert bench.notes()[first.note("seen").guid]["ID"] == key
        assert _cards(bench) == cards
        assert bench.state()["revlog"] == reviews
        assert len(reviews) == len(cards)  # type: ignore[arg-type]


def test_a_bank_without_a_lock_gives_a_renamed_question_the_guid_that_learners_have(
    bank: Path, tmp_path: Path
) -> None:
    first = build(bank, tmp_path / "first", FIRST_TIME)
    make_bank(
        tmp_path,
        {
            **_without("seen"),
            "new.yaml": questions("two", {**SEEN, "id": "c", "previous_ids": ["seen", "b"]}),
        },
    )
    (bank / "bank.lock").unlink()
    assert build(bank, tmp_path / "out", LATER).note("c").guid == first.note("seen").guid


def test_an_id_that_a_killed_build_gave_leads_on(bank: Path, tmp_path: Path) -> None:
    """What that build had stamped is there twice then: under the id of the lock, and under the next one."""
    first, lock = build(bank, tmp_path / "first", FIRST_TIME), (bank / "bank.lock").read_bytes()
    make_bank(
        tmp_path,
        {**_without("seen"), "new.yaml": questions("two", {**SEEN, "id": "b", "previous_ids": ["seen"]})},
    )
    build(bank, tmp_path / "out", LATER)
    (bank / "bank.lock").rename(bank / ".bank.lock.pending")
    (bank / "bank.lock").write_bytes(lock)
    make_bank(tmp_path, {"new.yaml": questions("two", {**SEEN, "id": "c", "previous_ids": ["b"]})})
    package = build(bank, tmp_path / "out", LATER + 1)
    assert {note.key: note.guid for note in package.notes} == {
        "c" if note.key == "seen" else note.key: note.guid for note in first.notes
    }
    assert package.note("c").mod == LATER + 1
    assert not (bank / ".bank.lock.pending").exists()


def test_an_id_that_is_taken_back_is_recognised(bank: Path, tmp_path: Path) -> None:
    make_bank(
        tmp_path,
        {**_without("seen"), "new.yaml": questions("two", {**SEEN, "id": "b", "previous_ids": ["seen"]})},
    )
    renamed = build(bank, tmp_path / "out", LATER)
    (bank / "new.yaml").unlink()
    make_bank(tmp_path, FILES)
    (problem,) = _errors(bank, tmp_path / "out")
    assert problem.code == "renamed-id"
    assert "previous_ids: [b]" in problem.advice
    make_bank(tmp_path, {"two.yaml": questions("two", {**SEEN, "previous_ids": ["b"]}, LAST)})
    package = build(bank, tmp_path / "out", LATER + 1)
    assert {note.guid for note in package.notes} == {note.guid for note in renamed.notes}


def test_what_is_replaced_names_what_is_asked_instead(bank: Path, tmp_path: Path) -> None:
    first = build(bank, tmp_path / "first", FIRST_TIME)
    new = [
        question("tags", question="What is <b>`a & b`</b> to you?", replaces=["cold", "cold-fact"]),
        question("more", question="And ![what](media/loop.svg) else?", replaces=["cold"],
                 facts=[{"id": "more-fact", "text": "New ones have no {{c1::history}}.", "replaces": ["cold-fact"]}]),
    ]  # fmt: skip
    make_bank(tmp_path, {**_without("cold"), "new.yaml": questions("one", *new)})
    package = build(bank, tmp_path / "out", LATER)
    with opened(tmp_path / "learner") as bench:
        cards = _studied(bench, first)
        assert bench.import_package(package.path) == ImportCounts(
            new=3, updated=2, duplicate=len(first.notes) - 2
        )
        for key, instead in (
            ("cold", ["What is a & b to you?", "And"]),
            ("cold-fact", ["What is a & b to you?", "New ones have no history."]),
        ):
            note = bench.notes()[first.note(key).guid]
            # A cloze in a notice would make a card.
            assert [card.id for card in note.cards()] == [card.id for card in first.note(key).cards]
            for card in note.cards():
                for side in (bench.sides(card).front, bench.sides(card).back):
                    assert f"{NOTICE} {INSTEAD}" in visible(side)
                    assert all(text in visible(side) for text in instead)
        assert {key: row for key, row in _cards(bench).items() if key in cards} == cards
        bench.col.tags.clear_unused_tags()
        assert bench.repairs() == []


# Questions that go


def test_a_removed_question_is_marked_and_keeps_its_progress(bank: Path, tmp_path: Path) -> None:
    first = build(bank, tmp_path / "first", FIRST_TIME)
    make_bank(tmp_path, _without("cold", "seen"))
    package = build(bank, tmp_path / "out", LATER)
    gone = ("cold", "cold-fact", "seen")
    assert package.media == {}
    with opened(tmp_path / "learner") as bench:
        cards = _studied(bench, first)
        reviews = bench.state()["revlog"]
        assert bench.import_package(package.path) == ImportCounts(updated=3, duplicate=2)
        # One search finds all of them, and nothing else.
        found = bench.col.find_notes("tag:retired")
        assert {bench.col.get_note(key)["ID"] for key in found} == set(gone)
        assert _cards(bench) == cards
        assert bench.state()["revlog"] == reviews
        for key, asked, answer in (
            ("cold", "soften the cold-start problem", "By content"),
            ("cold-fact", "A cold start is about new", ""),
            ("seen", "Which loop does this show? A loop", "Popularity"),
        ):
            note = bench.notes()[first.note(key).guid]
            assert note.tags == ["retired"]
            assert len(note.cards()) == len(first.note(key).cards)
            for card in note.cards():
                sides = bench.sides(card)
                for side in (visible(sides.front), visible(sides.back)):
                    assert NOTICE in side
                    assert asked in side
                    assert not answer or answer not in side
                    assert "<img" not in sides.front + sides.back
        assert [
            bench.sides(card).front.count("[...]")
            for card in bench.notes()[first.note("cold-fact").guid].cards()
        ] == [1, 1]
        assert bench.empty_cards() == []
        assert bench.refused_note_types() == []
        bench.col.tags.clear_unused_tags()
        assert bench.repairs() == []
        (picture,) = first.media
        assert bench.media_problems() == [f"unused: {picture}"]


def test_who_never_had_it_gets_it_in_a_deck_of_its_own(bank: Path, tmp_path: Path) -> None:
    make_bank(tmp_path, _without("cold"), retired_deck="No longer asked")
    package = build(bank, tmp_path / "out", LATER)
    with opened(tmp_path / "learner") as bench:
        bench.import_package(package.path)
        decks = {card.note()["ID"]: bench.col.decks.name(card.did) for card in bench.cards()}
        # After all that is still asked.
        assert [card.note()["ID"] for card in bench.cards()][-3:] == ["cold", "cold-fact", "cold-fact"]
        assert [note.key for note in package.notes][-2:] == ["cold", "cold-fact"]
    assert decks["cold"] == decks["cold-fact"] == "Small bank::No longer asked"
    assert {deck for key, deck in decks.items() if not key.startswith("cold")} == {
        "Small bank::1 One", "Small bank::2 Two",
    }  # fmt: skip


def test_the_packages_of_its_level_tell_of_it_too(bank: Path, tmp_path: Path) -> None:
    """Whoever has the package of one level alone hears of it when importing that again."""
    make_bank(tmp_path, _without("seen"))
    build(bank, tmp_path / "out", LATER)
    result = build_bank(bank, tmp_path / "out", now=LATER + 1)
    counts = {str(entry["file"]): entry["tags"] for entry in result.packages}
    assert {name for name, tags in counts.items() if "retired" in tags} == {  # type: ignore[operator]
        "small-bank.apkg", "small-bank-two.apkg",
    }  # fmt: skip


def test_what_comes_back_is_as_it_was(bank: Path, tmp_path: Path) -> None:
    first = build(bank, tmp_path / "first", FIRST_TIME)
    with opened(tmp_path / "learner") as bench:
        cards = _studied(bench, first)
        before = {guid: (note.fields, note.tags) for guid, note in bench.notes().items()}
        make_bank(tmp_path, _without("cold", "seen"))
        bench.import_package(build(bank, tmp_path / "out", LATER).path)
        make_bank(tmp_path, FILES)
        result = build_bank(bank, tmp_path / "out", now=LATER + 60)
        assert result.plan is not None
        assert result.plan.counts["restored"] == 3
        assert bench.import_package(tmp_path / "out" / "small-bank.apkg") == ImportCounts(
            updated=3, duplicate=2
        )
        assert {guid: (note.fields, note.tags) for guid, note in bench.notes().items()} == before
        assert _cards(bench) == cards
        assert bench.col.find_notes("tag:retired") == []
        assert bench.media_problems() == []


def test_what_is_forgotten_is_shipped_no_more(bank: Path, tmp_path: Path) -> None:
    make_bank(tmp_path, _without("cold"))
    build(bank, tmp_path / "out", LATER)
    forget_notes(bank, ["cold", "cold-fact"])
    package = build(bank, tmp_path / "out", LATER + 1)
    assert set(package.by_key) == {"other", "seen", "last"}
    assert "Small bank::Retired" not in package.decks
    assert set(build(bank, tmp_path / "out", LATER + 2, locked=True).by_key) == {"other", "seen", "last"}


def test_a_retired_note_stays_as_it_is_from_build_to_build(bank: Path, tmp_path: Path) -> None:
    make_bank(tmp_path, _without("cold"))
    package = build(bank, tmp_path / "out", LATER)
    before = files_in(tmp_path)
    for number in range(1, 3):
        assert build(bank, tmp_path / "out", LATER + number).notes == package.notes
        assert files_in(tmp_path) == before


def test_a_level_that_goes_takes_its_questions_with_it(bank: Path, tmp_path: Path) -> None:
    first = build(bank, tmp_path / "first", FIRST_TIME)
    (bank / "two.yaml").unlink()
    make_bank(tmp_path, {}, levels=[SMALL_BANK["levels"][0]])
    result = build_bank(bank, tmp_path / "out", now=LATER)
    assert not result.has_errors
    assert result.removed == ("small-bank-two.apkg",)
    with opened(tmp_path / "learner") as bench:
        _studied(bench, first)
        assert bench.import_package(tmp_path / "out" / "small-bank.apkg") == ImportCounts(
            updated=2, duplicate=3
        )
        for key in ("seen", "last"):
            note = bench.notes()[first.note(key).guid]
            assert note.tags == ["retired"]
            assert NOTICE in visible(bench.sides(note.cards()[0]).front)


def test_a_bank_in_another_language_says_so_in_its_words(bank: Path, tmp_path: Path) -> None:
    labels = {
        "retired": "Archiv", "retired_notice": "Das wird nicht mehr gefragt & geübt.", "replaced_by": "Stattdessen:",
    }  # fmt: skip
    first = build(bank, tmp_path / "first", FIRST_TIME)
    new = questions("one", question("neu", question="Was ist neu?", replaces=["cold"]))
    make_bank(tmp_path, {**_without("cold"), "new.yaml": new}, labels=labels, language="de")
    package = build(bank, tmp_path / "out", LATER)
    with opened(tmp_path / "learner") as bench:
        _studied(bench, first)
        bench.import_package(package.path)
        (card,) = bench.notes()[first.note("cold").guid].cards()
        for side in (bench.sides(card).front, bench.sides(card).back):
            assert "Archiv Das wird nicht mehr gefragt & geübt. Stattdessen: Was ist neu?" in visible(side)
            assert NOTICE not in side


# Templates of the bank's own

_FIELDS = {
    "question": "[[ question ]]",
    "answer": "[[ answer ]]",
    "id": "[[ id ]]",
    "level": "[[ level.name ]]",
}

# Note types that know nothing of retirement: their fields in order, and their two sides.
LAYOUTS: dict[str, tuple[tuple[str, ...], str, str]] = {
    "plain": (("Question", "Answer", "ID"), "{{Question}}", "{{FrontSide}}<hr>{{Answer}}"),
    "the id first": (("ID", "Question", "Answer"), "{{Question}}", "{{FrontSide}}<hr>{{Answer}}"),
    "the answer alone on the back": (("Question", "Answer", "ID"), "{{Question}}", "{{Answer}}"),
    "sections": (
        ("ID", "Level", "Question", "Answer"),
        "{{#Level}}<i>{{Level}}</i>{{/Level}}{{#Question}}{{Question}}{{/Question}}",
        "{{Question}}{{#Answer}}<hr>{{Answer}}{{/Answer}}",
    ),
    "everything": (("Level", "Question", "Answer", "ID"), "{{Level}} {{ID}} {{Question}}", "{{Level}} {{Answer}}"),
}  # fmt: skip


def _note_type(layout: tuple[tuple[str, ...], str, str], **composed: str) -> dict[str, str | bytes]:
    fields, front, back = layout
    lines = [f"  - {{id: {number}, name: {name}}}\n" for number, name in enumerate(fields, start=1)]
    text = "name: Own\nfields:\n" + "".join(lines)
    text += "templates:\n  - {id: 1, name: Card, front: front.html, back: back.html}\n"
    files = {"note_type.yaml": text, "front.html": front, "back.html": back, "style.css": ""}
    files |= {f"fields/{name}.html": composed.get(name, source) for name, source in _FIELDS.items()}
    return {f"card_templates/own/{name}": content for name, content in files.items()}


def _retired_sides(files: dict[str, str | bytes], folder: Path) -> tuple[str, str]:
    """Return the visible sides of a question of such a note type after it has been removed."""
    own = {"note_type": "own"} if "card_templates/own/note_type.yaml" in files else {}
    item = question("own", question="What is *one's own*?", answer="The answer.", **own)
    bank = make_bank(
        folder, {**files, "own.yaml": questions("one", item), "last.yaml": questions("two", OTHER)}
    )
    first = build(bank, folder / "out", FIRST_TIME)
    (bank / "own.yaml").unlink()
    with opened(folder / "learner") as bench:
        _studied(bench, first)
        package = build(bank, folder / "out", LATER)
        assert bench.import_package(package.path) == ImportCounts(updated=1, duplicate=1)
        (card,) = bench.notes()[first.note("own").guid].cards()
        sides = bench.sides(card)
        assert bench.empty_cards() == []
    return visible(sides.front), visible(sides.back)


@pytest.mark.parametrize("name", LAYOUTS)
def test_templates_that_know_nothing_of_retirement_say_it_too(name: str, tmp_path: Path) -> None:
    front, back = _retired_sides(_note_type(LAYOUTS[name]), tmp_path)
    assert front.count(NOTICE) == 1
    assert back.count(NOTICE) == 1
    assert "What is one's own ?" in front
    assert "The answer." not in back
    # The note is known by its question, where that is shown.
    assert front.index(NOTICE) < front.index("What is")


def test_sides_of_ones_own_for_a_note_type_that_has_the_field(tmp_path: Path) -> None:
    """Who writes only the sides anew may leave the field Retired out of them."""
    files: dict[str, str | bytes] = {
        "card_templates/question/front.html": "{{Question}}",
        "card_templates/question/back.html": "{{FrontSide}}<hr>{{Answer}}",
    }
    front, back = _retired_sides(files, tmp_path)
    assert (front.count(NOTICE), back.count(NOTICE)) == (1, 1)


def test_a_template_can_say_it_in_its_own_way(tmp_path: Path) -> None:
    fields = {"question": "[% if retired %]<s>[[ labels.retired_notice ]]</s>[% endif %][[ question ]]"}
    front, back = _retired_sides(_note_type(LAYOUTS["plain"], **fields), tmp_path)
    assert (front.count(NOTICE), back.count(NOTICE)) == (1, 1)


def test_a_template_that_fails_without_an_answer_says_where(tmp_path: Path) -> None:
    files = _note_type(LAYOUTS["plain"], answer="[[ hints[0] ]]")
    bank = make_bank(
        tmp_path, {**files, "own.yaml": questions("one", question("own", hint="Hm.", note_type="own"), OTHER)}
    )
    build(bank, tmp_path / "out", FIRST_TIME)
    make_bank(tmp_path, {"own.yaml": questions("one", OTHER)})
    (problem,) = _errors(bank, tmp_path / "out")
    assert problem.code == "jinja"
    assert Path(problem.position.path) == bank / "card_templates" / "own" / "fields" / "answer.html"


def test_a_note_type_that_is_gone_is_asked_for(tmp_path: Path) -> None:
    files = _note_type(LAYOUTS["plain"])
    bank = make_bank(
        tmp_path, {**files, "own.yaml": questions("one", question("own", note_type="own"), OTHER)}
    )
    build(bank, tmp_path / "out", FIRST_TIME)
    make_bank(tmp_path, {"own.yaml": questions("one", OTHER)})
    for name in files:
        (bank / name).unlink()
    (problem,) = _errors(bank, tmp_path / "out")
    assert problem.code == "unknown-note-type"
    assert problem.position.path == (bank / "bank.lock").as_posix()
    assert problem.message == 'the retired note "own" needs the note type "own", which is gone'
    assert problem.advice == "bring its card templates back, or run: ankiexport lock --forget own"
    forget_notes(bank, ["own"])
    assert set(build(bank, tmp_path / "out", LATER).by_key) == {"other"}
    assert set(lock_of(bank).note_types) == {"question"}
