"""`ankiexport plan`: what the next build would do, on the command line.

Each folder of golden/plan holds the states of a bank, which are built one after the other but for the last,
and what a plan says of that. Run with UPDATE_GOLDEN=1 to write what it says now, and read the difference.
"""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from contextlib import closing, suppress
from pathlib import Path

import pytest
from banks import (
    FIRST_BANK,
    FIRST_TIME,
    HARD_BANK,
    REPOSITORY,
    BuiltBank,
    files_in,
    make_bank,
    question,
    questions,
)
from click.testing import CliRunner, Result

from ankiexport.cli.app import cli
from ankiexport.pipeline import build_bank
from ankiexport.plan_report import Against, Effect, Report
from ankiexport.planning import plan_bank

GOLDEN = Path(__file__).parent / "golden" / "plan"
CASES = sorted(path.name for path in GOLDEN.iterdir())
FORMATS = {"text": "expected.txt", "markdown": "expected.md", "json": "expected.json"}

DAY = 86_400


def run(*arguments: str) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(cli, ["plan", *arguments])


def one_line(printed: str) -> str:
    """Return what was printed as one line."""
    return " ".join(printed.split())


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder as somebody."""
    command = ["git", "-c", "user.name=Nobody", "-c", "user.email=nobody@example.org", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


# What is printed


@pytest.mark.parametrize("case", CASES)
def test_golden(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    states = sorted(path for path in (GOLDEN / case).iterdir() if path.is_dir())
    for number, state in enumerate(states):
        _put(state, Path("bank"))
        monkeypatch.setenv("SOURCE_DATE_EPOCH", str(FIRST_TIME + number * DAY))
        if state is not states[-1]:
            result = build_bank(Path("bank"), Path("dist"))
            assert not result.has_errors, result.diagnostics
    for form, name in FORMATS.items():
        said = run("bank", "--format", form)
        assert (said.exit_code, said.stderr) == (0, "")
        expected = GOLDEN / case / name
        if os.environ.get("UPDATE_GOLDEN"):
            expected.write_text(said.stdout, encoding="utf-8", newline="\n")
        assert said.stdout == expected.read_text(encoding="utf-8")
    assert run("bank", "--json").stdout == (GOLDEN / case / "expected.json").read_text(encoding="utf-8")


def test_the_page_on_updates_shows_a_real_plan() -> None:
    text = (REPOSITORY / "docs" / "updates.md").read_text(encoding="utf-8")
    said = (GOLDEN / "updates-page" / "expected.txt").read_text(encoding="utf-8")
    assert f"```text\n$ ankiexport plan\n{said}```\n" in text


def test_every_key_and_effect_in_json_is_documented() -> None:
    text = (REPOSITORY / "docs" / "updates.md").read_text(encoding="utf-8")
    section = text.split("### As JSON")[1].split("\n### ")[0]
    data = json.loads((GOLDEN / "everything" / "expected.json").read_text(encoding="utf-8"))
    plan = data["plan"]
    parts = [data, plan, plan["against"], plan["notes"][0], plan["notes"][2]["fields"][0]]
    parts += [plan["decks"][0], {"note_type": "", "name": "", "effect": ""}]
    for name in {*(key for part in parts for key in part), *Effect, *Against}:
        assert f"`{name}`" in section, name


def _put(state: Path, bank: Path) -> None:
    """Make a bank what it is in a state, except for its lock."""
    lock = bank / "bank.lock"
    kept = lock.read_bytes() if lock.is_file() else None
    shutil.rmtree(bank, ignore_errors=True)
    shutil.copytree(state, bank)
    if kept is not None:
        lock.write_bytes(kept)


# Against what


ONE = questions("one", question("a"), question("b"))
FILES: dict[str, str | bytes] = {"one.yaml": ONE, "two.yaml": questions("two", question("z"))}


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bank that was built into dist/ and committed, in a repository in whose folder the test stands."""
    monkeypatch.chdir(tmp_path)
    bank = make_bank(Path(), FILES)
    build_bank(bank, Path("dist"), now=FIRST_TIME)
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    git(tmp_path, "add", "bank")
    git(tmp_path, "commit", "--quiet", "--message=First")
    git(tmp_path, "tag", "v1")
    return bank


def edit(bank: Path, old: str = "It is a.", new: str = "It is not a.", file: str = "one.yaml") -> None:
    """Change a text of a bank."""
    text = (bank / file).read_text(encoding="utf-8")
    assert old in text
    (bank / file).write_text(text.replace(old, new), encoding="utf-8", newline="\n")


def commit(message: str = "Edit") -> str:
    """Commit the bank, and return the hash."""
    git(Path(), "add", "bank")
    git(Path(), "commit", "--quiet", f"--message={message}")
    return git(Path(), "rev-parse", "HEAD")


def report(bank: Path, against: str = "", out: Path = Path("dist")) -> Report:
    """Return the report of a plan made a year later."""
    result = plan_bank(bank, against=against, out=out, now=FIRST_TIME + 365 * DAY)
    assert result.report is not None, result.diagnostics
    return result.report


def effects(found: Report) -> dict[str, tuple[Effect, ...]]:
    """Return the effects on notes by their ids."""
    return {note.key: note.effects for note in found.notes}


def old_texts(found: Report) -> list[str | None]:
    """Return what fields were, in HTML."""
    return [entry.old for note in found.notes for entry in note.fields]


def test_against_a_revision(shipped: Path) -> None:
    """Its lock says what learners have, also when later builds have shipped more."""
    edit(shipped)
    build_bank(shipped, Path("dist"), now=FIRST_TIME + DAY)
    second = commit()
    edit(shipped, "It is b.", "It is not b.")
    assert effects(report(shipped)) == {"b": (Effect.CHANGED,)}
    since = report(shipped, "v1")
    assert effects(since) == {"a": (Effect.CHANGED,), "b": (Effect.CHANGED,)}
    assert old_texts(since) == ["<p>It is a.</p>", "<p>It is b.</p>"]
    assert since.baseline.commit == git(Path(), "rev-parse", "v1")
    assert (
        effects(report(shipped, second[:10])) == effects(report(shipped, "HEAD")) == {"b": (Effect.CHANGED,)}
    )
    said = run("bank", "--against", "v1").stdout
    assert said.startswith(f"Compared with v1, {since.baseline.commit[:12]}\n")


def test_against_a_revision_without_a_lock(shipped: Path) -> None:
    """It is rendered, and taken for a first build; when its notes were built is not known."""
    (shipped / "bank.lock").unlink()
    edit(shipped, file="one.yaml")
    first = commit("Without a lock")
    build_bank(shipped, Path("dist"), now=FIRST_TIME + DAY)
    edit(shipped, "It is b.", "It is not b.")
    found = report(shipped, first)
    assert effects(found) == {"b": (Effect.CHANGED,)}
    assert old_texts(found) == ["<p>It is b.</p>"]
    assert "which has no bank.lock" in run("bank", "--against", first).stdout


def test_a_revision_without_a_lock_is_rendered_with_its_own_card_templates(shipped: Path) -> None:
    templates = Path("card_templates/question/fields")
    templates.mkdir(parents=True)
    (templates / "answer.html").write_text("<b>[[ answer ]]</b>", encoding="utf-8")
    (shipped / "bank.lock").unlink()
    git(Path(), "add", "card_templates")
    commit()
    (templates / "answer.html").write_text("<i>[[ answer ]]</i>", encoding="utf-8")
    assert old_texts(report(shipped, "HEAD")) == [f"<b><p>It is {key}.</p></b>" for key in "abz"]


def test_a_bank_at_the_root_of_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bank = make_bank(tmp_path, FILES)
    monkeypatch.chdir(bank)
    build_bank(Path(), tmp_path / "dist", now=FIRST_TIME)
    git(bank, "init", "--quiet")
    git(bank, "add", ".")
    git(bank, "commit", "--quiet", "--message=First")
    edit(Path())
    for against in ("", "HEAD"):
        found = report(Path(), against, out=Path("nowhere"))
        assert effects(found) == {"a": (Effect.CHANGED,)}
        assert old_texts(found) == ["<p>It is a.</p>"]


def test_against_a_package(shipped: Path, tmp_path: Path) -> None:
    """Notes are matched by GUID, and what they were is read from it."""
    published = tmp_path / "release-1.0.APKG"
    published.write_bytes(Path("dist/small-bank.apkg").read_bytes())
    edit(shipped)
    build_bank(shipped, Path("dist"), now=FIRST_TIME + DAY)
    assert report(shipped).is_empty
    found = report(shipped, str(published))
    assert effects(found) == {"a": (Effect.CHANGED,)}
    assert old_texts(found) == ["<p>It is a.</p>"]


def test_against_a_package_of_one_level(shipped: Path, tmp_path: Path) -> None:
    """Of a package that bears the name of one of the bank's, the others' notes are not news."""
    level = tmp_path / "old" / "small-bank-one.apkg"
    level.parent.mkdir()
    level.write_bytes(Path("dist/small-bank-one.apkg").read_bytes())
    edit(shipped)
    edit(shipped, "It is z.", "It is not z.", "two.yaml")
    found = report(shipped, str(level))
    assert effects(found) == {"a": (Effect.CHANGED,)}
    assert found.unchanged == 1
    assert "the notes of this package only" in one_line(run("bank", "--against", str(level)).stdout)
    renamed = level.rename(level.with_name("renamed.apkg"))
    assert effects(report(shipped, str(renamed))) == {"a": (Effect.CHANGED,), "z": (Effect.ADDED,)}


def test_a_note_that_left_the_package_of_its_level(shipped: Path, tmp_path: Path) -> None:
    """Who imports only that package never hears of it again."""
    level = tmp_path / "small-bank-one.apkg"
    level.write_bytes(Path("dist/small-bank-one.apkg").read_bytes())
    (shipped / "one.yaml").write_text(questions("one", question("a")), encoding="utf-8")
    (shipped / "two.yaml").write_text(questions("two", question("z"), question("b")), encoding="utf-8")
    assert effects(report(shipped, str(level))) == {"b": (Effect.LEFT,)}
    assert effects(report(shipped)) == {"b": (Effect.CHANGED, Effect.MOVED)}


def test_a_package_of_unknown_making_with_other_media_of_the_same_name(shipped: Path, tmp_path: Path) -> None:
    """The names of files that `build` packs bear a hash of their bytes; those of others need not."""
    (shipped / "media").mkdir()
    (shipped / "media" / "a.svg").write_text("<svg/>", encoding="utf-8")
    edit(shipped, "It is a.", "'![A](media/a.svg)'")
    build_bank(shipped, Path("dist"), now=FIRST_TIME + DAY)
    package = tmp_path / "other.apkg"
    with zipfile.ZipFile("dist/small-bank.apkg") as old, zipfile.ZipFile(package, "w") as new:
        for name in old.namelist():
            new.writestr(name, b"<svg></svg>" if name == "0" else old.read(name))
    assert report(shipped, "dist/small-bank.apkg").is_empty
    (only,) = report(shipped, str(package)).notes
    # As its time is the same, the other bytes do not come.
    assert (only.key, only.main, only.only_media) == ("a", Effect.OUTDATED, True)


def test_media_that_no_field_refers_to_are_no_difference(shipped: Path) -> None:
    """Such as those of an answer that the bank's own card templates leave out."""
    (shipped / "media").mkdir()
    (shipped / "media" / "a.svg").write_text("<svg/>", encoding="utf-8")
    edit(shipped, "It is a.", "'![A](media/a.svg)'")
    fields = shipped / "card_templates" / "question" / "fields"
    fields.mkdir(parents=True)
    (fields / "answer.html").write_text("Look it up.", encoding="utf-8")
    build_bank(shipped, Path("dist"), now=FIRST_TIME + DAY)
    assert report(shipped, "dist/small-bank.apkg").is_empty


# Wrong usage


@pytest.mark.usefixtures("shipped")
def test_what_cannot_be_compared_with(tmp_path: Path) -> None:
    other = make_bank(tmp_path / "other", FILES, namespace="tests/other")
    build_bank(other, tmp_path / "other" / "dist", now=FIRST_TIME)
    (tmp_path / "text.apkg").write_text("hello", encoding="utf-8")
    _without_notes(Path("dist/small-bank.apkg"), tmp_path / "empty.apkg")
    (tmp_path / "broken.apkg").write_bytes(Path("dist/small-bank.apkg").read_bytes()[:300])
    for against, words in {
        "v2": 'no revision "v2"',
        "bank.yaml": "a package whose name ends in .apkg",
        "--help": 'no revision "--help"',
        "HEAD:bank": 'no revision "HEAD:bank"',
        "none.apkg": "none.apkg is not a package written by ankiexport build: No such file",
        "text.apkg": "text.apkg is not a package",
        "broken.apkg": "broken.apkg is not a package",
        "empty.apkg": "empty.apkg is not a package written by ankiexport build: it holds no note",
        "other/dist/small-bank.apkg": "is of another bank: it has no note (no GUID) in common",
    }.items():
        result = run("bank", f"--against={against}")
        assert (result.exit_code, result.stdout) == (2, ""), against
        assert words in one_line(result.stderr), against


def _without_notes(package: Path, to: Path) -> None:
    with zipfile.ZipFile(package) as archive, closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(archive.read("collection.anki2"))
        connection.execute("DELETE FROM notes")
        connection.execute("DELETE FROM cards")
        connection.commit()
        with zipfile.ZipFile(to, "w") as empty:
            empty.writestr("collection.anki2", connection.serialize())
            empty.writestr("media", archive.read("media"))


def test_revisions_that_do_not_tell_what_was_shipped(shipped: Path) -> None:
    lock, text = shipped / "bank.lock", (shipped / "bank.lock").read_text(encoding="utf-8")

    def states() -> Iterable[tuple[str, str]]:
        lock.write_text(text.replace("small-bank", "other-bank", 1), encoding="utf-8")
        yield commit(), "its bank.lock cannot be used (the lock belongs to the namespace"
        lock.write_text("<<<<<<< ours\n" + text, encoding="utf-8")
        yield commit(), "its bank.lock cannot be used (git left a conflict in the lock)"
        lock.write_bytes(b"\xff\xfe")
        yield commit(), "its bank.lock cannot be used"
        lock.unlink()
        edit(shipped, "- id: b", "- id: a")
        yield commit(), 'has no bank.lock, and its bank has errors (one.yaml: the id "a" is taken)'
        edit(shipped, "title:", "name:", "bank.yaml")
        yield commit(), "has no bank.lock, and its bank has errors"
        git(Path(), "mv", "bank", "elsewhere")
        yield commit_all(), "it has no bank.yaml where the bank is now"

    for revision, words in list(states()):
        make_bank(Path(), FILES)
        lock.write_text(text, encoding="utf-8")
        result = run("bank", "--against", revision)
        assert (result.exit_code, result.stdout) == (2, ""), words
        assert words in one_line(result.stderr)


def commit_all() -> str:
    """Commit everything that git knows, and return the hash."""
    git(Path(), "commit", "--quiet", "--all", "--message=All")
    return git(Path(), "rev-parse", "HEAD")


def test_a_revision_of_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    bank = make_bank(tmp_path, FILES)
    result = run(str(bank), "--against", "main")
    assert result.exit_code == 2
    assert "is not in a Git repository" in one_line(result.stderr)
    git(tmp_path, "init", "--quiet")
    assert 'no revision "main"' in run(str(bank), "--against", "main").stderr
    monkeypatch.setenv("PATH", str(tmp_path))
    result = run(str(bank), "--against", "main")
    assert result.exit_code == 2
    assert "cannot run git" in one_line(result.stderr)


def test_a_bank_with_errors_has_no_plan(shipped: Path) -> None:
    """They are shown as by `check`, in JSON as well."""
    edit(shipped, "- id: b", "- id: a")
    result = run("bank")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "bank/one.yaml:6:7: error[duplicate-id]" in result.stderr
    assert result.stderr.endswith("1 error; there is no plan\n")
    result = run("bank", "--json")
    assert result.exit_code == 1
    data = json.loads(result.stdout)
    assert (data["format"], data["plan"]) == (1, None)
    assert [problem["code"] for problem in data["diagnostics"]] == ["duplicate-id"]
    assert run("nowhere").exit_code == 2


def test_warnings_are_shown_beside_the_plan(shipped: Path) -> None:
    (shipped / "one.yaml").write_text(
        ONE + "- id: c\n  question: Is it c?\n  answer: Yes.\n", encoding="utf-8"
    )
    result = run("bank")
    assert result.exit_code == 0
    assert "warning[yes-no]" in result.stderr
    assert "1 note added" in result.stdout


def test_a_lock_that_is_gone_is_missed(shipped: Path) -> None:
    """Without it the plan is that of a first build, which it is not."""
    (shipped / "bank.lock").unlink()
    result = run("bank")
    assert "warning[lock-missing]" in result.stderr
    assert result.stdout.startswith("Nothing was shipped yet")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a terminal of POSIX")
@pytest.mark.parametrize("colours", [True, False])
def test_on_a_terminal(shipped: Path, colours: bool) -> None:
    """It is coloured, unless the user asks for no colours, and as wide as the terminal."""
    import pty

    edit(shipped)

    own, terminal = pty.openpty()
    environment = {**os.environ, "COLUMNS": "60"} | ({} if colours else {"NO_COLOR": "1"})
    command = [sys.executable, "-m", "ankiexport", "plan", "bank"]
    with os.fdopen(own, "rb", buffering=0) as reader:
        with subprocess.Popen(command, stdout=terminal, env=environment) as process:
            os.close(terminal)
            said = b""
            # A terminal that nobody writes to any more ends with an error.
            with suppress(OSError):
                while part := reader.read(1024):
                    said += part
        assert process.returncode == 0
    text = said.decode().replace("\r\n", "\n")
    assert ("\x1b[32m" in text) is colours
    assert ("{+" in text) is not colours
    plain = re.sub(r"\x1b\[\d+m", "", text)
    assert 50 < max(map(len, plain.splitlines())) <= 60


def test_the_exit_code_tells_whether_anything_changes_on_request(shipped: Path) -> None:
    assert run("bank", "--exit-code").exit_code == 0
    edit(shipped)
    assert run("bank").exit_code == 0
    for form in FORMATS:
        assert run("bank", "--exit-code", "--format", form).exit_code == 1
    assert run("bank", "--exit-code", "--against", "v1").exit_code == 1


# Old texts


def test_old_texts_come_from_packages_of_the_last_build(shipped: Path) -> None:
    git(Path(), "rm", "--quiet", "--cached", "-r", "bank")
    git(Path(), "commit", "--quiet", "--message=Nothing")
    edit(shipped)
    assert old_texts(report(shipped)) == ["<p>It is a.</p>"]
    Path("dist/small-bank.apkg").unlink()
    assert old_texts(report(shipped)) == ["<p>It is a.</p>"]
    Path("dist/small-bank-one.apkg").write_text("damaged", encoding="utf-8")
    found = report(shipped)
    assert old_texts(found) == [None]
    assert "no sound zip archive" in found.why_not[0]


def test_old_texts_come_from_git_when_there_is_no_package(shipped: Path) -> None:
    edit(shipped)
    assert old_texts(report(shipped, out=Path("nowhere"))) == ["<p>It is a.</p>"]
    # Neither is the bank at HEAD that of the last build; but where the lock was last changed it is.
    commit()
    edit(shipped, "It is not a.", "It may be a.")
    assert old_texts(report(shipped, out=Path("nowhere"))) == ["<p>It is a.</p>"]


def test_old_texts_of_a_lock_that_was_committed_late_come_from_head(shipped: Path) -> None:
    edit(shipped)
    commit()
    build_bank(shipped, Path("dist"), now=FIRST_TIME + DAY)
    edit(shipped, "It is not a.", "It may be a.")
    assert old_texts(report(shipped, out=Path("nowhere"))) == ["<p>It is not a.</p>"]


def test_old_texts_that_cannot_be_found_are_said_to_be_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what has the digest of the lock counts for an old text."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path)
    bank = make_bank(Path(), FILES)
    build_bank(bank, Path("dist"), now=FIRST_TIME)
    stale = Path("dist").rename("stale")
    edit(bank)
    build_bank(bank, Path("dist"), now=FIRST_TIME + DAY)
    edit(bank, "It is not a.", "It may be a.")
    found = report(bank, out=stale)
    assert old_texts(found) == [None]
    assert found.why_not == (
        "the packages in stale/ are not those of the last build", "bank is not in a Git repository",
    )  # fmt: skip
    said = run("bank", "--out", "nowhere").stdout
    assert "Answer (old text not found)" in said
    assert "nowhere/ holds no package of the bank; bank is not in a Git repository." in one_line(said)
    assert "nowhere/ holds no package" in run("bank", "--out", "nowhere", "-f", "markdown").stdout
    data = json.loads(run("bank", "--out", "nowhere", "--json").stdout)["plan"]
    assert data["notes"][0]["fields"][0]["old_html"] is None
    assert len(data["missing_texts"]) == 2


def test_a_repository_that_cannot_help_is_said_to_be_so(shipped: Path) -> None:
    edit(shipped)
    blob = git(Path(), "rev-parse", "HEAD:bank/one.yaml")
    Path(".git/objects", blob[:2], blob[2:]).unlink()
    (reason,) = report(shipped, out=Path("nowhere")).why_not[1:]
    assert reason.startswith("git archive failed: ")
    shutil.rmtree(".git")
    git(Path(), "init", "--quiet")
    assert report(shipped, out=Path("nowhere")).why_not[1:] == ("bank is not committed to Git",)


def test_an_id_that_was_renamed_keeps_its_old_text(shipped: Path) -> None:
    renamed = question("aa", question="What is a?", answer="It is not a.", previous_ids=["a"])
    (shipped / "one.yaml").write_text(questions("one", renamed, question("b")), encoding="utf-8")
    for out in ("dist", "nowhere"):
        for against in ("", "v1", "dist/small-bank.apkg"):
            found = report(shipped, against, Path(out))
            assert effects(found) == {"aa": (Effect.CHANGED, Effect.RENAMED)}
            assert old_texts(found) == ["<p>It is a.</p>", "a"]
            assert found.notes[0].renamed_from == "a"


# Nothing is written


def test_a_plan_writes_nothing(shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither into the bank, nor into its repository, nor into the folder of packages; and nothing is left."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    (shipped / "bank.lock").unlink()
    first = commit("No lock")
    edit(shipped)
    runs: list[list[str]] = [[], ["--against", "v1"], ["--against", first], ["--out", "nowhere"], ["--json"]]
    runs.append(["--against", "dist/small-bank.apkg", "--format", "markdown", "--exit-code"])
    for is_built in (False, True):
        if is_built:
            build_bank(shipped, Path("dist"), now=FIRST_TIME)
            edit(shipped, "It is not a.", "It may be a.")
        before = files_in(tmp_path)
        assert ("bank/bank.lock" in before) is is_built
        for arguments in runs:
            assert run("bank", *arguments).stdout
        assert files_in(tmp_path) == before
        assert not list(scratch.iterdir())
        assert not Path("nowhere").exists()


def test_a_bank_that_cannot_be_written_to_can_be_planned(shipped: Path) -> None:
    edit(shipped)
    folders = [shipped, Path("dist")]
    for folder in folders:
        folder.chmod(0o555)
    try:
        assert run("bank").exit_code == 0
    finally:
        for folder in folders:
            folder.chmod(0o755)


def test_a_plan_works_in_a_hook_of_git(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There Git names its folders in variables, relative to where the hook runs."""
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")
    edit(shipped)
    assert old_texts(report(shipped, "v1")) == ["<p>It is a.</p>"]


# Laws


def test_after_a_build_nothing_is_left_to_plan(first_bank: BuiltBank) -> None:
    """For the lock, and for packages that the build wrote: with everything, of a level, and of facts."""
    found = report(first_bank.bank, out=first_bank.folder)
    assert (found.is_empty, found.unchanged) == (True, len(first_bank.whole.notes))
    for name in first_bank.names[::4]:
        found = report(first_bank.bank, str(first_bank.folder / name))
        assert (found.is_empty, found.unchanged) == (True, len(first_bank.package(name).notes)), name


@pytest.mark.parametrize("case", [*CASES, "hard-bank"])
def test_after_any_build_nothing_is_left_to_plan(case: str, tmp_path: Path) -> None:
    """With clozes, media, card templates of its own, and notes that retire and come back."""
    states = (
        [HARD_BANK] if case == "hard-bank" else sorted(p for p in (GOLDEN / case).iterdir() if p.is_dir())
    )
    bank, out = tmp_path / "bank", tmp_path / "dist"
    for number, state in enumerate(states):
        _put(state, bank)
        result = build_bank(bank, out, now=FIRST_TIME + number * DAY)
        assert not result.has_errors, result.diagnostics
        assert report(bank, out=out).is_empty
        for entry in result.packages:
            found = report(bank, str(out / str(entry["file"])))
            assert (found.is_empty, found.unchanged) == (True, entry["notes"]), entry["file"]


def test_a_plan_is_what_the_build_does(tmp_path: Path) -> None:
    """Step by step, what was planned is what the build then says that it did."""
    bank, out = tmp_path / "bank", tmp_path / "dist"
    for number, state in enumerate(sorted(p for p in (GOLDEN / "everything").iterdir() if p.is_dir())):
        _put(state, bank)
        planned = plan_bank(bank, out=out, now=FIRST_TIME + number * DAY).report
        done = build_bank(bank, out, now=FIRST_TIME + number * DAY).plan
        assert planned is not None
        assert done is not None
        assert {note.key: str(note.main) for note in planned.notes} == {
            note.key: str(note.change) for note in done.notes if note.change != "unchanged"
        }


def test_the_first_bank_is_planned_in_its_own_repository() -> None:
    """As its authors do it."""
    assert run(str(FIRST_BANK), "--exit-code").exit_code == 0
