"""Zip files that are written part by part are read by others as any zip file."""

import io
import zipfile
import zlib
from itertools import repeat
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ankiexport.formats.zip_parts import ZipWriter, deflate, file_parts, inflate, joined_crc

PARTS = st.lists(st.binary(max_size=300), max_size=6)


@given(
    st.dictionaries(
        st.text(st.characters(min_codepoint=48, max_codepoint=900), min_size=1), PARTS, max_size=5
    )
)
def test_entries_hold_their_parts_one_after_the_other(entries: dict[str, list[bytes]]) -> None:
    target = io.BytesIO()
    writer = ZipWriter(target)
    for name, parts in entries.items():
        writer.add(name, [deflate(part) for part in parts], sum(map(len, parts)))
    writer.finish()
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == {
            name: b"".join(parts) for name, parts in entries.items()
        }


@given(st.binary(max_size=200), st.binary(max_size=4000))
def test_checksums_are_joined(first: bytes, second: bytes) -> None:
    assert joined_crc(zlib.crc32(first), zlib.crc32(second), len(second)) == zlib.crc32(first + second)


@given(st.binary(max_size=5000))
def test_a_part_stands_for_itself(data: bytes) -> None:
    part = deflate(data)
    assert inflate(part.data) == data
    assert part.size == len(data)


def test_files_are_taken_in_pieces(tmp_path: Path) -> None:
    data = bytes(range(256)) * 10_000
    (tmp_path / "file").write_bytes(data)
    parts = list(file_parts(tmp_path / "file"))
    assert b"".join(inflate(part.data) for part in parts) == data
    assert len(parts) == 3


def test_an_entry_may_have_more_than_four_gigabytes(tmp_path: Path) -> None:
    """The same part comes again and again, which costs next to nothing."""
    part, count = deflate(b"\0" * (1 << 20)), 4_100
    with (tmp_path / "large.zip").open("w+b") as target:
        writer = ZipWriter(target)
        entry = writer.add("large", repeat(part, count), count << 20)
        writer.add("small", [deflate(b"small")], 5)
        writer.finish()
    assert entry.size == count << 20
    with zipfile.ZipFile(tmp_path / "large.zip") as archive:
        assert archive.getinfo("large").file_size == count << 20
        assert archive.getinfo("large").compress_size == entry.deflated
        assert archive.read("small") == b"small"
        with archive.open("large") as large:
            assert large.read(1 << 20) == b"\0" * (1 << 20)


def test_there_may_be_more_entries_than_sixteen_bits_count(tmp_path: Path) -> None:
    with (tmp_path / "many.zip").open("w+b") as target:
        writer = ZipWriter(target)
        part = deflate(b"x")
        for number in range(66_000):
            writer.add(str(number), [part], 1)
        writer.finish()
    with zipfile.ZipFile(tmp_path / "many.zip") as archive:
        assert len(archive.namelist()) == 66_000
        assert archive.read("65999") == b"x"
