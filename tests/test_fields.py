"""The fields of a note: as good as a tuple of their texts, wherever they are held."""

import errno
import pickle
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from io import FileIO
from pathlib import Path

import pytest
from banks import files_in, make_bank, question, questions
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from ankiexport import build_bank, check_bank
from ankiexport.cli.app import cli
from ankiexport.fields import SEPARATOR, Fields, Spool, joined_fields

TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters=SEPARATOR)), min_size=1)


def spool_of(held: int) -> Spool:
    """Return a spool that holds so many bytes in memory."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ankiexport.fields.HELD_BYTES", held)
        return Spool()


def on_the_disk(texts: Sequence[str], spool: Spool | None = None) -> Fields:
    """Return fields that a spool has taken."""
    fields = Fields.of(texts)
    fields.put_away(spool or spool_of(0))
    return fields


@given(texts=TEXTS, other=TEXTS, start=st.integers(-3, 9), end=st.integers(-3, 9))
def test_fields_are_as_good_as_a_tuple(texts: list[str], other: list[str], start: int, end: int) -> None:
    expected = tuple(texts)
    for fields in (Fields.of(texts), on_the_disk(texts)):
        assert fields == expected
        assert expected == fields
        assert hash(fields) == hash(expected)
        assert repr(fields) == repr(expected)
        assert len(fields) == len(expected)
        assert [*fields] == texts
        assert [*reversed(fields)] == texts[::-1]
        assert fields[start:end] == expected[start:end]
        assert [fields[place] for place in range(-len(texts), len(texts))] == texts * 2
        assert (fields == tuple(other)) is (texts == other)
        assert (fields == Fields.of(other)) is (texts == other)
        assert fields != texts
        assert joined_fields(fields) == joined_fields(expected)
        assert pickle.loads(pickle.dumps(fields)) == fields  # noqa: S301 - they are this test's own
        with pytest.raises(IndexError):
            fields[len(texts)]


@given(many=st.lists(TEXTS), held=st.integers(0, 200))
def test_what_is_put_away_is_what_was_there(many: list[list[str]], held: int) -> None:
    spool = spool_of(held)
    kept = [on_the_disk(texts, spool) for texts in many]
    for fields in kept:
        # Once more is no harm.
        fields.put_away(spool)
    assert [[*fields] for fields in reversed(kept)] == many[::-1]


def test_several_threads_may_read_at_once() -> None:
    spool = spool_of(0)
    kept = [on_the_disk([str(number) * 500, "x"], spool) for number in range(300)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda number: kept[number % 300][0], range(3_000)))
    assert found == [str(number % 300) * 500 for number in range(3_000)]


def test_fields_stay_in_memory_where_nothing_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_options: object) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    assert on_the_disk(["front", "back"]) == ("front", "back")


def test_what_cannot_be_written_once_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def full(**_options: object) -> None:
        tried.append(1)
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    spool = spool_of(0)
    kept = [on_the_disk(["front", str(number)], spool) for number in range(9)]
    assert kept == [("front", str(number)) for number in range(9)]
    assert len(tried) == 1


class Worn(FileIO):
    """A file on a disk that takes what is written, but does not give it back."""

    def read(self, _size: int | None = -1, /) -> bytes:
        """Fail as such a disk does."""
        raise OSError(errno.EIO, "Input/output error")


class Shortened(FileIO):
    """A file that has lost what was at its end."""

    def read(self, _size: int | None = -1, /) -> bytes:
        """Read as from a file that ends here."""
        return b""


@pytest.mark.parametrize("kind", [Worn, Shortened])
@pytest.mark.parametrize("command", [["check"], ["build", "--out", "out"]])
def test_fields_that_cannot_be_read_again_end_a_run_with_a_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: type[FileIO], command: list[str]
) -> None:
    bank = make_bank(tmp_path, {"one.yaml": questions("one", question("a"), question("b"))})
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_options: kind(tmp_path / "spool", "w+"))
    monkeypatch.setattr("ankiexport.fields.HELD_BYTES", 0)
    monkeypatch.chdir(tmp_path)
    found = CliRunner().invoke(cli, [*command, str(bank), "--no-cache"])
    assert (found.exit_code, found.output.count("Error: ")) == (1, 1), found.output
    assert "cannot read the temporary file" in found.output
    assert not (bank / "bank.lock").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_fields_stay_in_memory_where_the_disk_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    full = Path("/dev/full")
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **options: full.open("r+b", **options))
    assert on_the_disk(["front", "back"]) == ("front", "back")


@pytest.mark.parametrize("jobs", [1, 2])
def test_packages_are_the_same_wherever_fields_are_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int
) -> None:
    files = {
        f"{level}-{number}.yaml": questions(level, *(question(f"{level}-{number}{name}") for name in "abc"))
        for level in ("one", "two")
        for number in range(4)
    }
    bank = make_bank(tmp_path, files)
    (tmp_path / "temp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temp"))
    held = check_bank(bank)
    build_bank(bank, tmp_path / "held", now=1_000_000)
    lock = (bank / "bank.lock").read_bytes()
    (bank / "bank.lock").unlink()
    monkeypatch.setattr("ankiexport.fields.HELD_BYTES", 0)
    checked = check_bank(bank, jobs=jobs)
    assert (checked.outline, checked.contents, checked.basis) == (held.outline, held.contents, held.basis)
    build_bank(bank, tmp_path / "put away", now=1_000_000, jobs=jobs)
    assert files_in(tmp_path / "put away") == files_in(tmp_path / "held")
    assert (bank / "bank.lock").read_bytes() == lock
    assert [*(tmp_path / "temp").iterdir()] == []
