"""An extra that deflates faster changes neither what a package holds nor, with `--locked`, any of its bytes."""

import json
import shutil
import sys
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from random import Random
from types import ModuleType
from typing import cast

import pytest
from anki_bench import opened
from banks import files_in, make_bank, question, questions
from hypothesis import given, settings
from hypothesis import strategies as st
from runs import run
from test_rebuilding import TEXTS, Edit, assert_as_without_a_cache, at_random, bank_in

from ankiexport import deflaters
from ankiexport.deflaters import ZLIB, Deflater, deflater_for
from ankiexport.formats.zip_parts import inflate


class StandIn(ModuleType):
    """Something like zlib that gives other bytes, for those who have not installed the extra."""

    @staticmethod
    def compressobj(level: int, method: int, wbits: int) -> object:
        return zlib.compressobj(9 - level, method, wbits)

    @staticmethod
    def crc32(data: bytes) -> int:
        return zlib.crc32(data)


STAND_IN = StandIn("stand_in")


def install(patch: pytest.MonkeyPatch, module: ModuleType | None) -> None:
    """Let the program find this module, or none, where it looks for the extra."""
    patch.setattr("ankiexport.deflaters._isal", lambda: module)


@pytest.fixture
def isal(monkeypatch: pytest.MonkeyPatch) -> Deflater:
    """What deflates where the extra is installed; it is, for developers."""
    install(monkeypatch, cast("ModuleType", pytest.importorskip("isal.isal_zlib")))
    return deflater_for(locked=False)


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a bank that was built without the extra, with a cache of its own."""
    monkeypatch.setenv("ANKIEXPORT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1760000000")
    install(monkeypatch, None)
    bank_in(tmp_path)
    assert run(tmp_path, "build", "bank").code == 0
    return tmp_path


def test_the_extra_is_used_where_it_is_installed(isal: Deflater) -> None:
    assert isal.name == "isal"
    assert deflater_for(locked=True) is ZLIB


def test_without_the_extra_all_is_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    deflaters._isal.cache_clear()
    monkeypatch.setitem(sys.modules, "isal", None)
    assert deflater_for(locked=False) is ZLIB
    deflaters._isal.cache_clear()


@given(st.lists(st.binary(max_size=5_000), max_size=5))
def test_parts_may_be_of_either(parts: Sequence[bytes]) -> None:
    """Any part can be replaced by what another has deflated, and all together are one text."""
    deflaters._isal.cache_clear()
    both = (ZLIB, deflater_for(locked=False))
    packed, checksums = [], []
    for number, part in enumerate(parts):
        data, checksum = both[number % 2].deflated(part)
        packed.append(data)
        checksums.append(checksum)
    assert [inflate(part) for part in packed] == list(parts)
    assert zlib.decompress(b"".join(packed) + b"\3\0", -zlib.MAX_WBITS) == b"".join(parts)
    assert checksums == [zlib.crc32(part) for part in parts]


def test_packages_hold_the_same_in_fewer_bytes(isal: Deflater, tmp_path: Path) -> None:
    assert isal
    files = [questions("one", *(question(f"q{at}", answer=f"It is {at}. " * 50) for at in range(300)))]
    bank = make_bank(tmp_path, {"a.yaml": files[0]})
    assert run(tmp_path, "build", "bank", "-o", "fast", "--no-cache").code == 0
    assert run(tmp_path, "build", "bank", "-o", "usual", "--no-cache", "--locked").code == 0
    fast, usual = (json.loads((tmp_path / name / "manifest.json").read_text()) for name in ("fast", "usual"))
    assert bank.is_dir()
    for one, other in zip(fast["packages"], usual["packages"], strict=True):
        assert one["sha256"] != other["sha256"]
        assert one["content_sha256"] == other["content_sha256"]
        with (
            zipfile.ZipFile(tmp_path / "fast" / one["file"]) as archive,
            zipfile.ZipFile(tmp_path / "usual" / other["file"]) as reference,
        ):
            assert archive.testzip() is None
            assert archive.namelist() == reference.namelist()
            assert all(archive.read(name) == reference.read(name) for name in archive.namelist())


def test_anki_takes_packages_and_edits_of_them(isal: Deflater, tmp_path: Path) -> None:
    assert isal
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANKIEXPORT_CACHE_DIR", str(tmp_path / "cache"))
        patch.setenv("SOURCE_DATE_EPOCH", "1760000000")
        bank_in(tmp_path)
        run(tmp_path, "build", "bank")
        with opened(tmp_path / "learner") as learner:
            assert learner.import_package(tmp_path / "dist/small-bank.apkg").new == 37
            patch.setenv("SOURCE_DATE_EPOCH", "1760000100")
            at_random("Well.")(tmp_path / "bank", Random(1))
            assert "1 changed" in run(tmp_path, "build", "bank").output
            told = learner.import_package(tmp_path / "dist/small-bank.apkg")
            assert (told.new, told.updated) == (0, 1)


def test_locked_packages_are_those_of_a_machine_without_the_extra(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the next build writes its own again, from which one after an edit begins."""
    usual = files_in(work / "dist")
    install(monkeypatch, STAND_IN)
    assert run(work, "build", "bank").code == 0
    fast = files_in(work / "dist")
    assert all(fast[name] != usual[name] for name in usual)
    assert run(work, "build", "bank", "--locked").code == 0
    assert files_in(work / "dist") == usual
    assert run(work, "build", "bank").code == 0
    assert files_in(work / "dist") == fast


def test_an_edit_goes_on_only_from_packages_of_the_same_kind(
    work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parts that zlib has deflated are not copied into a package that the extra would deflate."""
    install(monkeypatch, STAND_IN)
    for number, before in enumerate((["build"], ["build", "build --locked"], []), start=1):
        for command in before:
            assert run(work, command.split()[0], "bank", *command.split()[1:]).code == 0
        monkeypatch.setenv("SOURCE_DATE_EPOCH", str(1_760_000_000 + number))
        at_random("Well.")(work / "bank", Random(number))
        told = assert_as_without_a_cache(work, tmp_path / f"plain-{number}", "build", "bank")
        assert "1 changed" in told.output


@settings(max_examples=8, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([None, STAND_IN]),
            st.sampled_from([(), (), ("--locked",), ("--level", "one"), ("--level", "one", "--locked")]),
            st.sampled_from([None, *TEXTS]),
        ),
        min_size=2,
        max_size=6,
    ),
    st.randoms(use_true_random=False),
)
def test_whatever_was_built_by_which_a_cache_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory,
    steps: Sequence[tuple[ModuleType | None, tuple[str, ...], Edit | None]],
    random: Random,
) -> None:
    folder = tmp_path_factory.mktemp("deflated")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANKIEXPORT_CACHE_DIR", str(folder / "cache"))
        bank_in(folder / "warm")
        for number, (module, options, edit) in enumerate(steps):
            install(patch, module)
            patch.setenv("SOURCE_DATE_EPOCH", str(1_760_000_000 + number))
            if edit:
                edit(folder / "warm/bank", random)
            without = folder / f"without-{number}"
            shutil.copytree(folder / "warm", without)
            told = assert_as_without_a_cache(
                folder / "warm", folder / f"plain-{number}", "build", "bank", *options
            )
            if "--locked" in options:
                install(patch, None)
                if "--level" not in options:
                    assert told == run(without, "build", "bank", *options)
                    assert files_in(folder / "warm/dist") == files_in(without / "dist")
