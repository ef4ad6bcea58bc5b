"""What Anki keeps of a note besides its fields, in the form in which a collection holds it.

It is taken when a note is rendered, so that packaging only copies it.
"""

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from functools import cache
from hashlib import sha1

from ankiexport.anki_text import without_tags
from ankiexport.notes import Sorting
from ankiexport.sqlite_records import TEXT_KINDS, Value, integer, integer_of, record

# What a number can begin with, for SQLite.
_NUMERIC = re.compile(r"[ \t\n\v\f\r]*[-+.0-9]")


def sorting_by(fields: Sequence[str], sort_field: int) -> Sorting:
    """Return what Anki sorts a note with these fields by, and the checksum of the first."""
    first = without_tags(fields[0])
    by = first if sort_field == 0 else without_tags(fields[sort_field])
    by_kind, by_data = _value(as_number(by))
    checksum = sha1(first.encode(), usedforsecurity=False).digest()[:4]
    sum_kind, sum_data = integer(int.from_bytes(checksum))
    return Sorting(_kinds(by_kind, sum_kind), by_data + sum_data, fields, sort_field)


def checksum_of(kept: tuple[bytes, bytes]) -> int:
    """Return the checksum of a note's first field, from the kinds and values that are kept of it."""
    kinds, values = kept
    return integer_of(kinds[-1], values)


@cache
def _kinds(by: bytes, checksum: bytes) -> bytes:
    """Return both kinds; there are few pairs of them, and each is held once."""
    return by + checksum


def as_number(text: str) -> Value:
    """Return a text as SQLite keeps it in a column for integers: as a number, if it reads it as one."""
    # Most texts begin with a letter.
    return _as_kept(text) if text[:1] <= "9" and _NUMERIC.match(text) else text


@cache
def _as_kept(text: str) -> Value:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE kept (value INTEGER)")
        connection.execute("INSERT INTO kept VALUES (?)", (text,))
        (value,) = connection.execute("SELECT value FROM kept").fetchone()
    kept: Value = value
    return kept


def _value(value: Value) -> tuple[bytes, bytes]:
    if isinstance(value, str):
        data = value.encode()
        return TEXT_KINDS[len(data)], data
    # After the length, and a kind of one byte.
    data = record([value])
    return data[1:2], data[2:]
