"""`ankiexport lock`, `build --locked`, and what builds say of the lock."""

import json
from pathlib import Path

import pytest
from banks import FIRST_TIME, files_in, make_bank, question, questions, read_package
from click.testing import CliRunner, Result

from ankiexport.cli.app import cli
from ankiexport.pipeline import build_bank

OLD = questions("one", question("alpha"), question("beta"))
NEW = questions("one", question("alpha"), question("gamma", question="Quite another thing?"))


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bank of two questions that was built."""
    monkeypatch.chdir(tmp_path)
    root = make_bank(tmp_path, {"a.yaml": OLD})
    build_bank(root, tmp_path / "dist", now=FIRST_TIME)
    return root


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def _line(lock: Path, key: str) -> str:
    lines = lock.read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if line.startswith(f'{{"note":"{key}"'))


def test_the_state_of_a_lock(bank: Path, tmp_path: Path) -> None:
    assert run("lock").output == "2 notes shipped, the last change 2025-10-09 08:53 UTC\n"
    (bank / "a.yaml").write_text(NEW)
    build_bank(bank, tmp_path / "dist", now=FIRST_TIME + 60)
    assert run("lock").output == "2 notes shipped, the last change 2025-10-09 08:54 UTC\nretired: beta\n"
    (bank / "bank.lock").unlink()
    assert run("lock").output == "Nothing was shipped yet; the first build writes bank.lock\n"


def test_forgetting_ends_a_note_for_good(bank: Path, tmp_path: Path) -> None:
    (bank / "a.yaml").write_text(NEW)
    assert "1 retired" in run("build").output
    assert read_package(tmp_path / "dist" / "small-bank.apkg").note("beta").tags == ("retired",)
    assert run("lock", "--forget", "beta").exit_code == 0
    assert "beta" not in (bank / "bank.lock").read_text(encoding="utf-8")
    assert run("build").exit_code == 0
    assert set(read_package(tmp_path / "dist" / "small-bank.apkg").by_key) == {"alpha", "gamma"}


def test_retiring_says_that_it_is_no_rename(bank: Path) -> None:
    (bank / "a.yaml").write_text(OLD.replace("id: beta", "id: betas"))
    assert "[renamed-id]" in run("build").output
    assert run("lock", "--retire", "beta").exit_code == 0
    said = run("build").output
    assert "1 added, 1 retired, 1 unchanged" in said


@pytest.mark.parametrize("option", ["--forget", "--retire"])
@pytest.mark.parametrize(
    ("key", "message"),
    [("alpha", '"alpha" is in the bank'), ("alphas", "did you mean alpha?"), ("zzz", "was ever shipped")],
)
def test_only_what_is_gone_is_forgotten(option: str, key: str, message: str, bank: Path) -> None:
    before = files_in(bank)
    result = run("lock", option, key)
    assert result.exit_code == 2
    assert message in result.stderr
    assert files_in(bank) == before


def test_a_bank_that_cannot_be_read_forgets_nothing(bank: Path) -> None:
    (bank / "b.yaml").write_text("level: one\nquestions: [\n")
    before = files_in(bank)
    result = run("lock", "--forget", "beta")
    assert result.exit_code == 1
    assert "[yaml-syntax]" in result.stderr
    assert files_in(bank) == before


def test_a_conflict_is_repaired_by_command(bank: Path, tmp_path: Path) -> None:
    lock = bank / "bank.lock"
    whole, line = lock.read_text(encoding="utf-8"), _line(lock, "beta")
    (bank / "a.yaml").write_text(OLD.replace("It is beta.", "It is beta!"))
    build_bank(bank, tmp_path / "dist", now=FIRST_TIME + 5)
    later = _line(lock, "beta")
    assert later != line
    lock.write_text(
        whole.replace(line, f"<<<<<<< ours\n{line}\n=======\n{later}\n>>>>>>> theirs"), encoding="utf-8"
    )
    assert run("lock").exit_code == 1
    assert "[lock-conflict]" in run("build").stderr
    assert run("lock", "--repair").exit_code == 0
    assert lock.read_text(encoding="utf-8") == whole.replace(line, later)
    assert "nothing changes" in run("build").output
    assert run("lock", "--repair").exit_code == 0


def test_a_corrupt_lock_is_not_repaired_by_guessing(bank: Path) -> None:
    lock = bank / "bank.lock"
    lock.write_bytes(lock.read_bytes()[:-40])
    before = files_in(bank)
    for command in (["lock"], ["lock", "--repair"], ["build"], ["build", "--locked"], ["check"]):
        result = run(*command)
        assert result.exit_code == 1, command
        assert "[lock-corrupt]" in result.output
        assert files_in(bank) == before


def test_a_lock_that_is_gone_is_missed(bank: Path) -> None:
    (bank / "bank.lock").unlink()
    assert "warning[lock-missing]" in run("build").stderr
    assert "lock-missing" not in run("build").stderr


def test_a_build_tells_what_changed(bank: Path) -> None:
    assert "nothing changes" in run("build").output
    (bank / "a.yaml").write_text(OLD.replace("It is alpha.", "It is alpha!"))
    stale = run("build", "--locked")
    assert stale.exit_code == 1
    assert 'bank/a.yaml:3:7: error[lock-stale]: "alpha" is changed since the last build' in stale.stderr
    changes = json.loads(run("build", "--json").output)["changes"]
    assert {change: count for change, count in changes.items() if count} == {"changed": 1, "unchanged": 1}
    assert run("build", "--locked").exit_code == 0


def test_a_declared_schema_change_comes_with_its_settings(bank: Path, tmp_path: Path) -> None:
    own = bank / "card_templates" / "question"
    own.mkdir(parents=True)
    shipped = Path(__file__).parent.parent / "card_templates" / "question" / "note_type.yaml"
    text = shipped.read_text(encoding="utf-8")
    text = text.replace("templates:\n", "  - {id: 900, name: More, source: empty.html}\ntemplates:\n")
    (own / "note_type.yaml").write_text(text, encoding="utf-8")
    assert "[schema-changed]" in run("build").stderr
    (own / "note_type.yaml").write_text(
        text.replace("schema_version: 1", "schema_version: 2"), encoding="utf-8"
    )
    for _ in range(2):
        assert "tick *Merge note types* and set *Update notes* to *Always*" in run("build").output
        manifest = json.loads((tmp_path / "dist" / "manifest.json").read_text(encoding="utf-8"))
        assert manifest["import_settings"]["merge_notetypes"] is True
        assert manifest["import_settings"]["update_notes"] == "always"
        decks = read_package(tmp_path / "dist" / "small-bank.apkg").decks
        assert "Merge note types" in decks["Small bank"]["desc"]
