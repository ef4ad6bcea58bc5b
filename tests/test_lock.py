"""The lock: what moves the time of a note and what does not, and how its file withstands what happens to files."""

import json
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
from banks import (
    FIRST_TIME,
    REPOSITORY,
    PackedNote,
    build,
    built,
    files_in,
    lock_of,
    make_bank,
    mods_of,
    question,
    questions,
)
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ankiexport.cli.app import cli
from ankiexport.lock.entries import Lock, LockedNote, LockedNoteType, State
from ankiexport.lock.file import parse_lock, read_lock, to_bytes
from ankiexport.pipeline import build_bank

T = TypeVar("T")

LATER = FIRST_TIME + 86_400

SOME = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

NAMESPACE = "tests/small-bank"
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><title>{}</title></svg>'

FACTS: list[dict[str, object]] = [
    {"id": "alpha-one", "text": "It is {{c1::so}}."},
    {"id": "alpha-two", "text": "Is it {{c1::thus}}?"},
]
ALPHA = question("alpha", hint=["Think.", "Think *again*."], tags=["topic::x"], facts=FACTS)
BETA = question("beta", answer="Line one.\n\nLine two: `code`, \\(x\\).\n", pitfalls=["One.", "Two."])
GAMMA = question("gamma", answer="![seen](media/seen.svg)")
DELTA = question("delta", question="What was\nasked?", sources=["Who (2000). *What*."], tags=["topic::x"])
EPSILON = question("epsilon", answer="![also](media/seen.svg) ![other](media/other.svg)")

FILES: dict[str, str | bytes] = {
    "one.yaml": questions("one", ALPHA, BETA, GAMMA),
    "two.yaml": questions("two", DELTA, EPSILON),
    "media/seen.svg": PICTURE.format("seen"),
    "media/other.svg": PICTURE.format("other"),
}
IN_ONE = {"alpha", "alpha-one", "alpha-two", "beta", "gamma"}
IN_TWO = {"delta", "epsilon"}
ALL = IN_ONE | IN_TWO
QUESTIONS = {"alpha", "beta", "gamma", "delta", "epsilon"}


@pytest.fixture(scope="module", autouse=True)
def _without_the_extra() -> Iterator[None]:
    """Let builds with `--locked` and without write the same bytes, so that they can be compared."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ankiexport.deflaters._isal", lambda: None)
        yield


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a bank and its packages in `out`, built for the first time."""
    folder = tmp_path_factory.mktemp("shipped")
    build(make_bank(folder, FILES), folder / "out", FIRST_TIME)
    return folder


@pytest.fixture
def folder(shipped: Path, tmp_path: Path) -> Path:
    """A copy of that folder, to be changed."""
    return Path(shutil.copytree(shipped, tmp_path / "copy"))


@pytest.fixture
def bank(folder: Path) -> Path:
    """The bank of that copy."""
    return folder / "bank"


def _shipped_template(name: str) -> str:
    return (REPOSITORY / "card_templates" / name).read_text(encoding="utf-8")


# What moves a note's time


def _one(*changed: Mapping[str, object]) -> dict[str, str | bytes]:
    """Return the first file with some of its questions changed."""
    by_id = {str(item["id"]): item for item in (ALPHA, BETA, GAMMA, *changed)}
    return {"one.yaml": questions("one", *by_id.values())}


MOVES: dict[str, tuple[dict[str, str | bytes], set[str]]] = {
    "question": (_one({**BETA, "question": "What was beta?"}), {"beta"}),
    "answer": (_one({**BETA, "answer": "Another one."}), {"beta"}),
    "a letter's case": (_one({**BETA, "question": "what is beta?"}), {"beta"}),
    "hint": (_one({**ALPHA, "hint": "Think."}), {"alpha"}),
    "key points": (_one({**BETA, "key_points": ["A point."]}), {"beta"}),
    "pitfalls": (_one({**BETA, "pitfalls": ["Two.", "One."]}), {"beta"}),
    "follow-ups": (_one({**BETA, "follow_ups": ["And then?"]}), {"beta"}),
    "sources": (_one({**BETA, "sources": ["Who (1999)."]}), {"beta"}),
    "revised": (_one({**BETA, "revised": "2026-11"}), {"beta"}),
    "fact": (_one({**ALPHA, "facts": [{**FACTS[0], "text": "It is {{c1::not}}."}, FACTS[1]]}), {"alpha-one"}),
    "tag": (_one({**BETA, "tags": ["topic::x"]}), {"beta"}),
    "tag of a fact": (_one({**ALPHA, "facts": [{**FACTS[0], "tags": ["topic::z"]}, FACTS[1]]}), {"alpha-one"}),
    "tag, which facts inherit": (_one({**ALPHA, "tags": ["topic::z"]}), {"alpha", "alpha-one", "alpha-two"}),
    "tag of a file": ({"one.yaml": questions("one", ALPHA, BETA, GAMMA, tags=["topic::z"])}, IN_ONE),
    "level": (
        {"one.yaml": questions("one", BETA, GAMMA), "two.yaml": questions("two", DELTA, EPSILON, ALPHA)},
        {"alpha", "alpha-one", "alpha-two"},
    ),
    "bytes of a picture": ({"media/seen.svg": PICTURE.format("new")}, {"gamma", "epsilon"}),
    "bytes of another picture": ({"media/other.svg": PICTURE.format("new")}, {"epsilon"}),
    "template that composes a field": (
        {"card_templates/question/fields/answer.html": "<div>[[ answer ]]</div>"}, QUESTIONS,
    ),
    "template that composes a field of facts": (
        {"card_templates/cloze/fields/text.html": "<div>[[ question ]]</div>"}, {"alpha-one", "alpha-two"},
    ),
    "macro of fields that few notes fill": (
        {"card_templates/shared/fields.html": _shipped_template("shared/fields.html").replace("<li>", "<li dir='auto'>")},
        {"beta", "delta"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MOVES)
def test_only_what_changed_moves(name: str, folder: Path, bank: Path) -> None:
    files, moved = MOVES[name]
    make_bank(folder, files)
    package = build(bank, folder / "out", LATER)
    expected = {key: LATER if key in moved else FIRST_TIME for key in ALL}
    assert mods_of(bank) == expected
    assert {key: note.mod for key, note in package.by_key.items()} == expected
    assert {note_type.mod for note_type in lock_of(bank).note_types.values()} == {FIRST_TIME}


# What moves a note type's time, and no note's

NOTE_TYPE_MOVES: dict[str, tuple[dict[str, str | bytes], dict[str, object], set[str]]] = {
    "CSS": (
        {"card_templates/question/style.css": _shipped_template("question/style.css") + ".card { color: red }"},
        {}, {"question"},
    ),
    "shared CSS": (
        {"card_templates/shared/style.css": _shipped_template("shared/style.css") + ".card { color: red }"},
        {}, {"question", "cloze"},
    ),
    "front": ({"card_templates/question/front.html": "<b>{{Question}}</b>"}, {}, {"question"}),
    "back": ({"card_templates/cloze/back.html": "{{cloze:Text}}"}, {}, {"cloze"}),
    "its name": ({}, {"title": "Other title", "deck": "Small bank"}, {"question", "cloze"}),
    "a label of the templates": ({}, {"labels": {"pitfalls": "Traps"}}, {"question"}),
    "description of a field": (
        {"card_templates/cloze/note_type.yaml": _shipped_template("cloze/note_type.yaml").replace("Kept free", "Free")},
        {}, {"cloze"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NOTE_TYPE_MOVES)
def test_the_look_of_cards_moves_their_note_type_alone(name: str, folder: Path, bank: Path) -> None:
    files, own, moved = NOTE_TYPE_MOVES[name]
    make_bank(folder, files, **own)
    package = build(bank, folder / "out", LATER)
    expected = {key: LATER if key in moved else FIRST_TIME for key in ("question", "cloze")}
    lock = lock_of(bank)
    assert {key: note_type.mod for key, note_type in lock.note_types.items()} == expected
    assert {package.note_types[kind.id]["mod"] for key, kind in lock.note_types.items() if key in moved} == {
        LATER
    }
    assert set(mods_of(bank).values()) == {FIRST_TIME}
    assert {note.mod for note in package.notes} == {FIRST_TIME}


def test_a_deck_that_is_renamed_moves_no_note(folder: Path, bank: Path) -> None:
    """Anki leaves cards where they are, so there is nothing that an update could do."""
    make_bank(folder, {}, deck="Renamed")
    result = build_bank(bank, folder / "out", now=LATER)
    assert result.plan is not None
    assert result.plan.counts["moved"] == len(ALL)
    assert set(mods_of(bank).values()) == {FIRST_TIME}
    assert all(note.deck.startswith("Renamed::") for note in lock_of(bank).notes.values())


# What moves nothing

MARKDOWN = """\
---
level: one
---

# A title for the reader

## What is alpha? {#alpha}

### Hint

Think.

### Hint

Think *again*.

### Answer

It is alpha.

### Tags

topic::x

### Facts

- `alpha-one`: It is {{c1::so}}.
- `alpha-two`: Is it {{c1::thus}}?
"""

OTHER_WORDS = """\
# A remark.
questions:

# Another one.
- tags:
  - topic::x   # and one more
  - topic::x
  answer: "It is \\
    alpha."
  'question': 'What is alpha?'
  hint: ["Think.", 'Think *again*.']
  id: >-
    alpha
  facts:
  - {text: "It is {{c1::so}}.", id: alpha-one}
  - id: alpha-two
    text: |
      Is it {{c1::thus}}?

- {id: beta, question: What is beta?, pitfalls: [One., Two.], answer: "Line one.\\n\\nLine two: `code`, \\\\(x\\\\).\\n"}
- {id: gamma, question: "What is gamma?", answer: "![seen](media/seen.svg)"}
level: one
"""

# Each: files that come, and files that go. The order of study stays.
SAME: dict[str, tuple[dict[str, str | bytes], tuple[str, ...]]] = {
    "nothing": ({}, ()),
    "YAML in other words": ({"one.yaml": OTHER_WORDS}, ()),
    "line breaks of Windows": ({"one.yaml": str(FILES["one.yaml"]).replace("\n", "\r\n")}, ()),
    "byte order mark": ({"one.yaml": b"\xef\xbb\xbf" + str(FILES["one.yaml"]).encode()}, ()),
    "renamed files": ({"b.yaml": FILES["one.yaml"], "a.yaml": FILES["two.yaml"]}, ("one.yaml", "two.yaml")),
    "other letter case": ({"ONE.yaml": FILES["one.yaml"]}, ("one.yaml",)),
    "other suffix": ({"one.yml": FILES["one.yaml"]}, ("one.yaml",)),
    "sub-folders": ({"sub/deep/one.yaml": FILES["one.yaml"]}, ("one.yaml",)),
    "split files": (
        {
            f"{number}.yaml": questions("one", item)
            for number, item in [("2", ALPHA), ("10", BETA), ("x", GAMMA)]
        },
        ("one.yaml",),
    ),
    "one of them in Markdown": (
        {
            "0.md": MARKDOWN,
            "one.yaml": questions("one", BETA, GAMMA),
        },
        (),
    ),
    "a file that is no question's": ({"README.md": "# A bank", "_draft.yaml": "level: [", "media/x.png": b"x"}, ()),
    "templates of one's own that are the same": (
        {"card_templates/question/fields/answer.html": _shipped_template("question/fields/answer.html")}, (),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_what_says_the_same_moves_nothing(name: str, folder: Path, bank: Path) -> None:
    come, go = SAME[name]
    before = {"lock": (bank / "bank.lock").read_bytes(), **files_in(folder / "out")}
    make_bank(folder, come)
    for path in go:
        (bank / path).unlink()
    build(bank, folder / "out", LATER)
    assert {"lock": (bank / "bank.lock").read_bytes(), **files_in(folder / "out")} == before


def test_another_order_of_study_moves_places_only(folder: Path, bank: Path) -> None:
    before, lock = built(bank, folder / "out").whole, (bank / "bank.lock").read_bytes()
    make_bank(
        folder,
        {"one.yaml": questions("one", GAMMA, ALPHA, BETA), "two.yaml": questions("two", EPSILON, DELTA)},
    )
    after = build(bank, folder / "out", LATER)
    assert (bank / "bank.lock").read_bytes() == lock
    assert [note.key for note in after.notes] != [note.key for note in before.notes]
    assert {key: _but_due(note) for key, note in after.by_key.items()} == {
        key: _but_due(note) for key, note in before.by_key.items()
    }


def _but_due(note: PackedNote) -> PackedNote:
    return replace(note, cards=tuple(replace(card, due=0) for card in note.cards))


def test_another_place_of_the_bank_moves_nothing(
    folder: Path, bank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files_in(folder)
    away = shutil.copytree(bank, tmp_path / "Else Where" / "my bank")
    monkeypatch.chdir(away)
    build(Path(), Path("../out"), LATER, jobs=2)
    assert {name.replace("my bank", "bank"): data for name, data in files_in(away.parent).items()} == before


def test_the_order_in_which_a_system_lists_files_moves_nothing(
    folder: Path, bank: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of files whose names differ in letter case alone, where there can be such."""
    cut = {
        f"{name}.yaml": questions("one", item)
        for name, item in (("ONE", ALPHA), ("one", BETA), ("One", GAMMA))
    }
    make_bank(folder, cut)
    build(bank, folder / "out", FIRST_TIME)
    before, iterdir = files_in(folder), Path.iterdir
    for backwards in (False, True):
        monkeypatch.setattr(
            Path, "iterdir", lambda path, order=backwards: iter(sorted(iterdir(path), reverse=order))
        )
        build(bank, folder / "out", LATER)
        assert files_in(folder) == before


# A part of the bank


def test_a_level_alone_brings_the_whole_lock_up_to_date(folder: Path, bank: Path) -> None:
    make_bank(
        folder,
        {
            "one.yaml": questions("one", {**BETA, "answer": "New."}, ALPHA),
            "two.yaml": questions("two", DELTA, {**EPSILON, "answer": "New."}),
        },
    )
    before = files_in(folder / "out")
    result = build_bank(bank, folder / "out", levels=["two"], now=LATER)
    assert [entry["file"] for entry in result.packages] == ["small-bank-two.apkg"]
    changed = {name for name, data in files_in(folder / "out").items() if before[name] != data}
    assert changed == {"small-bank-two.apkg", "manifest.json"}
    expected = {key: LATER if key in {"beta", "gamma", "epsilon"} else FIRST_TIME for key in ALL}
    assert mods_of(bank) == expected
    assert lock_of(bank).notes["gamma"].state is State.RETIRED
    # It is the lock of a build of everything, which has nothing left to do.
    lock = (bank / "bank.lock").read_bytes()
    assert build(bank, folder / "out", LATER + 50, locked=True).by_key["beta"].mod == LATER
    assert (bank / "bank.lock").read_bytes() == lock


# Builds that must not change the lock

STALE: dict[str, tuple[dict[str, str | bytes], dict[str, object], set[str]]] = {
    "changed": (_one({**BETA, "answer": "New."}), {}, {'"beta" is changed'}),
    "added": (_one(question("zeta")), {}, {'"zeta" is added'}),
    "removed": ({"one.yaml": questions("one", ALPHA, GAMMA)}, {}, {'"beta" is retired'}),
    "deck": (
        {}, {"levels": [{"key": "one", "name": "One", "deck": "1 One"}, {"key": "two", "name": "Two", "deck": "9"}]},
        {'"delta" is moved', '"epsilon" is moved'},
    ),
    "renamed": (
        {"two.yaml": questions("two", DELTA, {**EPSILON, "id": "zeta", "previous_ids": ["epsilon"]})}, {},
        {'"zeta" is changed'},
    ),
    "note type": ({"card_templates/cloze/style.css": "b { color: red }"}, {}, {'the note type "cloze" has changed'}),
    "several": (
        {"one.yaml": questions("one", {**ALPHA, "answer": "New."}, GAMMA)}, {},
        {'"alpha" is changed', '"beta" is retired'},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STALE)
def test_a_stale_lock_fails_and_says_what_it_lacks(name: str, folder: Path, bank: Path) -> None:
    files, own, said = STALE[name]
    make_bank(folder, files, **own)
    before = files_in(folder)
    result = build_bank(bank, folder / "out", now=LATER, locked=True)
    assert result.has_errors
    assert not result.packages
    found = [problem for problem in result.diagnostics if problem.is_error]
    assert {problem.code for problem in found} == {"lock-stale"}
    assert {problem.message.split(" since")[0] for problem in found} == said
    assert all(Path(problem.position.path).is_file() for problem in found)
    assert files_in(folder) == before
    # What it asks for is what helps.
    build(bank, folder / "out", LATER)
    before = files_in(folder)
    build(bank, folder / "out", LATER + 1, locked=True)
    assert files_in(folder) == before


def test_a_lock_that_is_not_there_is_stale(folder: Path, bank: Path) -> None:
    (bank / "bank.lock").unlink()
    result = build_bank(bank, folder / "out", now=LATER, locked=True)
    errors = [problem.message for problem in result.diagnostics if problem.is_error]
    assert len([message for message in errors if "is added since" in message]) == len(ALL)
    assert not (bank / "bank.lock").exists()


IN_OTHER_WORDS: dict[str, Callable[[bytes], bytes]] = {
    "line breaks of Windows, as git checks them out there": lambda data: data.replace(b"\n", b"\r\n"),
    "no empty lines, as after a merge with union": lambda data: data.replace(b"\n\n", b"\n"),
    "no remark": lambda data: data[data.index(b"{") :],
    "another order": lambda data: b"\n".join(sorted(data.split(b"\n"))),
    "a byte order mark": lambda data: b"\xef\xbb\xbf" + data,
}


@pytest.mark.parametrize("name", IN_OTHER_WORDS)
def test_a_lock_that_says_the_same_is_current(name: str, folder: Path, bank: Path) -> None:
    before, lock = files_in(folder), bank / "bank.lock"
    lock.write_bytes(IN_OTHER_WORDS[name](lock.read_bytes()))
    other = lock.read_bytes()
    assert other != before["bank/bank.lock"]
    build(bank, folder / "out", LATER, locked=True)
    assert files_in(folder) == {**before, "bank/bank.lock": other}
    build(bank, folder / "out", LATER)
    assert files_in(folder) == before


def test_a_lock_that_knows_something_else_is_stale(folder: Path, bank: Path) -> None:
    lock = lock_of(bank)
    notes = {**lock.notes, "beta": replace(lock.notes["beta"], previous=("old",), text="What?")}
    (bank / "bank.lock").write_bytes(to_bytes(replace(lock, notes=notes)))
    result = build_bank(bank, folder / "out", now=LATER, locked=True)
    assert [(problem.code, problem.position.path) for problem in result.diagnostics] == [
        ("lock-stale", (bank / "bank.lock").as_posix())
    ]


def _build_where_nothing_can_be_written(bank: Path, out: Path, *, locked: bool) -> str:
    """Build in a process to which the bank's folder is read-only, and return what went wrong."""
    # An audit hook, because permissions mean nothing to the superuser, as whom containers run.
    script = """
        import os, sys
        from pathlib import Path
        from ankiexport.errors import OutputError
        from ankiexport.pipeline import build_bank

        bank, out = Path(sys.argv[1]), Path(sys.argv[2])
        # Without the extra, as the build that this one is compared with.
        sys.modules["isal"] = None

        def forbid(event, arguments):
            if event in {"open", "os.rename", "os.remove", "os.mkdir", "os.truncate", "os.chmod"}:
                writes = event != "open" or arguments[2] & (os.O_WRONLY | os.O_RDWR)
                if writes and any(str(argument).startswith(f"{bank}/") for argument in arguments):
                    raise PermissionError(13, "Permission denied")

        sys.addaudithook(forbid)
        try:
            result = build_bank(bank, out, now=int(sys.argv[3]), locked=sys.argv[4] == "True")
        except OutputError as error:
            print(error)
        else:
            print(*(problem.code for problem in result.diagnostics))
        """
    command = [sys.executable, "-c", textwrap.dedent(script), str(bank), str(out), str(LATER), str(locked)]
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return run.stdout.strip()


@pytest.mark.parametrize("locked", [True, False])
def test_a_bank_that_cannot_be_written_to(locked: bool, folder: Path, bank: Path) -> None:
    before = files_in(folder)
    assert _build_where_nothing_can_be_written(bank, folder / "again", locked=locked) == ""
    assert files_in(folder / "again") == files_in(folder / "out")
    make_bank(folder, _one({**BETA, "answer": "New."}))
    before = files_in(bank)
    said = _build_where_nothing_can_be_written(bank, folder / "again", locked=locked)
    assert said == "lock-stale" if locked else "bank.lock: Permission denied. Nothing was changed." in said
    assert files_in(bank) == before
    assert files_in(folder / "again") == files_in(folder / "out")


# Undoing


UNDONE: dict[str, dict[str, str | bytes]] = {
    "text": _one({**BETA, "question": "What was beta?", "answer": "No."}),
    "fact": _one({**ALPHA, "facts": FACTS[:1]}),
    "cloze": _one({**ALPHA, "facts": [{**FACTS[0], "text": "{{c1::It}} is {{c2::so}}."}, FACTS[1]]}),
    "tag": _one({**ALPHA, "tags": ["topic::z"]}),
    "removal": {"one.yaml": questions("one", ALPHA, GAMMA)},
    "picture": {"media/seen.svg": PICTURE.format("new")},
    "level": {"one.yaml": questions("one", BETA, GAMMA), "two.yaml": questions("two", ALPHA, DELTA, EPSILON)},
    "template": {"card_templates/question/fields/answer.html": "<div>[[ answer ]]</div>"},
    "look": {"card_templates/question/style.css": "b { color: red }"},
}


@pytest.mark.parametrize("name", UNDONE)
def test_undoing_an_edit_restores_the_content(name: str, folder: Path, bank: Path) -> None:
    before, lock = built(bank, folder / "out").whole, lock_of(bank)
    make_bank(folder, UNDONE[name])
    between = build(bank, folder / "out", LATER)
    assert between.notes != before.notes or between.note_types != before.note_types
    for path in UNDONE[name]:
        (bank / path).unlink()
    make_bank(folder, FILES)
    after = build(bank, folder / "out", LATER + 1)
    assert [replace(note, mod=0) for note in after.notes] == [replace(note, mod=0) for note in before.notes]
    assert after.media == before.media
    assert _without_times(after.note_types) == _without_times(before.note_types)
    moved = {note.mod for note in after.notes} | {kind["mod"] for kind in after.note_types.values()}
    assert moved == {FIRST_TIME, LATER + 1}
    undone = lock_of(bank)
    # A second cloze that was there once keeps its card's id.
    assert {key: replace(note, mod=0, cards={}) for key, note in undone.notes.items()} == {
        key: replace(note, mod=0, cards={}) for key, note in lock.notes.items()
    }


def _without_times(note_types: Mapping[int, Mapping[str, object]]) -> dict[int, dict[str, object]]:
    return {
        key: {name: value for name, value in kind.items() if name != "mod"}
        for key, kind in note_types.items()
    }


# Clocks


def test_a_clock_that_goes_back_makes_no_change_look_old(folder: Path, bank: Path) -> None:
    for number in range(1, 4):
        changed = {"card_templates/question/style.css": f"b {{ order: {number} }}"}
        make_bank(folder, {**_one({**BETA, "answer": f"{number}."}), **changed})
        build(bank, folder / "out", FIRST_TIME - 1_000_000 * number)
        assert mods_of(bank)["beta"] == FIRST_TIME + number
        assert lock_of(bank).note_types["question"].mod == FIRST_TIME + number
    make_bank(folder, _one(question("zeta")))
    build(bank, folder / "out", FIRST_TIME - 9)
    assert mods_of(bank)["zeta"] == FIRST_TIME - 9


def test_two_builds_in_one_second_are_told_apart(folder: Path, bank: Path) -> None:
    """Anki takes what is newer by a second, and nothing that is as old."""
    for number in range(1, 3):
        make_bank(folder, _one({**BETA, "answer": f"{number}."}))
        build(bank, folder / "out", FIRST_TIME)
        assert mods_of(bank)["beta"] == FIRST_TIME + number


def _build_by_command(folder: Path, **environment: str) -> tuple[int, str]:
    arguments = ["build", str(folder / "bank"), "-o", str(folder / "out")]
    result = CliRunner().invoke(cli, arguments, env=environment)
    return result.exit_code, result.stderr


@pytest.mark.parametrize("value", [0, 1, LATER, 253_402_300_799])
def test_the_time_of_a_build_can_be_given(value: int, folder: Path, bank: Path) -> None:
    make_bank(folder, _one(question("zeta")))
    code, said = _build_by_command(folder, SOURCE_DATE_EPOCH=str(value))
    assert code == 0, said
    assert mods_of(bank) == {**dict.fromkeys(ALL, FIRST_TIME), "zeta": value}
    assert built(bank, folder / "out").whole.note("zeta").mod == value


@pytest.mark.parametrize(
    "value",
    ["yesterday", "-1", "+1", "1.5", " 1760000000", "1760000000s", "१७६", "1e9", "253402300800", "9" * 5000],
)
def test_what_is_no_time_is_wrong_usage(value: str, folder: Path) -> None:
    before = files_in(folder)
    code, said = _build_by_command(folder, SOURCE_DATE_EPOCH=value)
    assert code == 2
    assert f'SOURCE_DATE_EPOCH is "{value}", but must be whole seconds since 1970' in said
    assert files_in(folder) == before


def test_without_a_given_time_it_is_the_clocks(folder: Path, bank: Path) -> None:
    make_bank(folder, _one(question("zeta")))
    start = int(time.time())
    assert _build_by_command(folder, SOURCE_DATE_EPOCH="")[0] == 0
    assert start <= mods_of(bank)["zeta"] <= time.time()


@pytest.mark.parametrize(
    "files", [_one(question("zeta")), {"card_templates/question/style.css": "b { color: red }"}], ids=["note", "type"]
)  # fmt: skip
def test_a_time_that_has_not_come_is_warned_of(
    files: dict[str, str | bytes], folder: Path, bank: Path
) -> None:
    make_bank(folder, files)
    ahead = int(time.time()) + 10 * 86_400
    result = build_bank(bank, folder / "out", now=ahead)
    (problem,) = result.diagnostics
    assert problem.code == "lock-clock"
    assert not problem.is_error
    assert time.strftime("%Y-%m-%d", time.gmtime(ahead)) in problem.message
    assert problem.position.path == (bank / "bank.lock").as_posix()
    # As long as it has not come, every build says so.
    assert [found.code for found in build_bank(bank, folder / "out").diagnostics] == ["lock-clock"]


def test_a_clock_a_few_hours_ahead_is_let_be(folder: Path, bank: Path) -> None:
    make_bank(folder, _one(question("zeta")))
    assert build_bank(bank, folder / "out", now=int(time.time()) + 3600).diagnostics == ()


# The file


def test_the_file_has_a_line_a_note_and_is_sorted(bank: Path) -> None:
    text = (bank / "bank.lock").read_text(encoding="utf-8")
    lines = text.split("\n")
    assert lines[0].startswith("# ")
    # Empty lines in between, for git takes changes in adjoining lines for a conflict.
    assert set(lines[1::2]) == {""}
    head, *entries = [json.loads(line) for line in lines[2::2] if line]
    assert head == {"ankiexport_lock": 1, "namespace": NAMESPACE}
    names = [entry.get("note_type") or entry["note"] for entry in entries]
    assert names == ["cloze", "question", *sorted(ALL)]
    assert text.endswith("}\n")


_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_SLUGS = st.from_regex(r"[a-z0-9]{1,4}(-[a-z0-9]{1,3})?", fullmatch=True)
_NUMBERS = st.integers(0, 2**53)
_DIGESTS = st.sampled_from(["", "0a1b2c3d", "ffffffff"])


@st.composite
def _locks(draw: st.DrawFn) -> Lock:
    keys = draw(st.lists(_SLUGS, unique=True, max_size=5))
    notes = {
        key: LockedNote(
            key=key,
            guid=f"guid-of-{number}",
            id=draw(_NUMBERS),
            cards=draw(st.dictionaries(st.integers(0, 499), _NUMBERS, max_size=3)),
            note_type=draw(_SLUGS),
            level=draw(_SLUGS),
            is_fact=draw(st.booleans()),
            deck=draw(_TEXTS),
            content=draw(_DIGESTS),
            fields=".".join(draw(st.lists(_DIGESTS, min_size=1, max_size=4))),
            tags=tuple(draw(st.lists(_TEXTS, max_size=3))),
            text=draw(_TEXTS),
            mod=draw(_NUMBERS),
            state=draw(st.sampled_from(State)),
            previous=tuple(draw(st.lists(_SLUGS, max_size=2))),
        )
        for number, key in enumerate(keys)
    }
    types = {
        key: LockedNoteType(
            key,
            draw(_NUMBERS),
            draw(_DIGESTS),
            draw(_NUMBERS),
            draw(_DIGESTS),
            draw(_NUMBERS),
            draw(_NUMBERS),
        )
        for key in draw(st.lists(_SLUGS, unique=True, max_size=2))
    }
    return Lock(draw(_TEXTS.filter(str.strip)), notes, types)


@SOME
@given(lock=_locks())
def test_what_is_written_is_read_again(lock: Lock, tmp_path: Path) -> None:
    path = tmp_path / "bank.lock"
    path.write_bytes(to_bytes(lock))
    assert read_lock(path, lock.namespace) == (lock, [])
    other = Lock(lock.namespace, _reversed(lock.notes), _reversed(lock.note_types))
    assert to_bytes(other) == to_bytes(lock)


def _reversed(entries: Mapping[str, T]) -> dict[str, T]:
    return dict(reversed(list(entries.items())))


_PLACES = st.floats(0, 1, exclude_max=True)
_BYTES = st.one_of(
    st.binary(min_size=1, max_size=3),
    st.sampled_from([b"\n", b"\r", b"#", b"\n#", b"{}", b'"', b"0", b"\\ud800", b"[" * 2000, b"=======\n", b"\n<<<<<<< x\n"]),
)  # fmt: skip
_DAMAGES = st.one_of(
    st.tuples(st.just("delete"), _PLACES, st.integers(1, 300)),
    st.tuples(st.just("insert"), _PLACES, _BYTES),
    st.tuples(st.just("overwrite"), _PLACES, _BYTES),
    st.tuples(st.just("cut"), _PLACES, st.none()),
    st.tuples(st.sampled_from(["drop line", "double line", "join lines"]), _PLACES, st.none()),
)


def _damaged(data: bytes, kind: str, place: float, what: int | bytes | None) -> bytes:
    start = int(place * len(data))
    if isinstance(what, int):
        return data[:start] + data[start + what :]
    if isinstance(what, bytes):
        return data[:start] + what + data[start + (len(what) if kind == "overwrite" else 0) :]
    if kind == "cut":
        return data[:start]
    lines = data.split(b"\n")
    number = int(place * len(lines))
    kept = {
        "drop line": [],
        "double line": [lines[number]] * 2,
        "join lines": [b"".join(lines[number : number + 3])],
    }
    return b"\n".join([*lines[:number], *kept[kind], *lines[number + (3 if kind == "join lines" else 1) :]])


@settings(SOME, max_examples=600)
@given(damages=st.lists(_DAMAGES, min_size=1, max_size=3))
def test_a_damaged_line_is_never_taken_for_a_sound_one(
    damages: list[tuple[str, float, int | bytes | None]], shipped: Path, tmp_path: Path
) -> None:
    """Of what is read, every line is one that was written; only whole lines can be missing."""
    path = tmp_path / "bank.lock"
    data = (shipped / "bank" / "bank.lock").read_bytes()
    for damage in damages:
        data = _damaged(data, *damage)
    path.write_bytes(data)
    whole = lock_of(shipped / "bank")
    lock, problems = read_lock(path, NAMESPACE)
    if lock is None:
        assert problems
        assert {problem.position.path for problem in problems} == {path.as_posix()}
        lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").count(b"\n") + 1
        assert all(1 <= problem.position.line <= lines for problem in problems)
        return
    assert not problems
    assert lock.notes.items() <= whole.notes.items()
    assert lock.note_types.items() <= whole.note_types.items()
    written = [
        line for line in data.decode("utf-8-sig").splitlines() if line.strip() and not line.startswith("#")
    ]
    assert len(written) == 1 + len(lock.notes) + len(lock.note_types)


def _with_large_id(data: bytes) -> bytes:
    """Return a lock in which a note has an id that no collection can hold, in a line that is whole."""
    lock, _problems = parse_lock(data.decode(), "bank.lock", NAMESPACE)
    assert lock is not None
    return to_bytes(replace(lock, notes={**lock.notes, "alpha": replace(lock.notes["alpha"], id=1 << 63)}))


REFUSED: dict[str, tuple[str, int, Callable[[bytes], bytes]]] = {
    "empty": ("lock-corrupt", 1, lambda _: b""),
    "something else": ("lock-corrupt", 1, lambda _: b"- one\n"),
    "not text": ("file-encoding", 3, lambda data: data.replace(b'"ankiexport', b'"\xff')),
    "deep brackets": ("lock-corrupt", 3, lambda data: data.replace(b'{"ankiexport', b"[" * 100_000)),
    "no head": ("lock-corrupt", 5, lambda data: data.replace(b'{"ankiexport_lock":1,"namespace":"tests/small-bank"}', b"")),
    "a format that never was": ("lock-corrupt", 3, lambda data: data.replace(b'lock":1,', b'lock":0,')),
    "a format that is true": ("lock-corrupt", 3, lambda data: data.replace(b'lock":1,', b'lock":true,')),
    "a newer format": ("lock-newer", 3, lambda data: data.replace(b'lock":1,', b'lock":2,')),
    "of another bank": ("lock-foreign", 3, lambda data: data.replace(b"tests/small", b"tests/large")),
    "of a strange bank": ("lock-foreign", 3, lambda data: data.replace(b"tests/small", b"\\ud800")),
    "a cut line": ("lock-corrupt", 5, lambda data: data.replace(b'"schema":', b"", 1)),
    "another digit": ("lock-corrupt", 9, lambda data: data.replace(f'"alpha","mod":{FIRST_TIME}'.encode(), b'"alpha","mod":9')),
    "an id that no collection can hold": ("lock-corrupt", 9, _with_large_id),
    "a silenced line": ("lock-corrupt", 9, lambda data: data.replace(b'{"note":"alpha"', b'#{"note":"alpha"')),
    "without its checksum": ("lock-corrupt", 9, lambda data: b"\n".join(
        line[:-17] + b"}" if line.startswith(b'{"note":"alpha"') else line for line in data.split(b"\n")
    )),
    "a word replaced everywhere": ("lock-corrupt", 9, lambda data: data.replace(b"alpha", b"omega")),
    "a line twice": ("lock-conflict", 11, lambda data: b"\n".join(
        line + b"\n\n" + line if line.startswith(b'{"note":"alpha"') else line for line in data.split(b"\n")
    )),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_lock_that_cannot_be_trusted_is_refused_and_left_as_it_is(
    name: str, folder: Path, bank: Path
) -> None:
    code, line, damage = REFUSED[name]
    lock = bank / "bank.lock"
    data = damage(lock.read_bytes())
    assert data != lock.read_bytes()
    lock.write_bytes(data)
    make_bank(folder, _one({**BETA, "answer": "New."}))
    before = files_in(folder)
    for locked in (False, True):
        result = build_bank(bank, folder / "out", now=LATER, locked=locked)
        found = [problem for problem in result.diagnostics if problem.is_error]
        assert (found[0].code, found[0].position.path, found[0].position.line) == (
            code,
            lock.as_posix(),
            line,
        )
        assert {problem.code for problem in found} == {code}
    assert _build_by_command(folder)[0] == 1
    assert files_in(folder) == before


def test_a_lock_that_is_a_folder_is_refused(folder: Path, bank: Path) -> None:
    (bank / "bank.lock").unlink()
    (bank / "bank.lock").mkdir()
    result = build_bank(bank, folder / "out", now=LATER)
    assert [problem.code for problem in result.diagnostics if problem.is_error] == ["file-unreadable"]


def test_a_lock_may_be_larger_than_a_question_file(bank: Path) -> None:
    lock = lock_of(bank)
    notes = {key: replace(note, text="x" * 2_000_000) for key, note in lock.notes.items()}
    text = to_bytes(replace(lock, notes=notes)).decode()
    assert len(text) > 10_000_000
    (bank / "bank.lock").write_text(text, encoding="utf-8")
    assert lock_of(bank).notes == notes


def test_an_id_of_old_can_be_another_questions(folder: Path, bank: Path) -> None:
    """The line `previous_ids` may go after the next build; the id that it named is free then."""
    renamed = {**BETA, "id": "zeta"}
    make_bank(folder, {"one.yaml": questions("one", ALPHA, {**renamed, "previous_ids": ["beta"]}, GAMMA)})
    first = build(bank, folder / "out", LATER)
    other = question("beta", question="Quite another one?", answer="Nothing like it.")
    make_bank(folder, {"one.yaml": questions("one", ALPHA, renamed, GAMMA, other)})
    second = build(bank, folder / "out", LATER + 1)
    assert second.note("zeta") == first.note("zeta")
    identities = [(note.guid, note.id, note.cards[0].id) for note in second.notes]
    for column in zip(*identities, strict=True):
        assert len(set(column)) == len(ALL) + 1
    assert second.note("beta").mod == LATER + 1
