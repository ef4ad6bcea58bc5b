"""Databases that are written page by page are whole for SQLite, and hold what was put into them."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ankiexport.formats.sqlite_columns import column_of, records_of
from ankiexport.formats.sqlite_pages import Rows, empty_table, first_page, leaves_of, rows_in
from ankiexport.formats.sqlite_trees import index_tree, table_tree
from ankiexport.sorting import as_number
from ankiexport.sqlite_records import integer, record, varint, varints

# The smallest that there is, so that few rows make many pages.
SIZE = 512
TABLE = "CREATE TABLE kept (id INTEGER PRIMARY KEY, number INTEGER, text TEXT)"
INDEX = "CREATE INDEX by_number ON kept (number)"
SOME = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)

INTEGERS = st.integers(-(2**63), 2**63 - 1) | st.sampled_from(
    [sign * (2**bits + more) for bits in (0, 7, 15, 23, 31, 47) for more in (-1, 0, 1) for sign in (-1, 1)]
)
Kept = tuple[int, int, str]


def database(kept: Sequence[Kept]) -> bytes:
    """Return a database with one table of rows, which come in the order of their keys, and an index."""
    entries = [record(entry) for entry in sorted((number, key) for key, number, _text in kept)]
    root, others = index_tree(entries, SIZE, 4)
    number = 4 + len(others)
    rows = [(key, record([None, value, text])) for key, value, text in kept]
    leaves = leaves_of(Rows.of(rows), SIZE, lambda pages: number + (pages if pages > 1 else 0))
    pages = list(leaves.pages) if len(leaves.pages) > 1 else []
    children = [(number + at, last) for at, last in enumerate(leaves.last)]
    pages += [leaves.overflow[at : at + SIZE] for at in range(0, len(leaves.overflow), SIZE)]
    table = leaves.pages[0] if leaves.pages else empty_table(SIZE)
    if len(children) > 1:
        table, between = table_tree(children, SIZE, number + len(pages))
        pages += between
    schema = (("table", "kept", "kept", 2, TABLE), ("index", "by_number", "kept", 3, INDEX))
    first = first_page(schema, SIZE, number + len(pages) - 1)
    return b"".join((first, table, root, *others, *pages))


def assert_holds(kept: Sequence[Kept], path: Path) -> None:
    """Write a database, and have SQLite check it, read it, look things up in it, and change it."""
    path.write_bytes(database(kept))
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("SELECT * FROM kept ORDER BY id").fetchall() == sorted(kept)
        by_number = connection.execute(
            "SELECT id FROM kept INDEXED BY by_number ORDER BY number, id"
        ).fetchall()
        assert by_number == [(key,) for _number, key in sorted((row[1], row[0]) for row in kept)]
        for key, _number, text in kept[::17]:
            assert connection.execute("SELECT text FROM kept WHERE id = ?", (key,)).fetchone() == (text,)
        connection.execute("UPDATE kept SET text = text || 'x', number = number / 2")
        connection.execute("DELETE FROM kept WHERE id % 3 = 0")
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 30, 31, 32, 33, 200, 3_000])
def test_tables_and_indexes_of_any_size_are_whole(count: int, tmp_path: Path) -> None:
    """The largest has three levels in both trees."""
    kept = [
        (1_600_000_000_000 + 7919 * number, number * 37 % 50, "é" * (number % 90)) for number in range(count)
    ]
    assert_holds(kept, tmp_path / "kept.db")


@pytest.mark.parametrize("length", range(440, 520))
def test_rows_about_as_long_as_a_page_are_whole(length: int, tmp_path: Path) -> None:
    kept = [(1, 5, "a" * length), (2, 6, "b" * (length * 3)), (3, 7, "")]
    assert_holds(kept, tmp_path / "kept.db")
    assert_holds(kept[:1], tmp_path / "kept.db")


@given(
    st.lists(st.tuples(INTEGERS, INTEGERS, st.text(max_size=700)), unique_by=lambda row: row[0], max_size=60)
)
@SOME
def test_any_rows_are_whole(tmp_path: Path, kept: list[Kept]) -> None:
    kept = sorted((key, number, text.replace("\0", "")) for key, number, text in kept)
    kept = [
        (key, number, "".join(c for c in text if not 0xD800 <= ord(c) < 0xE000)) for key, number, text in kept
    ]
    assert_holds(kept, tmp_path / "kept.db")


@given(st.lists(st.tuples(INTEGERS, st.binary(max_size=400)), unique_by=lambda row: row[0], min_size=1))
@SOME
def test_rows_are_read_as_they_were_written(rows: list[tuple[int, bytes]]) -> None:
    """Not those that go on at another page."""
    leaves = leaves_of(Rows.of(sorted(rows)), SIZE, lambda pages: pages)
    assert list(rows_in(b"".join(leaves.pages), SIZE)) == sorted(rows)


@given(INTEGERS)
def test_integers_take_nine_bytes_at_most(value: int) -> None:
    assert len(integer(value)[1]) <= 8
    assert 1 <= len(varint(value)) <= 9


# Ids as Anki has them, for which there is a shorter way, and any others.
COLUMNS = st.one_of(
    [
        st.lists(values, min_size=1, max_size=40)
        for values in (
            st.integers(1 << 40, 1 << 41),
            st.integers((1 << 31) - 2, (1 << 31) + 2) | st.integers((1 << 47) - 2, (1 << 47) + 2),
            st.integers((1 << 35) - 2, (1 << 35) + 2) | st.integers((1 << 42) - 2, (1 << 42) + 2),
            st.integers(0, 2),
            INTEGERS,
        )
    ]
)


@given(st.lists(COLUMNS, min_size=1, max_size=5), st.booleans())
def test_rows_by_columns_are_those_that_are_made_one_by_one(columns: list[list[int]], alike: bool) -> None:
    count = min(map(len, columns))
    columns = [[column[0]] * count if alike else column[:count] for column in columns]
    made = records_of([column_of(column) for column in columns], count)
    assert made == [record(row) for row in zip(*columns, strict=True)]


@given(COLUMNS)
def test_numbers_of_variable_length_are_the_same_all_at_once(numbers: list[int]) -> None:
    assert list(varints(numbers)) == [varint(number) for number in numbers]


@pytest.mark.parametrize("count", [0, 1, 40, 41, 42, 43, 1_700, 1_720, 1_721, 1_722, 1_800])
@pytest.mark.parametrize("first", [1 << 40, 1])
def test_indexes_whose_entries_are_of_one_length_are_whole(count: int, first: int, tmp_path: Path) -> None:
    """With pages full to the last entry, too, and with entries of several lengths."""
    kept = [(first * (number + 1) % (1 << 62), 7, "") for number in range(count)]
    assert_holds(sorted(set(kept)), tmp_path / "kept.db")


def test_a_schema_that_is_longer_than_a_page_is_refused() -> None:
    """Then the size of pages of small packages has to grow."""
    with pytest.raises(ValueError, match="longer than a page"):
        first_page([("table", "kept", "kept", 2, "x" * SIZE)], SIZE, 2)


@given(st.text(st.sampled_from(" \t\n0123456789+-.eExX_a"), max_size=8) | st.text(max_size=3))
@SOME
def test_texts_that_read_as_numbers_are_kept_as_sqlite_keeps_them(text: str) -> None:
    text = "".join(c for c in text if not 0xD800 <= ord(c) < 0xE000)
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE kept (value INTEGER)")
        connection.execute("INSERT INTO kept VALUES (?)", (text,))
        (value,) = connection.execute("SELECT value FROM kept").fetchone()
    found = as_number(text)
    assert (type(found), found) == (type(value), value)
