"""What notes say: the same wherever it is held, in memory or on the disk."""

import errno
import pickle
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from copy import copy, deepcopy
from dataclasses import replace
from io import FileIO
from pathlib import Path

import pytest
from banks import BuiltBank, files_in, make_bank, question, questions
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from ankiexport import build_bank, check_bank
from ankiexport.cli.app import cli
from ankiexport.examination.examiner import Examined
from ankiexport.examination.put_away import put_away
from ankiexport.fields import SEPARATOR, Fields, joined_fields
from ankiexport.lock.entries import content_digest
from ankiexport.notes import NoteContent
from ankiexport.spool import Spool

TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters=SEPARATOR)), min_size=1)


def spool_of(held: int) -> Spool:
    """Return a spool that holds so many bytes in memory."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ankiexport.spool.HELD_BYTES", held)
        return Spool()


def content_of(texts: Iterable[str]) -> NoteContent:
    """Return a content with fields."""
    return NoteContent("key", "question", Fields.of(texts), ("a", "b"), "one", is_fact=False, ords=(0,))


def on_the_disk(content: NoteContent, spool: Spool | None = None) -> NoteContent:
    """Return a content of which a spool has taken what is long."""
    (found,) = put_away(Examined((), (content,), ()), spool or spool_of(0)).contents
    return found


@given(texts=TEXTS, other=TEXTS, start=st.integers(-3, 9), end=st.integers(-3, 9))
def test_fields_are_as_good_as_a_tuple(texts: list[str], other: list[str], start: int, end: int) -> None:
    expected = tuple(texts)
    for fields in (Fields.of(texts), on_the_disk(content_of(texts)).fields):
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
        assert fields != [*texts]  # type: ignore[comparison-overlap]
        assert joined_fields(fields) == joined_fields(expected)
        assert pickle.loads(pickle.dumps(fields)) == fields  # noqa: S301 - they are this test's own
        with pytest.raises(IndexError):
            fields[len(texts)]


@given(many=st.lists(TEXTS), held=st.integers(0, 200))
def test_what_is_put_away_is_what_was_there(many: list[list[str]], held: int) -> None:
    spool = spool_of(held)
    kept = [on_the_disk(content_of(texts), spool) for texts in many]
    # Once more is no harm.
    kept = [on_the_disk(content, spool) for content in kept]
    assert [[*content.fields] for content in reversed(kept)] == many[::-1]


@pytest.fixture(scope="module")
def contents(first_bank: BuiltBank) -> list[NoteContent]:
    """The contents of the first bank, as they are when all of them are in memory."""
    return [*check_bank(first_bank.bank).contents]


def test_a_content_is_the_same_wherever_it_is_held(contents: list[NoteContent]) -> None:
    spool = spool_of(0)
    away = [on_the_disk(content, spool) for content in contents]
    assert not any(type(content) is NoteContent for content in away)
    for content, other in zip(contents, [*contents[1:], contents[0]], strict=True):
        found = away[contents.index(content)]
        assert found == content
        assert content == found
        assert found != other
        assert found != away[contents.index(other)]
        assert (hash(found), repr(found)) == (hash(content), repr(content))
        # What has no part in comparisons.
        assert found.position == content.position
        assert content.digests
        assert found.digests
        assert found.digests[:2] == content.digests[:2]
        assert content_digest(found) == content_digest(content)
        assert found.sorting
        assert found.sorting == content.sorting


def test_a_copy_of_a_content_holds_all(contents: list[NoteContent]) -> None:
    content, found = contents[0], on_the_disk(contents[0])
    for copied in (replace(found), pickle.loads(pickle.dumps(found)), copy(found), deepcopy(found)):  # noqa: S301 - they are this test's own
        assert type(copied) is NoteContent
        assert copied == content
    changed = replace(found, fields=Fields.of(["other"]))
    assert changed == replace(content, fields=Fields.of(["other"]))
    assert content_digest(changed) != content_digest(content)


def test_several_threads_may_read_at_once() -> None:
    spool = spool_of(0)
    kept = [on_the_disk(content_of([str(number) * 500, "x"]), spool) for number in range(300)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda number: kept[number % 300].fields[0], range(3_000)))
    assert found == [str(number % 300) * 500 for number in range(3_000)]


def test_fields_stay_in_memory_where_nothing_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_options: object) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    assert on_the_disk(content_of(["front", "back"])).fields == ("front", "back")


def test_what_cannot_be_written_once_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def full(**_options: object) -> None:
        tried.append(1)
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    spool = spool_of(0)
    kept = [on_the_disk(content_of(["front", str(number)]), spool) for number in range(9)]
    assert [content.fields for content in kept] == [("front", str(number)) for number in range(9)]
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
    monkeypatch.setattr("ankiexport.spool.HELD_BYTES", 0)
    monkeypatch.chdir(tmp_path)
    found = CliRunner().invoke(cli, [*command, str(bank), "--no-cache"])
    assert (found.exit_code, found.output.count("Error: ")) == (1, 1), found.output
    assert "cannot read the temporary file" in found.output
    assert not (bank / "bank.lock").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_fields_stay_in_memory_where_the_disk_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    full = Path("/dev/full")
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **options: full.open("r+b", **options))
    assert on_the_disk(content_of(["front", "back"])).fields == ("front", "back")


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
    monkeypatch.setattr("ankiexport.spool.HELD_BYTES", 0)
    monkeypatch.setattr("ankiexport.stamped_notes.HELD_NOTES", 0)
    monkeypatch.setattr("ankiexport.formats.collection_rows.HELD_CARDS", 0)
    checked = check_bank(bank, jobs=jobs)
    assert (checked.outline, checked.contents, checked.basis) == (held.outline, held.contents, held.basis)
    build_bank(bank, tmp_path / "put away", now=1_000_000, jobs=jobs)
    assert files_in(tmp_path / "put away") == files_in(tmp_path / "held")
    assert (bank / "bank.lock").read_bytes() == lock
    assert [*(tmp_path / "temp").iterdir()] == []
