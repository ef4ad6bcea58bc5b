"""Builds take turns: of one bank, and into one folder, one at a time."""

import functools
import json
import os
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest
from banks import FIRST_TIME, build, files_in, lock_of, make_bank, question, questions
from click.testing import CliRunner

from ankiexport.cli.app import cli
from ankiexport.errors import BuildBusyError
from ankiexport.pipeline import build_bank
from ankiexport.turns import one_at_a_time
from ankiexport.upkeep import repair_lock

LATER = FIRST_TIME + 1000

FILES = {"one.yaml": questions("one", question("alpha"), question("beta"))}
EDITED = {"one.yaml": questions("one", question("alpha", answer="Edited."), question("beta"))}

# A build that says when it is in the middle, and goes on when it is told to.
_BUILD = """
    import sys
    from pathlib import Path
    from ankiexport import pipeline

    bank, out, now = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    stops, write_output = sys.argv[4] == "stops", pipeline.write_output

    def stopping(*arguments):
        print("at work", flush=True)
        stops and sys.stdin.readline()
        return write_output(*arguments)

    def progress(stage, done, total):
        stage.startswith("waiting") and print(stage, flush=True)

    pipeline.write_output = stopping
    result = pipeline.build_bank(bank, out, now=now, progress=progress)
    assert not result.has_errors, result.diagnostics
    print("done", flush=True)
    """


class Builder:
    """A build in a process of its own."""

    def __init__(self, bank: Path, out: Path, at: int, *, stops: bool = False) -> None:
        """Start it; one that `stops` does so before it writes anything."""
        arguments = [str(bank), str(out), str(at), "stops" if stops else ""]
        self.process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(_BUILD), *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def says(self) -> str:
        """Return the next thing that it says; an empty text when it has ended."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def go_on(self) -> None:
        """Let one go on that has stopped."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def ends(self) -> list[str]:
        """Wait for the end, which must be a good one, and return what it still said."""
        said, _ = self.process.communicate(timeout=60)
        assert self.process.returncode == 0
        return said.split("\n")[:-1]


@contextmanager
def running(*builders: Builder) -> Iterator[None]:
    """End what still runs in the end."""
    try:
        yield
    finally:
        for builder in builders:
            builder.process.kill()
            builder.process.communicate()


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """A bank that was built into `out`, and then edited."""
    root = make_bank(tmp_path, FILES)
    build(root, tmp_path / "out", FIRST_TIME)
    return make_bank(tmp_path, EDITED)


def test_a_second_build_waits_and_both_end_well(bank: Path, tmp_path: Path) -> None:
    """The second finds what the first has stamped, so that the files are those of one build."""
    first = Builder(bank, tmp_path / "out", LATER, stops=True)
    with running(first):
        assert first.says() == "at work"
        second = Builder(bank, tmp_path / "out", LATER + 50)
        with running(second):
            assert second.says() == "waiting for another build"
            first.go_on()
            assert first.ends() == ["done"]
            assert second.ends() == ["at work", "done"]
    found = files_in(tmp_path)
    assert lock_of(bank).notes["alpha"].mod == LATER
    make_bank(tmp_path / "alone", FILES)
    build(tmp_path / "alone" / "bank", tmp_path / "alone" / "out", FIRST_TIME)
    make_bank(tmp_path / "alone", EDITED)
    build(tmp_path / "alone" / "bank", tmp_path / "alone" / "out", LATER)
    assert found == files_in(tmp_path / "alone")


def test_a_second_build_into_another_folder_waits_for_the_lock(bank: Path, tmp_path: Path) -> None:
    first = Builder(bank, tmp_path / "out", LATER, stops=True)
    with running(first):
        assert first.says() == "at work"
        second = Builder(bank, tmp_path / "elsewhere", LATER + 50)
        with running(second):
            assert second.says() == "waiting for another build"
            first.go_on()
            assert (first.ends(), second.ends()) == (["done"], ["at work", "done"])
    assert files_in(tmp_path / "out") == files_in(tmp_path / "elsewhere")


def test_different_banks_into_one_folder_take_turns(bank: Path, tmp_path: Path) -> None:
    other = make_bank(tmp_path / "other", FILES, title="Other", namespace="tests/other")
    out = tmp_path / "out"
    first = Builder(bank, out, LATER, stops=True)
    with running(first):
        assert first.says() == "at work"
        second = Builder(other, out, LATER)
        with running(second):
            assert second.says() == "waiting for another build"
            first.go_on()
            assert (first.ends(), second.ends()) == (["done"], ["at work", "done"])
    assert sorted(files_in(out)) == [
        "manifest.json", "other-one.apkg", "other.apkg", "small-bank-one.apkg", "small-bank.apkg",
    ]  # fmt: skip
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["bank"]["namespace"] == "tests/other"
    assert {entry["file"]: entry["sha256"] for entry in manifest["packages"]} == {
        name: sha256((out / name).read_bytes()).hexdigest() for name in ("other-one.apkg", "other.apkg")
    }


def test_different_banks_into_different_folders_do_not_wait(bank: Path, tmp_path: Path) -> None:
    other = make_bank(tmp_path / "other", FILES, title="Other", namespace="tests/other")
    first = Builder(bank, tmp_path / "out", LATER, stops=True)
    with running(first):
        assert first.says() == "at work"
        second = Builder(other, tmp_path / "other" / "out", LATER)
        with running(second):
            assert second.ends() == ["at work", "done"]
        first.go_on()
        assert first.ends() == ["done"]


def test_many_builds_at_once_leave_the_files_of_one(bank: Path, tmp_path: Path) -> None:
    builders = [Builder(bank, tmp_path / "out", LATER + number) for number in range(4)]
    with running(*builders):
        for builder in builders:
            assert builder.ends()[-1] == "done"
    mod = lock_of(bank).notes["alpha"].mod
    assert LATER <= mod < LATER + 4
    package = build(bank, tmp_path / "again", LATER + 99)
    assert package.note("alpha").mod == mod
    assert files_in(tmp_path / "again") == files_in(tmp_path / "out")


def test_a_build_that_is_killed_frees_its_turn(bank: Path, tmp_path: Path) -> None:
    first = Builder(bank, tmp_path / "out", LATER, stops=True)
    with running(first):
        assert first.says() == "at work"
        first.process.kill()
        first.process.communicate()
        second = Builder(bank, tmp_path / "out", LATER + 50)
        with running(second):
            assert second.ends() == ["at work", "done"]
    assert lock_of(bank).notes["alpha"].mod == LATER + 50


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Builds that give up at once."""
    for user in ("ankiexport.pipeline", "ankiexport.upkeep"):
        monkeypatch.setattr(f"{user}.one_at_a_time", functools.partial(one_at_a_time, patience=0.1))


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("held", ["bank", "out"])
def test_patience_ends_with_a_message(held: str, bank: Path, tmp_path: Path) -> None:
    before = files_in(tmp_path)
    with one_at_a_time([tmp_path / held]):
        with pytest.raises(BuildBusyError, match=r"has been at work on .*/(bank|out) for 0\.1 seconds"):
            build_bank(bank, tmp_path / "out", now=LATER)
        result = CliRunner().invoke(cli, ["build", str(bank), "--out", str(tmp_path / "out")])
        assert result.exit_code == 1
        assert (
            f"another build has been at work on {(tmp_path / held).resolve()} for 0.1 seconds"
            in result.stderr
        )
        assert "run the same command again" in result.stderr
    assert files_in(tmp_path) == before
    build(bank, tmp_path / "out", LATER)


@pytest.mark.usefixtures("impatient")
def test_what_is_done_to_a_lock_by_command_takes_turns_too(bank: Path) -> None:
    with one_at_a_time([bank]):
        for option in (["--repair"], ["--retire", "alpha"], ["--forget", "alpha"]):
            result = CliRunner().invoke(cli, ["lock", str(bank), *option])
            assert result.exit_code == 1
            assert "another build has been at work" in result.stderr
    assert repair_lock(bank) == []


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_folder_is_the_same_by_every_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder")
    monkeypatch.chdir(tmp_path)
    for path in (Path("folder"), tmp_path / "link", tmp_path / "folder" / ".." / "link", Path("./folder/")):
        with (
            one_at_a_time([tmp_path / "folder"]),
            pytest.raises(BuildBusyError),
            one_at_a_time([path], patience=0),
        ):
            pass
    with one_at_a_time([Path("folder"), Path("link")]):
        pass


def test_who_waits_is_told_so_once(tmp_path: Path) -> None:
    told: list[str] = []
    with one_at_a_time([tmp_path], lambda: told.append("waiting")):
        assert told == []
        with pytest.raises(BuildBusyError), one_at_a_time([tmp_path], lambda: told.append("waiting"), 0.2):
            pass
    assert told == ["waiting"]


def test_two_that_name_folders_in_another_order_never_wait_for_each_other(tmp_path: Path) -> None:
    """In whatever order they are named, and whatever Python draws for its hashes, they are taken in the same one."""
    script = """
        import sys
        from pathlib import Path
        from ankiexport import turns

        class Told(turns.FileLock):
            def acquire(self, *arguments, **named):
                print(self.lock_file)
                return super().acquire(*arguments, **named)

        turns.FileLock = Told
        with turns.one_at_a_time(map(Path, sys.argv[1:])):
            pass
        """
    folders = [str(tmp_path / name) for name in "abcdef"]
    taken = set()
    for seed in range(4):
        command = [sys.executable, "-c", textwrap.dedent(script), *(folders[::-1] if seed % 2 else folders)]
        environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
        run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        taken.add(run.stdout)
    assert len(taken) == 1
    assert taken.pop().count("\n") == len(folders)


def test_a_turn_leaves_nothing_in_the_folders(bank: Path, tmp_path: Path) -> None:
    build(bank, tmp_path / "out", LATER)
    assert sorted(path.name for path in bank.iterdir()) == ["bank.lock", "bank.yaml", "one.yaml"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "manifest.json", "small-bank-one.apkg", "small-bank.apkg",
    ]  # fmt: skip


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere caches are not found through XDG_CACHE_HOME")
@pytest.mark.parametrize("home", ["/proc/nowhere", "a file", "not ours"])
def test_turns_are_taken_without_a_home_too(
    home: str, bank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", home if home.startswith("/") else str(cache))
    if home == "a file":
        cache.write_text("")
    elif home == "not ours":
        # Permissions mean nothing to the superuser, as whom containers run.
        monkeypatch.setattr("ankiexport.turns.os.access", lambda *_: False)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    build(bank, tmp_path / "out", LATER)
    assert len(list(temporary.glob("ankiexport-turns-*/*.lock"))) == 2
    with one_at_a_time([bank]), pytest.raises(BuildBusyError), one_at_a_time([bank], patience=0):
        pass
