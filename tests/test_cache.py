"""The cache saves time and changes nothing: whatever is edited, however it is damaged, wherever the bank lies."""

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from banks import FIRST_BANK, as_yaml, files_in, make_bank, question, questions
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from ankiexport.cache.store import FILE, Store, cache_info, clear_cache
from ankiexport.cli.app import cli
from ankiexport.diagnostics import Position
from ankiexport.examination.files import _examine
from ankiexport.pipeline import BuildResult, build_bank, check_bank

NOW = 1_760_000_000

MARKDOWN = "---\nlevel: two\n---\n\n## What is m? {#m}\n\n### Answer\n\nIt is m, with [a link](one.yaml).\n"


def small(folder: Path) -> Path:
    """Return a bank of three files with media, facts and links."""
    first = question(
        "a", answer="It is a.\n\n![A](media/a.png)\n", hint="Think of b.", sources=["Book (1999)"]
    )
    facts = [{"id": "b-fact", "text": "The {{c1::b}} is a letter."}]
    files: dict[str, str | bytes] = {
        "one.yaml": questions("one", first, question("b", facts=facts)),
        "sub/two.yaml": questions("two", question("c", answer="See [the other](../one.yaml).")),
        "three.md": MARKDOWN,
        "media/a.png": b"picture",
    }
    return make_bank(folder, files)


def built(bank: Path, out: Path, store: Store | None, now: int = NOW) -> BuildResult:
    return build_bank(bank, out, now=now, store=store)


def warm(bank: Path, out: Path, cache: Path, now: int = NOW) -> BuildResult:
    with Store(cache) as store:
        return built(bank, out, store, now)


def write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def replaced(name: str, old: str, new: str) -> Callable[[Path, Random], None]:
    def edit(bank: Path, _random: Random) -> None:
        path = bank / name
        if path.is_file():
            write(path, path.read_text(encoding="utf-8").replace(old, new))

    return edit


def another_picture(bank: Path, random: Random) -> None:
    (bank / "media/a.png").write_bytes(random.randbytes(8))


def no_picture(bank: Path, _random: Random) -> None:
    (bank / "media/a.png").unlink(missing_ok=True)


def another_name(bank: Path, random: Random) -> None:
    files = sorted(path for path in bank.glob("*.yaml") if path.name not in {"bank.yaml", "bank.lock"})
    if files:
        files[0].rename(bank / f"file-{random.randrange(9)}.yaml")


def another_question(bank: Path, random: Random) -> None:
    number = random.randrange(3)
    write(
        bank / f"more-{number}.yaml",
        questions("one", question(f"more-{number}", tags=[f"t{random.randrange(3)}"])),
    )


def a_broken_file(bank: Path, _random: Random) -> None:
    write(bank / "broken.yaml", "level: one\nquestions:\n  - id: [\n")


def no_broken_file(bank: Path, _random: Random) -> None:
    (bank / "broken.yaml").unlink(missing_ok=True)


def own_templates(bank: Path, random: Random) -> None:
    folder = bank / "card_templates/question/fields"
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "pitfalls.html", f"Pitfall {random.randrange(3)}: [[ id ]]")


def another_root(bank: Path, random: Random) -> None:
    del random
    away = bank.with_name("moved")
    bank.rename(away)
    shutil.copytree(away, bank)
    shutil.rmtree(away)


EDITS: tuple[Callable[[Path, Random], None], ...] = (
    replaced("one.yaml", "It is", "It was"),
    replaced("one.yaml", "It was", "It is"),
    replaced("one.yaml", "level: one", "\n\nlevel: one"),
    replaced("one.yaml", "level: one", "level: two"),
    replaced("one.yaml", "Book (1999)", "Book"),
    replaced("one.yaml", "id: b\n", "id: a\n"),
    replaced("three.md", "What is m?", "What is a?"),
    replaced("three.md", "one.yaml", "gone.yaml"),
    replaced("bank.yaml", "Small bank", "Other bank"),
    replaced("bank.yaml", "language: en", "language: de"),
    another_picture,
    no_picture,
    another_name,
    another_question,
    a_broken_file,
    no_broken_file,
    own_templates,
    another_root,
)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.sampled_from(EDITS), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_a_warm_cache_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, edits: list[Callable[[Path, Random], None]], random: Random
) -> None:
    """After each of some edits, what a build writes and says is the same with and without a cache."""
    folder = tmp_path_factory.mktemp("warm")
    cache, bank = folder / "cache", small(folder)
    warm(bank, folder / "out", cache)
    for number, edit in enumerate(edits, start=1):
        edit(bank, random)
        plain = folder / f"plain-{number}"
        shutil.copytree(bank, plain / "bank")
        shutil.copytree(folder / "out", plain / "out")
        expected = check_bank(bank).diagnostics
        with Store(cache) as store:
            assert check_bank(bank, store=store).diagnostics == expected
        result = warm(bank, folder / "out", cache, NOW + number)
        other = built(plain / "bank", plain / "out", None, NOW + number)
        assert result.packages == other.packages
        assert files_in(folder / "out") == files_in(plain / "out")
        assert files_in(bank) == files_in(plain / "bank")
        assert [problem.code for problem in result.diagnostics] == [
            problem.code for problem in other.diagnostics
        ]


def warned_of_year(bank: Path, store: Store) -> list[Position]:
    found = check_bank(bank, store=store).diagnostics
    return [problem.position for problem in found if problem.code == "source-year"]


@pytest.mark.parametrize("harm", ["removed", "changed"])
def test_a_package_that_is_not_the_one_that_was_written_is_written_again(tmp_path: Path, harm: str) -> None:
    """A package stays only if it is byte for byte what the build would write."""
    bank, cache, out = small(tmp_path), tmp_path / "cache", tmp_path / "out"
    warm(bank, out, cache)
    before = files_in(out)
    written = (out / "small-bank.apkg").stat().st_mtime_ns
    warm(bank, out, cache)
    assert (out / "small-bank.apkg").stat().st_mtime_ns == written
    if harm == "removed":
        (out / "small-bank.apkg").unlink()
    else:
        (out / "small-bank.apkg").write_bytes(before["small-bank.apkg"][:-1] + b"?")
    warm(bank, out, cache)
    assert files_in(out) == before


def test_places_are_right_in_another_folder_and_after_lines_were_added(tmp_path: Path) -> None:
    """What was kept of a bank holds for a copy of it, with the copy's own places."""
    bank = make_bank(tmp_path, {"one.yaml": questions("one", question("a", sources=["No year"]))})
    cache = tmp_path / "cache"
    warm(bank, tmp_path / "out", cache)
    copy = tmp_path / "elsewhere" / "copy"
    shutil.copytree(bank, copy)
    with Store(cache) as store:
        (found,) = warned_of_year(copy, store)
        assert found.path == (copy / "one.yaml").as_posix()
    write(copy / "one.yaml", "# first\n" + (copy / "one.yaml").read_text())
    with Store(cache) as store:
        (later,) = warned_of_year(copy, store)
    assert later.line == found.line + 1


def test_one_job_and_many_with_any_cache_write_the_same(tmp_path: Path) -> None:
    """Processes and cache have no part in the bytes."""
    outs: list[dict[str, bytes]] = []
    cache = tmp_path / "cache"
    for jobs, store_in in ((1, None), (3, None), (3, cache), (1, cache)):
        bank = tmp_path / f"bank-{len(outs)}"
        shutil.copytree(FIRST_BANK, bank)
        out = tmp_path / f"out-{len(outs)}"
        with Store(store_in or tmp_path / f"empty-{len(outs)}") as store:
            build_bank(bank, out, jobs=jobs, now=NOW, store=store)
        outs.append(files_in(out))
    assert all(out == outs[0] for out in outs)


def die(_path: Path) -> None:
    """End the process that was to examine a file, as the system does where memory is short."""
    os.kill(os.getpid(), signal.SIGTERM)


def test_files_of_a_process_that_dies_are_examined_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank = make_bank(tmp_path, {f"{name}.yaml": questions("one", question(name)) for name in "ab"})
    expected = check_bank(bank)
    monkeypatch.setattr("ankiexport.examination.files._examine", die)
    checked = check_bank(bank, jobs=2)
    assert (checked.outline, checked.contents) == (expected.outline, expected.contents)
    assert checked.diagnostics == expected.diagnostics


def die_once(path: Path) -> object:
    """End the first process that is to examine a file."""
    with contextlib.suppress(FileExistsError):
        (path.parent / "died").touch(exist_ok=False)
        die(path)
    return _examine(path)


_RUN_IN_WHICH_ONE_DIES = """
import sys
from pathlib import Path
from ankiexport import check_bank
from ankiexport.examination import files
from test_cache import die_once
files._examine = die_once
print(len(check_bank(Path(sys.argv[1]), jobs=4).contents))
"""


def test_a_run_in_which_a_process_dies_comes_to_its_end(tmp_path: Path) -> None:
    bank = make_bank(
        tmp_path, {f"q{number}.yaml": questions("one", question(f"q{number}")) for number in range(40)}
    )
    done = subprocess.run(
        [sys.executable, "-c", _RUN_IN_WHICH_ONE_DIES, str(bank)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])},
    )
    assert done.stdout.strip() == "40"


def damaged_file(path: Path) -> None:
    path.write_bytes(b"this is no database" * 100)


def cut_file(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def other_tables(path: Path) -> None:
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE entries (other)")
    connection.commit()
    connection.close()


def damaged_values(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute(
        "UPDATE entries SET value = CAST(substr(value, 1, 40) || x'00' || substr(value, 42) AS BLOB)"
    )
    connection.commit()
    connection.close()


@pytest.mark.parametrize("damage", [damaged_file, cut_file, other_tables, damaged_values])
def test_a_damaged_cache_is_no_problem(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    """It is replaced without a word, and the build is the same."""
    bank, cache = small(tmp_path), tmp_path / "cache"
    assert not warm(bank, tmp_path / "out", cache).has_errors
    before = files_in(tmp_path / "out")
    for end in ("-wal", "-shm"):
        (cache / f"{FILE}{end}").unlink(missing_ok=True)
    damage(cache / FILE)
    assert not warm(bank, tmp_path / "out", cache).diagnostics
    assert files_in(tmp_path / "out") == before


def test_a_cache_that_cannot_be_written_is_no_problem(tmp_path: Path) -> None:
    """A file where the folder should be, as bad as any missing permission."""
    (tmp_path / "cache").write_bytes(b"")
    assert not warm(small(tmp_path), tmp_path / "out", tmp_path / "cache").has_errors


def test_two_writers_at_once(tmp_path: Path) -> None:
    """Each keeps its own values, and no value is half of one."""
    value = os.urandom(20_000)

    def fill(start: int) -> None:
        for number in range(start, start + 20):
            with Store(tmp_path) as store:
                store.put(b"%d" % number, value)

    threads = [threading.Thread(target=fill, args=(start,)) for start in (0, 10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Store(tmp_path) as store:
        assert all(store.get(b"%d" % number) == value for number in range(30))


def test_the_cache_stays_below_its_bound(tmp_path: Path) -> None:
    """The oldest values go first."""
    for number in range(10):
        with Store(tmp_path, max_bytes=5000) as store:
            store.put(b"%d" % number, bytes(1000))
    with Store(tmp_path, max_bytes=5000) as store:
        kept = [number for number in range(10) if store.get(b"%d" % number) is not None]
    assert 3 <= len(kept) <= 5
    assert kept[-1] == 9


def test_a_run_that_is_killed_loses_nothing_but_time(tmp_path: Path) -> None:
    """A process that ends while it writes leaves a database that the next one can read."""
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom ankiexport.cache.store import Store\n"
        "store = Store(Path(sys.argv[1])).__enter__()\n"
        "store._connection.execute('BEGIN IMMEDIATE')\n"
        "store._connection.execute(\"INSERT INTO entries VALUES (x'01', 1, 1, x'02')\")\nos._exit(9)\n"
    )
    with Store(tmp_path) as store:
        store.put(b"k", b"v")
    assert subprocess.run([sys.executable, "-c", code, tmp_path], check=False).returncode == 9
    with Store(tmp_path) as store:
        assert store.get(b"k") == b"v"
        assert store.get(b"\x01") is None


def test_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`cache info` tells the size, `cache clear` empties, and `--no-cache` leaves it alone."""
    cache = tmp_path / "cache"
    monkeypatch.setenv("ANKIEXPORT_CACHE_DIR", str(cache))
    bank = str(small(tmp_path))
    run = CliRunner().invoke
    assert run(cli, ["check", bank, "--no-cache"]).exit_code == 0
    assert not cache.exists()
    assert run(cli, ["check", bank]).exit_code == 0
    assert "4 entries" in run(cli, ["cache", "info"]).output
    assert run(cli, ["build", bank, "-o", str(tmp_path / "out")]).exit_code == 0
    assert run(cli, ["cache", "clear"]).exit_code == 0
    assert not cache_info(cache).bytes
    assert clear_cache(cache)


def test_other_settings_are_other_results(tmp_path: Path) -> None:
    """The fingerprint has the settings in it."""
    bank, cache = small(tmp_path), tmp_path / "cache"
    warm(bank, tmp_path / "out", cache)
    entries = cache_info(cache).entries
    write(bank / "bank.yaml", (bank / "bank.yaml").read_text() + as_yaml({"allow": ["source-year"]}))
    warm(bank, tmp_path / "out", cache)
    assert cache_info(cache).entries == entries + 3


def test_a_full_disk_is_no_problem(tmp_path: Path) -> None:
    """What does not fit is not kept, without a word, and what was kept before is still there."""
    with Store(tmp_path) as store:
        store.put(b"first", b"v")
    with Store(tmp_path) as store:
        assert store._connection is not None
        store._connection.execute("PRAGMA max_page_count = 5")
        for number in range(12):
            store.put(b"%d" % number, os.urandom(1_000_000))
        assert store.get(b"nothing") is None
    with Store(tmp_path) as store:
        assert store.get(b"first") == b"v"
        assert store.get(b"11") is None


def test_large_results_are_written_while_the_run_goes_on(tmp_path: Path) -> None:
    """They are not held until its end, and can be had at once."""
    with Store(tmp_path) as store:
        for number in range(9):
            store.put(b"%d" % number, os.urandom(1_000_000))
        assert not store._new
        assert len(store.get(b"8") or b"") == 1_000_000
