"""A run over what has not changed tells what it told before, and nothing that has changed is ever missed."""

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from banks import files_in
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from runs import WHOLE_RUNS, built_once, forbid, run, within
from test_cache import EDITS, replaced, small, write

from ankiexport.cli.app import cli


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a bank that was built."""
    return built_once(tmp_path, small, monkeypatch)


@pytest.fixture
def nothing_is_read(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let whatever reads a bank or writes a package fail from now on."""
    assert work.is_dir()
    read = (*WHOLE_RUNS, "ankiexport.rebuilding.rebuild.build_from_last")
    forbid(monkeypatch, "the run was not recognised", *read)


def no_file(name: str) -> Callable[[Path, Random], None]:
    def edit(bank: Path, _random: Random) -> None:
        (bank / name).unlink(missing_ok=True)

    return edit


def a_note_out_of(bank: Path, _random: Random) -> None:
    """Leave what a colleague's packages would leave: other files in the output folder."""
    for path in (bank.parent / "dist").glob("*facts.apkg"):
        path.unlink()


def no_lock(bank: Path, _random: Random) -> None:
    (bank / "bank.lock").unlink(missing_ok=True)


HISTORY = (
    replaced("one.yaml", "id: a\n", "id: a2\n  previous_ids: [a]\n"),
    replaced("three.md", "## What is m? {#m}", "## What is n? {#n}"),
    replaced("sub/two.yaml", "id: c\n", "id: c\n  replaces: [never-there]\n"),
    replaced("bank.yaml", "facts_deck: Facts", "facts_deck: Small facts"),
    no_file("three.md"),
    no_file("sub/two.yaml"),
    no_lock,
    a_note_out_of,
)


@settings(max_examples=5, deadline=None)
@given(
    st.lists(st.sampled_from([*EDITS, *HISTORY]), min_size=1, max_size=2),
    st.randoms(use_true_random=False),
)
def test_repeated_runs_tell_what_a_run_without_a_cache_tells(
    tmp_path_factory: pytest.TempPathFactory, edits: list[Callable[[Path, Random], None]], random: Random
) -> None:
    """After each edit a build, others of the same, and checks: word for word as without a cache."""
    folder = tmp_path_factory.mktemp("repeated")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANKIEXPORT_CACHE_DIR", str(folder / "cache"))
        warm = folder / "warm"
        small(warm)
        run(warm, "build", "bank")
        for number, edit in enumerate(edits, start=1):
            patch.setenv("SOURCE_DATE_EPOCH", str(1_760_000_000 + number))
            edit(warm / "bank", random)
            plain = folder / f"plain-{number}"
            shutil.copytree(warm, plain)
            for command in (("check",), ("build",), ("build", "--locked", "--json"), ("check",), ("build",)):
                assert run(warm, *command) == run(plain, *command, "--no-cache")
            assert files_in(warm / "bank") == files_in(plain / "bank")
            assert files_in(warm / "dist") == files_in(plain / "dist")


@pytest.mark.usefixtures("nothing_is_read")
def test_nothing_is_read_when_nothing_has_changed(work: Path) -> None:
    """The build right after the first one is told from the cache, and so is the check."""
    told = run(work, "build", "bank")
    assert "For a learner who has the last build nothing changes" in told.output
    assert "5 notes" in run(work, "check", "bank").output
    assert json.loads(run(work, "build", "--json").output)["changes"]["unchanged"] == 5


def another_byte_at_the_same_time(work: Path) -> None:
    path = work / "bank/one.yaml"
    known = path.stat()
    write(path, path.read_text(encoding="utf-8").replace("It is a", "It is x"))
    os.utime(path, ns=(known.st_atime_ns, known.st_mtime_ns))
    assert path.stat().st_size == known.st_size


def another_question_file(work: Path) -> None:
    write(work / "bank/new.md", "---\nlevel: two\n---\n\n## New? {#new}\n\n### Answer\n\nYes.\n")


def changed(name: str) -> Callable[[Path], None]:
    def change(work: Path) -> None:
        path = work / name
        data = path.read_bytes()
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))

    return change


def gone(name: str) -> Callable[[Path], None]:
    def change(work: Path) -> None:
        (work / name).unlink()

    return change


def own_template(work: Path) -> None:
    folder = work / "card_templates/question/fields"
    folder.mkdir(parents=True)
    write(folder / "pitfalls.html", "[[ id ]]")


def template_behind_a_link(work: Path) -> None:
    away = work / "away/fields"
    away.mkdir(parents=True)
    write(away / "pitfalls.html", "[[ id ]]")
    (work / "card_templates/question").mkdir(parents=True)
    (work / "card_templates/question/fields").symlink_to(away)


def left_by_a_killed_build(work: Path) -> None:
    (work / "dist/.small-bank.apkg.0a1b2c3d.tmp").write_bytes(b"half")


def pending_lock(work: Path) -> None:
    shutil.copy(work / "bank/bank.lock", work / "bank/.bank.lock.pending")


@pytest.mark.usefixtures("nothing_is_read")
@pytest.mark.parametrize(
    "change",
    [
        another_byte_at_the_same_time, another_question_file, own_template, template_behind_a_link,
        left_by_a_killed_build, pending_lock, changed("bank/media/a.png"), changed("bank/bank.lock"),
        changed("dist/manifest.json"), changed("dist/small-bank.apkg"), gone("dist/small-bank.apkg"),
        gone("bank/media/a.png"), gone("bank/bank.lock"), gone("bank/three.md"), gone("dist/manifest.json"),
    ],
    ids=lambda change: change.__qualname__,
)  # fmt: skip
def test_whatever_has_changed_is_seen(work: Path, change: Callable[[Path], None]) -> None:
    """The build goes its usual way, which here is closed."""
    change(work)
    with within(work):
        result = CliRunner().invoke(cli, ["build", "bank"])
    assert isinstance(result.exception, AssertionError)


@pytest.mark.usefixtures("nothing_is_read")
@pytest.mark.parametrize("arguments", [["--locked"], ["--level", "one"], ["-o", "other"]])
def test_other_options_are_another_run(work: Path, arguments: list[str]) -> None:
    """Each is told only what it told itself."""
    with within(work):
        result = CliRunner().invoke(cli, ["build", "bank", *arguments])
    assert isinstance(result.exception, AssertionError)


@pytest.mark.usefixtures("nothing_is_read")
def test_a_clock_that_went_back_is_seen(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the lock comes from the future, which a build warns of."""
    monkeypatch.setattr(time, "time", lambda: 1_700_000_000.0)
    with within(work):
        result = CliRunner().invoke(cli, ["build", "bank"])
    assert isinstance(result.exception, AssertionError)


def test_a_link_that_leads_nowhere_any_more_is_seen(work: Path) -> None:
    """It is no file of the bank's that has changed."""
    path = work / "bank/sub/two.yaml"
    write(work / "notes.txt", "")
    write(path, path.read_text(encoding="utf-8").replace("../one.yaml", "../../notes.txt"))
    assert "dead-link" not in run(work, "check", "bank").output
    (work / "notes.txt").unlink()
    assert "dead-link" in run(work, "check", "bank").output
