"""A build after an edit is made from the last one, and nobody can tell that by its files or its words."""

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import pytest
from anki_bench import opened
from banks import files_in, make_bank, question, questions
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from runs import WHOLE_RUNS, Told, built_once, forbid, run, within
from test_cache import replaced, write

from ankiexport import checks, quality, update_rules
from ankiexport.cli.app import cli

Edit = Callable[[Path, Random], None]

PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9"/></svg>'
FILES = 12


def bank_in(folder: Path) -> Path:
    """Write a bank with questions of two levels, a fact, a picture and a link."""
    files: dict[str, str | bytes] = {"media/a.svg": PICTURE}
    for number in range(FILES):
        own = [
            question(f"q{number}-{at}", answer=f"It is {number * at} of them, as all know.")
            for at in range(3)
        ]
        if number == 1:
            own[2]["facts"] = [{"id": "a-fact", "text": "The sky is {{c1::blue}} on a fine day."}]
        if number == 2:
            own[1]["answer"] = "It is seen here: ![a](media/a.svg) and [there](part-1.yaml)."
        files[f"part-{number}.yaml"] = questions("one" if number < FILES / 2 else "two", *own)
    return make_bank(folder, files)


def at_random(text: str) -> Edit:
    """Put a text before an answer of some file."""

    def edit(bank: Path, random: Random) -> None:
        path = bank / f"part-{random.randrange(FILES)}.yaml"
        write(path, path.read_text(encoding="utf-8").replace("It is", f"{text} It is", 1))

    return edit


def another_picture(bank: Path, _random: Random) -> None:
    (bank / "media/a.svg").write_bytes(PICTURE + b" ")


def a_damaged_package(bank: Path, _random: Random) -> None:
    next((bank.parent / "dist").glob("*.apkg")).write_bytes(b"damaged")


def retitled(bank: Path, random: Random) -> None:
    """Ask something else, in a few words of a few, so that it is often near to what is asked elsewhere."""
    path = bank / f"part-{random.randrange(FILES)}.yaml"
    asked = " ".join(random.choices(["alpha", "beta", "gamma", "delta"], k=random.randrange(3, 7)))
    # What all ask says nothing of any two.
    asked = random.choice([asked, f"{asked} what is q1-{random.randrange(3)}"])
    if path.is_file():
        first, *others = path.read_text(encoding="utf-8").split("  question: ")
        at = random.randrange(len(others))
        others[at] = f"{asked}?\n{others[at].partition(chr(10))[2]}"
        write(path, "  question: ".join([first, *others]))


# What is far longer than all others is told in sight of the whole bank.
LONG = at_random("Long. " * 400)
TEXTS: tuple[Edit, ...] = (
    replaced("part-8.yaml", "What is q8-1?", "Why would anybody care for this?"),
    replaced("part-8.yaml", "Why would anybody care for this?", "Why would nobody care for that, at last?"),
    replaced("part-1.yaml", "blue", "red"),
    at_random("Well."),
    at_random("Anna knows the **ROC** of [it](nowhere.md)."),
    LONG,
    replaced("part-0.yaml", "level: one", "# a remark\n\nlevel: one"),
    replaced("part-3.yaml", "as all know", "as some say"),
    replaced("part-1.yaml", "- id: q1-0", "\n- id: q1-0"),
)
RENAMED = replaced("part-4.yaml", "id: q4-1\n", "id: q4-9\n  previous_ids: [q4-1]\n")
OTHERS: tuple[Edit, ...] = (
    at_random("![a](media/a.svg)"),
    RENAMED,
    replaced("part-5.yaml", "level: one", "level: two"),
    replaced("part-7.yaml", "What is q7-2?", "What is q7-1 ?"),
    replaced("part-8.yaml", "id: q8-2", "id: q8-7"),
    replaced("bank.yaml", "title: ", "title: Another "),
    another_picture,
    lambda bank, random: (bank / f"part-{random.randrange(9, 12)}.yaml").unlink(missing_ok=True),
    a_damaged_package,
    lambda bank, _random: write(bank / "new.yaml", questions("two", question("new"))),
)


def assert_as_without_a_cache(warm: Path, plain: Path, *command: str) -> Told:
    """Run a command in a folder, and in a copy of it without a cache; compare words and files."""
    shutil.copytree(warm, plain)
    told = run(warm, *command)
    assert told == run(plain, *command, "--no-cache")
    assert files_in(warm / "bank") == files_in(plain / "bank")
    assert files_in(warm / "dist") == files_in(plain / "dist")
    return told


@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.lists(st.sampled_from([*TEXTS, *TEXTS, retitled, retitled, *OTHERS]), min_size=1, max_size=2),
        min_size=1,
        max_size=4,
    ),
    st.randoms(use_true_random=False),
)
def test_a_build_after_edits_is_the_build_of_the_whole_bank(
    tmp_path_factory: pytest.TempPathFactory, rounds: Sequence[Sequence[Edit]], random: Random
) -> None:
    folder = tmp_path_factory.mktemp("rebuilt")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANKIEXPORT_CACHE_DIR", str(folder / "cache"))
        warm = folder / "warm"
        bank_in(warm)
        run(warm, "build", "bank")
        for number, edits in enumerate(rounds, start=1):
            patch.setenv("SOURCE_DATE_EPOCH", str(1_760_000_000 + number))
            for edit in edits:
                edit(warm / "bank", random)
            commands = ("check", "build", "check") if random.random() < 0.5 else ("build", "check")
            for at, command in enumerate(commands):
                assert_as_without_a_cache(warm, folder / f"plain-{number}-{at}", command, "bank")


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a bank that was built."""
    return built_once(tmp_path, bank_in, monkeypatch)


@pytest.fixture
def the_whole_is_not_built(work: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the build of a whole bank fail from now on, and return its folder."""
    forbid(monkeypatch, "the whole bank was built", *WHOLE_RUNS)
    return work


@pytest.mark.parametrize("edit", [edit for edit in TEXTS if edit is not LONG])
def test_an_edit_of_texts_is_built_from_the_last_build(the_whole_is_not_built: Path, edit: Edit) -> None:
    """Once more after that, and the run after it is told."""
    work = the_whole_is_not_built
    for _round in range(2):
        edit(work / "bank", Random(5))
        assert run(work, "build", "bank").code == 0
        assert json.loads(run(work, "build", "bank", "--json").output)["changes"]["unchanged"] == 37
        assert "36 questions" in run(work, "check", "bank").output


def test_a_renamed_and_a_removed_question_do_not_keep_edits_from_it(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    RENAMED(work / "bank", Random(1))
    (work / "bank/part-9.yaml").unlink()
    assert run(work, "build", "bank").code == 0
    # What this one tells is foreseen by none: some notes have retired in the one before.
    assert run(work, "build", "bank").code == 0
    forbid(monkeypatch, "the whole bank was built", *WHOLE_RUNS)
    at_random("Well.")(work / "bank", Random(1))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1760000001")
    assert "1 changed" in run(work, "build", "bank").output


@pytest.mark.parametrize("edit", [edit for edit in TEXTS if edit is not LONG])
def test_a_check_after_an_edit_begins_from_the_last_build_too(
    the_whole_is_not_built: Path, edit: Edit
) -> None:
    """And a build after that check, from the same one."""
    work = the_whole_is_not_built
    edit(work / "bank", Random(5))
    told = run(work, "check", "bank")
    assert told == run(work, "check", "bank")
    assert "36 questions" in told.output
    assert run(work, "build", "bank").code == 0
    assert told == run(work, "check", "bank")


@pytest.mark.parametrize("number", range(len(OTHERS)))
def test_whatever_else_has_changed_builds_the_whole_bank(the_whole_is_not_built: Path, number: int) -> None:
    at_random("Well.")(the_whole_is_not_built / "bank", Random(1))
    OTHERS[number](the_whole_is_not_built / "bank", Random(1))
    with pytest.raises(AssertionError, match="the whole bank was built"):
        run(the_whole_is_not_built, "build", "bank")


@pytest.mark.parametrize(
    "arguments", [("--locked",), ("--level", "one"), ("--no-cache",), ("-o", "elsewhere")]
)
def test_other_builds_are_of_the_whole_bank(the_whole_is_not_built: Path, arguments: tuple[str, ...]) -> None:
    at_random("Well.")(the_whole_is_not_built / "bank", Random(1))
    with pytest.raises(AssertionError, match="the whole bank was built"):
        run(the_whole_is_not_built, "build", "bank", *arguments)


def test_an_edit_with_an_error_is_told_by_the_build_of_the_whole_bank(work: Path, tmp_path: Path) -> None:
    before = files_in(work / "dist")
    replaced("part-4.yaml", "level: one", "level: nowhere")(work / "bank", Random(1))
    told = assert_as_without_a_cache(work, tmp_path / "plain", "build", "bank")
    assert told.code == 1
    assert files_in(work / "dist") == before


@pytest.mark.parametrize("command", ["check", "build"])
def test_an_odd_answer_that_moves_from_a_question_that_allows_it_is_told(
    work: Path, tmp_path: Path, command: str
) -> None:
    """Although answers are as long as before, taken together."""
    own = [question(f"q0-{at}", answer="It is one of them, as all know.") for at in range(3)]
    own[0] |= {"answer": "Long. " * 200, "allow": ["answer-length"]}
    make_bank(work, {"part-0.yaml": questions("one", *own)})
    assert "answer-length" not in run(work, "build", "bank").errors
    own[0]["answer"], own[1]["answer"] = own[1]["answer"], own[0]["answer"]
    make_bank(work, {"part-0.yaml": questions("one", *own)})
    told = assert_as_without_a_cache(work, tmp_path / "plain", command, "bank")
    assert "answer-length" in told.output + told.errors


@pytest.mark.parametrize("command", ["check", "build"])
def test_what_another_version_of_the_program_has_kept_is_left_alone(
    work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """It may be of a shape that this one does not know."""
    at_random("Well.")(work / "bank", Random(1))

    def unknown(_data: bytes) -> None:
        message = "No module named 'ankiexport.of_another_version'"
        raise ModuleNotFoundError(message)

    for module in ("cache.runs", "examination.reuse", "last_build", "writing"):
        monkeypatch.setattr(f"ankiexport.{module}.program_fingerprint", lambda: b"another", raising=False)
    monkeypatch.setattr("ankiexport.last_build.pickle.loads", unknown)
    assert_as_without_a_cache(work, tmp_path / "plain", command, "bank")


NOTE_TYPE = """\
id: 1760000000123
name: Words
schema_version: 1
given: true
sort_field: Meaning
fields: [{id: 1, name: Word}, {id: 2, name: Meaning}]
templates: [{id: 1, name: One, front: front.html, back: back.html}]
"""


def test_a_retired_note_says_what_is_asked_instead_after_an_edit_of_that(
    work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That may be a later field, where fields are given."""
    folder = work / "card_templates/words"
    folder.mkdir(parents=True)
    for name, text in {
        "note_type.yaml": NOTE_TYPE,
        "front.html": "{{Word}}",
        "back.html": "{{FrontSide}} {{Meaning}}",
        "style.css": "",
    }.items():
        write(folder / name, text)
    run(work, "build", "bank")
    fields = {"Word": "casa", "Meaning": "a house"}
    item = {"id": "casa", "note_type": "words", "fields": fields, "replaces": ["q11-0"]}
    (work / "bank/part-11.yaml").unlink()
    make_bank(work, {"words.yaml": questions("two", item)})
    for _round in range(2):
        assert run(work, "build", "bank").code == 0
    replaced("words.yaml", "a house", "a home")(work / "bank", Random(1))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1760000001")
    told = assert_as_without_a_cache(work, tmp_path / "plain", "build", "bank")
    assert "1 changed, 1 retired" in told.output


def test_a_name_that_is_no_text_is_met_as_without_a_cache(work: Path, tmp_path: Path) -> None:
    """Systems give out names that are no UTF-8."""
    try:
        (work / "bank/part-3.yaml").rename(work / "bank/part-\udcff.yaml")
    except OSError:
        pytest.skip("this file system takes only names that are texts")
    assert assert_as_without_a_cache(work, tmp_path / "plain", "build", "bank").code == 0


def test_a_disk_that_is_full_leaves_everything_as_it_was(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = files_in(work / "dist"), (work / "bank/bank.lock").read_bytes()

    def full(*_args: object, **_kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ankiexport.rebuilding.rebuild.edit_apkg", full)
    at_random("Well.")(work / "bank", Random(1))
    told = run(work, "build", "bank")
    assert told.code == 1
    assert "No space left" in told.errors
    assert (files_in(work / "dist"), (work / "bank/bank.lock").read_bytes()) == before


@pytest.mark.parametrize("done", range(5))
def test_a_build_that_is_stopped_on_its_way_is_made_good_by_the_next(
    work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, done: int
) -> None:
    """It is stopped after so many files were put in place: two packages, the manifest, the lock."""
    at_random("Well.")(work / "bank", Random(1))
    usual, count = Path.replace, iter(range(9))

    def stopped(path: Path, target: Path) -> Path:
        if next(count) == done:
            raise KeyboardInterrupt
        return usual(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", stopped)
        with within(work):
            CliRunner().invoke(cli, ["build", "bank"])
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1760000009")
    assert_as_without_a_cache(work, tmp_path / "plain", "build", "bank")
    at_random("So.")(work / "bank", Random(1))
    assert_as_without_a_cache(work, tmp_path / "more", "build", "bank")


def test_edited_packages_are_what_anki_takes(
    work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Learners who have the last build get the new text, and nobody else's note is touched."""
    with opened(tmp_path / "learner") as learner:
        assert learner.import_package(work / "dist/small-bank.apkg").new == 37
        replaced("part-3.yaml", "as all know", "as some say")(work / "bank", Random(1))
        monkeypatch.setenv("SOURCE_DATE_EPOCH", "1760000100")
        assert "3 changed" in run(work, "build", "bank").output
        counts = learner.import_package(work / "dist/small-bank.apkg")
        assert (counts.updated, counts.new) == (3, 0)
        assert learner.repairs() == []
        assert len(learner.col.find_notes("some say")) == 3


def test_rules_over_the_whole_bank_are_those_that_edits_are_held_against() -> None:
    """Before a rule is added here: `rebuilding/edits.py` must see when an edit changes what it finds."""
    rules = (*checks.BANK_RULES, *quality.BANK_RULES, *update_rules.RULES)
    assert [rule.__name__ for rule in rules] == [
        "unique_ids", "past_ids", "known_bank_allowances", "levels_in_use",
        "answers_have_a_common_length", "questions_are_asked_once", "levels_and_tags_hold_enough",
        "renamed_ids", "merged_notes", "note_types_stay", "schemas_stay", "replaced_are_known",
    ]  # fmt: skip


def test_what_was_never_shipped_is_told_after_the_first_build(work: Path, tmp_path: Path) -> None:
    (work / "bank/bank.lock").unlink()
    shutil.rmtree(work / "dist")
    replaced("part-0.yaml", "id: q0-0\n", "id: q0-0\n  replaces: [never]\n")(work / "bank", Random(1))
    assert "never" not in run(work, "build", "bank").errors
    at_random("Well.")(work / "bank", Random(1))
    assert "never" in assert_as_without_a_cache(work, tmp_path / "plain", "build", "bank").errors


def test_an_odd_answer_that_is_allowed_elsewhere_is_told(work: Path, tmp_path: Path) -> None:
    long, usual = "It is long, my friend. " * 200, "It is so, as all of them know."
    bank = make_bank(tmp_path / "other", {})

    def answered(first: str, second: str) -> None:
        own = question("a", answer=first, allow=["answer-length"]), question("b", answer=second)
        write(bank / "a.yaml", questions("one", *own))

    assert work
    answered(long, usual)
    assert "answer-length" not in run(bank.parent, "build", "bank").errors
    answered(usual, long)
    told = assert_as_without_a_cache(bank.parent, tmp_path / "plain", "check", "bank")
    assert "answer-length" in told.output


def test_a_retired_note_shows_what_is_asked_instead_of_it_now(work: Path, tmp_path: Path) -> None:
    """What is asked may be another field than the first, where fields are given."""
    kind = (
        "id: 1700000000123\nname: Words\ngiven: true\nsort_field: Meaning\n"
        "fields: [{id: 1, name: Word}, {id: 2, name: Meaning}]\n"
        "templates: [{id: 3, name: Card 1, front: front.html, back: back.html}]\n"
    )
    files = {"note_type.yaml": kind, "front.html": "{{Word}}", "back.html": "{{Meaning}}", "style.css": ""}
    (work / "bank/card_templates/words").mkdir(parents=True)
    for name, text in files.items():
        write(work / "bank/card_templates/words" / name, text)
    word = {"id": "w", "note_type": "words", "replaces": ["q0-0"]}
    path = work / "bank/part-0.yaml"
    write(path, questions("one", {**word, "fields": {"Word": "cat", "Meaning": "animal"}}))
    assert "retired" in run(work, "build", "bank").output
    assert run(work, "build", "bank").code == 0
    write(path, questions("one", {**word, "fields": {"Word": "cat", "Meaning": "beast"}}))
    assert "1 retired" in assert_as_without_a_cache(work, tmp_path / "plain", "build", "bank").output
