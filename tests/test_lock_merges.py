"""What git makes of the lock when two branches are merged, and what the next build makes of that."""

import itertools
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from banks import FIRST_TIME, Package, build, files_in, lock_of, make_bank, mods_of, question, questions

from ankiexport import starter
from ankiexport.pipeline import build_bank
from ankiexport.upkeep import repair_lock

# When the branches are built, and what they are merged into.
OURS, THEIRS, MERGED = FIRST_TIME + 1000, FIRST_TIME + 2000, FIRST_TIME + 9000

IDS = ("alpha", "beta", "delta", "epsilon", "gamma")

# A file for each question, so that the questions themselves merge; None removes one.
Edit = Mapping[str, str | None]


def _file(key: str, level: str = "one", **parts: object) -> Edit:
    return {f"{key}.yaml": questions(level, question(key, **parts))}


def _renamed(old: str, new: str, *, silently: bool = False, **parts: object) -> Edit:
    own = {"question": f"What is {old}?", "answer": f"It is {old}.", **parts}
    said = {} if silently else {"previous_ids": [old]}
    return {f"{old}.yaml": questions("one", question(new, **said, **own))}


@dataclass(frozen=True)
class Repository:
    """A repository of git with a bank in it; `built` are the packages of each branch."""

    folder: Path
    built: dict[str, Package] = field(default_factory=dict)

    @property
    def bank(self) -> Path:
        """The bank."""
        return self.folder / "bank"

    @property
    def lock(self) -> Path:
        """The bank's lock."""
        return self.bank / "bank.lock"

    def git(self, *arguments: str, fails: bool = False) -> str:
        """Run git without any configuration of the machine's, and return what it says."""
        nowhere = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        who = ["-c", "user.name=Author", "-c", "user.email=author@example.org", "-c", "core.autocrlf=false"]
        run = subprocess.run(
            ["git", *who, *arguments],
            cwd=self.folder, env={**os.environ, **nowhere}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (run.returncode != 0) is fails, run.stdout + run.stderr
        return run.stdout

    def write(self, edit: Edit) -> None:
        """Write files of the bank, or remove them."""
        make_bank(self.folder, {name: text for name, text in edit.items() if text is not None})
        for name, text in edit.items():
            if text is None:
                (self.bank / name).unlink(missing_ok=True)

    def commit(self, branch: str, edit: Edit, at: int) -> None:
        """Edit and build the bank, and commit it."""
        self.write(edit)
        self.built[branch] = build(self.bank, self.folder / "out" / branch, at)
        self.git("add", "--all")
        self.git("commit", "--message", branch)

    def branch(self, name: str, edit: Edit, at: int) -> None:
        """Make a branch of the main one, with one commit."""
        self.git("checkout", "-b", name, "main")
        self.commit(name, edit, at)

    def merge(self, *, clean: bool, style: str = "merge") -> None:
        """Merge their branch into ours."""
        self.git("checkout", "ours")
        self.git("-c", f"merge.conflictStyle={style}", "merge", "--no-edit", "theirs", fails=not clean)

    def conflict_line(self) -> int:
        """Return the line of the lock in which its first conflict begins."""
        lines = self.lock.read_text(encoding="utf-8").split("\n")
        return next(number for number, line in enumerate(lines, start=1) if line.startswith("<<<<<<<"))

    def is_refused(self, line: int, words: str = "git left a conflict in the lock") -> None:
        """Assert that nothing is built because of a conflict in the lock's line."""
        before = files_in(self.folder)
        for locked in (False, True):
            result = build_bank(self.bank, self.folder / "out" / "ours", now=MERGED, locked=locked)
            (problem, *_) = [each for each in result.diagnostics if each.code.startswith("lock")]
            assert (problem.code, problem.position.path) == ("lock-conflict", self.lock.as_posix())
            assert problem.position.line == line
            assert words in problem.message
            assert problem.advice == "run: ankiexport lock --repair"
        assert files_in(self.folder) == before

    def repair(self) -> None:
        """Repair the lock, and assert that no time in it is lower than it was on a branch."""
        assert repair_lock(self.bank) == []
        repaired = {note.guid: note.mod for note in lock_of(self.bank).notes.values()}
        for package in self.built.values():
            for note in package.notes:
                assert repaired[note.guid] >= note.mod

    def build_merged(self, *, locked: bool = False) -> Package:
        """Build what was merged, and assert that it reaches the learners of each branch."""
        package = build(self.bank, self.folder / "out" / "merged", MERGED, locked=locked)
        for name, old in self.built.items():
            if name != "main":
                reaches(old, package)
        lock = self.lock.read_bytes()
        build(self.bank, self.folder / "out" / "merged", MERGED + 1, locked=True)
        assert self.lock.read_bytes() == lock
        return package


def reaches(old: Package, new: Package) -> None:
    """Assert that Anki brings whoever has the old package up to date: what differs is newer, and nothing is gone."""
    notes = {note.guid: note for note in new.notes}
    assert len(notes) == len(new.notes)
    for note in old.notes:
        other = notes[note.guid]
        assert other.mod >= note.mod
        if (other.fields, other.tags) != (note.fields, note.tags):
            assert other.mod > note.mod, note.key
    for key, kind in old.note_types.items():
        looks = [(each["css"], each["tmpls"], each["name"]) for each in (kind, new.note_types[key])]
        assert looks[0] == looks[1] or new.note_types[key]["mod"] > kind["mod"]


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository whose main branch has a bank that was built."""
    repository = Repository(tmp_path / "repository")
    repository.folder.mkdir()
    repository.git("init", "--initial-branch", "main")
    (repository.folder / ".gitignore").write_text("/out/\n", encoding="utf-8")
    repository.commit("main", {name: text for key in IDS for name, text in _file(key).items()}, FIRST_TIME)
    return repository


# What merges by itself

NEW_LOOK = {"card_templates/question/style.css": "b { color: red }"}

CLEAN: dict[str, tuple[Edit, Edit, dict[str, int]]] = {
    "edits of neighbours": (
        _file("beta", answer="Ours."), _file("delta", answer="Theirs."), {"beta": OURS, "delta": THEIRS},
    ),
    "edits of neighbours, the other way": (
        _file("delta", answer="Ours."), _file("beta", answer="Theirs."), {"delta": OURS, "beta": THEIRS},
    ),
    "edits of the first and the last": (
        _file("alpha", answer="Ours."), _file("gamma", answer="Theirs."), {"alpha": OURS, "gamma": THEIRS},
    ),
    "several edits, one between the others": (
        {**_file("alpha", answer="Ours."), **_file("delta", answer="Ours.")}, _file("beta", answer="Theirs."),
        {"alpha": OURS, "beta": THEIRS, "delta": OURS},
    ),
    "new questions": (_file("aaa"), _file("zzz"), {"aaa": OURS, "zzz": THEIRS}),
    "a new question and an edit of its neighbour": (
        _file("ab"), _file("beta", answer="Theirs."), {"ab": OURS, "beta": THEIRS},
    ),
    "neighbours that retire": (
        {"beta.yaml": None}, {"delta.yaml": None}, {"beta": OURS, "delta": THEIRS},
    ),
    "one retires, the neighbour is edited": (
        {"beta.yaml": None}, _file("alpha", answer="Theirs."), {"beta": OURS, "alpha": THEIRS},
    ),
    "one has another id, the neighbour is edited": (
        _renamed("beta", "betas"), _file("delta", answer="Theirs."), {"betas": OURS, "delta": THEIRS},
    ),
    "one has an id far away, another is edited": (
        _renamed("beta", "zzz"), _file("epsilon", answer="Theirs."), {"zzz": OURS, "epsilon": THEIRS},
    ),
    "one is moved to another level, the neighbour is edited": (
        _file("beta", level="two"), _file("delta", answer="Theirs."), {"beta": OURS, "delta": THEIRS},
    ),
    "a new look and an edit": (NEW_LOOK, _file("alpha", answer="Theirs."), {"alpha": THEIRS}),
}  # fmt: skip


@pytest.mark.parametrize("name", CLEAN)
def test_edits_of_different_questions_merge(name: str, repository: Repository) -> None:
    """And the merged lock is current: the next build has nothing to do."""
    ours, theirs, moved = CLEAN[name]
    repository.branch("ours", ours, OURS)
    repository.branch("theirs", theirs, THEIRS)
    repository.merge(clean=True)
    repository.build_merged(locked=True)
    mods = mods_of(repository.bank)
    assert {key: mod for key, mod in mods.items() if mod != FIRST_TIME} == moved


def _tell_git(repository: Repository) -> None:
    """Give the bank the `.gitattributes` that `init` writes into a new one."""
    starter.make_bank(repository.folder / "new")
    (repository.folder / "new" / ".gitattributes").rename(repository.bank / ".gitattributes")
    shutil.rmtree(repository.folder / "new")
    repository.commit("main", {}, FIRST_TIME)


@pytest.mark.parametrize("told", [False, True])
def test_new_questions_in_one_place(told: bool, repository: Repository) -> None:
    """Git cannot know which of two lines in one place comes first, unless it is told that it does not matter."""
    if told:
        _tell_git(repository)
    for name, key, at in (("ours", "ba-ours", OURS), ("theirs", "ba-theirs", THEIRS)):
        repository.branch(name, _file(key), at)
    repository.merge(clean=told)
    if not told:
        repository.is_refused(repository.conflict_line())
        repository.repair()
    repository.build_merged(locked=True)
    assert mods_of(repository.bank) == {
        **dict.fromkeys(IDS, FIRST_TIME), "ba-ours": OURS, "ba-theirs": THEIRS,
    }  # fmt: skip


# What does not

TIMES = {"ours is later": (THEIRS, OURS), "theirs is later": (OURS, THEIRS), "both at once": (OURS, OURS)}
RESOLVED = {"ours": "Ours.", "theirs": "Theirs.", "both": "Ours and theirs.", "neither": "It is beta."}


@pytest.mark.parametrize(
    ("style", "times", "resolved"),
    [
        *itertools.product(["merge"], TIMES, RESOLVED),
        *itertools.product(["diff3", "zdiff3"], ["both at once"], ["theirs"]),
    ],
)
def test_both_edit_one_question(style: str, times: str, resolved: str, repository: Repository) -> None:
    ours, theirs = TIMES[times]
    repository.branch("ours", _file("beta", answer="Ours."), ours)
    repository.branch("theirs", _file("beta", answer="Theirs."), theirs)
    repository.merge(clean=False, style=style)
    repository.write(_file("beta", answer=RESOLVED[resolved]))
    repository.is_refused(repository.conflict_line())
    repository.repair()
    package = repository.build_merged()
    assert package.note("beta").fields["Answer"] == f"<p>{RESOLVED[resolved]}</p>"
    assert {note.mod for note in package.notes if note.key != "beta"} == {FIRST_TIME}


def test_what_is_resolved_as_the_later_build_had_it_is_current(repository: Repository) -> None:
    repository.branch("ours", _file("beta", answer="Ours."), OURS)
    repository.branch("theirs", _file("beta", answer="Theirs."), THEIRS)
    repository.merge(clean=False)
    repository.write(_file("beta", answer="Theirs."))
    repository.repair()
    assert repository.build_merged(locked=True).note("beta").mod == THEIRS


@pytest.mark.parametrize(
    ("style", "times", "edit_stays", "new_id"),
    [
        *itertools.product(["merge"], TIMES, [True, False], ["betas"]),
        *itertools.product(["merge", "diff3", "zdiff3"], ["theirs is later"], [False], ["zzz"]),
    ],
)
def test_one_renames_what_the_other_edits(
    style: str, times: str, edit_stays: bool, new_id: str, repository: Repository
) -> None:
    ours, theirs = TIMES[times]
    repository.branch("ours", _renamed("beta", new_id), ours)
    repository.branch("theirs", _file("beta", answer="Theirs."), theirs)
    repository.merge(clean=False, style=style)
    repository.write(_renamed("beta", new_id, answer="Theirs." if edit_stays else "It is beta."))
    repository.is_refused(repository.conflict_line())
    repository.repair()
    package = repository.build_merged()
    assert set(package.by_key) == {*IDS, new_id} - {"beta"}


@pytest.mark.parametrize("times", TIMES)
def test_a_renamed_question_keeps_its_id_though_the_question_says_it_no_more(
    times: str, repository: Repository
) -> None:
    """The line `previous_ids` may go after a build, so the lock alone knows that the other side's id is the old one."""
    ours, theirs = TIMES[times]
    repository.branch("ours", _renamed("beta", "betas"), ours)
    repository.commit("ours", _renamed("beta", "betas", silently=True), ours + 1)
    repository.branch("theirs", _file("beta", answer="Theirs."), theirs)
    repository.merge(clean=False)
    repository.write(_renamed("beta", "betas", silently=True))
    repository.repair()
    assert lock_of(repository.bank).notes["betas"].previous == ("beta",)
    package = repository.build_merged()
    assert package.note("betas").guid == repository.built["main"].note("beta").guid


@pytest.mark.parametrize("times", TIMES)
@pytest.mark.parametrize("chosen", ["aaa", "zzz"])
def test_both_rename_one_question(times: str, chosen: str, repository: Repository) -> None:
    """The lock merges, for the lines are far apart; but it would give one GUID to two notes."""
    ours, theirs = TIMES[times]
    repository.branch("ours", _renamed("delta", "aaa"), ours)
    repository.branch("theirs", _renamed("delta", "zzz"), theirs)
    repository.merge(clean=False)
    assert "<<<<<<<" not in repository.lock.read_text(encoding="utf-8")
    repository.write(_renamed("delta", chosen))
    lines = repository.lock.read_text(encoding="utf-8").split("\n")
    twice = next(number for number, line in enumerate(lines, start=1) if '"note":"zzz"' in line)
    repository.is_refused(twice, '"aaa" and "zzz" are one note, as after a merge')
    repository.repair()
    kept = next(key for key in ("aaa", "zzz") if key in lock_of(repository.bank).notes)
    if kept != chosen:
        result = build_bank(repository.bank, repository.folder / "out" / "merged", now=MERGED)
        (problem,) = [each for each in result.diagnostics if each.is_error]
        assert problem.code == "renamed-id"
        assert f"previous_ids: [{kept}]" in problem.advice
        text = (repository.bank / "delta.yaml").read_text(encoding="utf-8")
        repository.write({"delta.yaml": text.replace("- delta\n", f"- delta\n  - {kept}\n")})
    package = repository.build_merged()
    assert set(package.by_key) == {*IDS, chosen} - {"delta"}
    assert package.note(chosen).guid == repository.built["main"].note("delta").guid


@pytest.mark.parametrize("times", TIMES)
@pytest.mark.parametrize("stays", [True, False])
def test_one_retires_what_the_other_edits(times: str, stays: bool, repository: Repository) -> None:
    ours, theirs = TIMES[times]
    repository.branch("ours", {"beta.yaml": None}, ours)
    repository.branch("theirs", _file("beta", answer="Theirs."), theirs)
    repository.merge(clean=False)
    repository.write(_file("beta", answer="Theirs.") if stays else {"beta.yaml": None})
    repository.is_refused(repository.conflict_line())
    repository.repair()
    package = repository.build_merged()
    assert ("retired" in package.note("beta").tags) is not stays


@pytest.mark.parametrize("times", TIMES)
@pytest.mark.parametrize("chosen", ["red", "blue", "green"])
def test_both_change_the_look(times: str, chosen: str, repository: Repository) -> None:
    ours, theirs = TIMES[times]
    style = "card_templates/question/style.css"
    repository.branch("ours", {style: "b { color: red }"}, ours)
    repository.branch("theirs", {style: "b { color: blue }"}, theirs)
    repository.merge(clean=False)
    repository.write({style: f"b {{ color: {chosen} }}"})
    repository.is_refused(repository.conflict_line())
    repository.repair()
    repository.build_merged()


def test_both_build_for_the_first_time(repository: Repository) -> None:
    repository.git("rm", "--quiet", "bank/bank.lock")
    repository.git("commit", "--message", "no lock")
    repository.branch("ours", _file("beta", answer="Ours."), OURS)
    repository.branch("theirs", _file("zzz"), THEIRS)
    repository.merge(clean=False)
    repository.is_refused(repository.conflict_line())
    repository.repair()
    package = repository.build_merged()
    assert package.note("beta").mod == MERGED
    assert {note.mod for note in package.notes if note.key != "beta"} == {THEIRS}


@pytest.mark.parametrize("same", [True, False])
def test_lines_that_git_is_told_to_keep_both(same: bool, repository: Repository) -> None:
    """With `merge=union` there are no marks, but a note twice."""
    _tell_git(repository)
    repository.branch("ours", _file("beta", answer="Ours."), OURS)
    repository.branch("theirs", _file("beta", answer="Ours." if same else "Theirs."), THEIRS)
    repository.merge(clean=same)
    repository.write(_file("beta", answer="Ours."))
    lines = repository.lock.read_text(encoding="utf-8").split("\n")
    _, second = [number for number, line in enumerate(lines, start=1) if '"note":"beta"' in line]
    repository.is_refused(second, '"beta" is there twice')
    repository.repair()
    assert repository.build_merged().note("beta").mod == (THEIRS if same else MERGED)


def test_a_merge_of_merges(repository: Repository) -> None:
    """Where the common ancestor is a merge with a conflict itself, its marks are longer."""
    repository.branch("ours", _file("beta", answer="Ours."), OURS)
    repository.branch("theirs", _file("beta", answer="Theirs."), THEIRS)
    for name, other, answer in (("left", "theirs", "Left."), ("right", "ours", "Right.")):
        repository.git("checkout", "-b", name, "ours" if name == "left" else "theirs")
        repository.git("merge", other, fails=True)
        repository.write(_file("beta", answer=answer))
        assert repair_lock(repository.bank) == []
        repository.commit(name, {}, MERGED - (5 if name == "left" else 3))
    repository.git("checkout", "left")
    repository.git("-c", "merge.conflictStyle=diff3", "merge", "right", fails=True)
    assert "<<<<<<<<" in repository.lock.read_text(encoding="utf-8")
    repository.write(_file("beta", answer="At last."))
    repository.is_refused(repository.conflict_line())
    repository.repair()
    assert repository.build_merged().note("beta").mod == MERGED


BEYOND: dict[str, Callable[[str], str]] = {
    "a conflict and a damaged line": lambda text: text.replace('"guid":"', '"guid":"x', 1),
    "a conflict and nothing else": lambda text: text[text.index("<<<<<<<") :],
}


@pytest.mark.parametrize("name", BEYOND)
def test_what_is_beyond_repair_is_left_as_it_is(name: str, repository: Repository) -> None:
    repository.branch("ours", _file("beta", answer="Ours."), OURS)
    repository.branch("theirs", _file("beta", answer="Theirs."), THEIRS)
    repository.merge(clean=False)
    repository.lock.write_text(BEYOND[name](repository.lock.read_text(encoding="utf-8")), encoding="utf-8")
    before = repository.lock.read_bytes()
    assert {problem.code for problem in repair_lock(repository.bank)} == {"lock-corrupt"}
    assert repository.lock.read_bytes() == before
