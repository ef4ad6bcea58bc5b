"""The cache's file: values by the digest of all that they depend on, in one SQLite database for all banks.

Nothing that goes wrong here may stop a run: what cannot be read is not there, and what cannot be written is not
kept. A database that is damaged is replaced, a single value that is damaged is no value.
"""

import contextlib
import os
import sqlite3
import time
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from platformdirs import user_cache_path

FOLDER_VARIABLE = "ANKIEXPORT_CACHE_DIR"
FILE = "cache.sqlite"
MAX_BYTES = 1_000_000_000
# What goes first when it becomes too large has not been used for longest; days are exact enough.
_DAY_SECONDS = 86_400
_KEEP_SHARE = 0.8
_CHECK_BYTES = 16
# So much is held until it is written.
_WAITING_BYTES = 8_000_000

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS entries (key BLOB PRIMARY KEY, day INTEGER, size INTEGER, value BLOB) STRICT"
)


def cache_folder() -> Path:
    """Return the folder of the cache: that of `ANKIEXPORT_CACHE_DIR`, or the user's."""
    given = os.environ.get(FOLDER_VARIABLE)
    return Path(given) if given else user_cache_path("ankiexport")


@dataclass(slots=True)
class Store:
    """The cache in a folder, used as a context manager; what was put is written at the end of it."""

    folder: Path
    max_bytes: int = MAX_BYTES
    _connection: sqlite3.Connection | None = None
    _new: dict[bytes, bytes] = field(default_factory=dict)
    _used: set[bytes] = field(default_factory=set)
    _waiting: int = 0

    def __enter__(self) -> Self:
        """Open the database; one that cannot be opened is an empty one."""
        for _attempt in range(2):
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                self._connection = sqlite3.connect(self.folder / FILE, timeout=5, isolation_level=None)
                self._connection.execute("PRAGMA journal_mode = WAL").fetchone()
                self._connection.execute("PRAGMA synchronous = NORMAL")
                self._connection.execute(_SCHEMA)
                self._connection.execute("SELECT key, day, size, value FROM entries LIMIT 0")
            except (sqlite3.Error, OSError) as error:
                self._close()
                if not _is_damage(error) or not clear_cache(self.folder):
                    break
            else:
                break
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what was put, also after an error: each value stands for itself."""
        self._flush()
        self._close()

    def get(self, key: bytes) -> bytes | None:
        """Return the value of a key, if it is there and whole."""
        if key in self._new:
            return self._new[key]
        if self._connection is None:
            return None
        try:
            row = self._connection.execute("SELECT value, day FROM entries WHERE key = ?", (key,)).fetchone()
        except sqlite3.Error:
            return None
        if row is None or not isinstance(row[0], bytes):
            return None
        value = row[0][_CHECK_BYTES:]
        if row[0][:_CHECK_BYTES] != _check(value):
            return None
        if row[1] != _today():
            self._used.add(key)
        return value

    def put(self, key: bytes, value: bytes) -> None:
        """Keep a value under a key."""
        self._new[key] = value
        self._waiting += len(value)
        if self._waiting > _WAITING_BYTES:
            self._flush()

    def _flush(self) -> None:
        """Write what was put; where that fails, as on a full disk, the run goes on without a cache."""
        try:
            if self._connection is not None and (self._new or self._used):
                self._write(self._connection)
        except sqlite3.Error:
            self._close()
        self._new.clear()
        self._used.clear()
        self._waiting = 0

    def _write(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        rows = ((key, _today(), len(value), _check(value) + value) for key, value in self._new.items())
        connection.executemany("INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?)", rows)
        connection.executemany(
            "UPDATE entries SET day = ? WHERE key = ?", ((_today(), key) for key in self._used)
        )
        self._shrink(connection)
        connection.execute("COMMIT")

    def _shrink(self, connection: sqlite3.Connection) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        (page,) = connection.execute("PRAGMA page_size").fetchone()
        if pages * page <= self.max_bytes:
            # Adding up all sizes takes its time.
            return
        (size,) = connection.execute("SELECT coalesce(sum(size), 0) FROM entries").fetchone()
        if size <= self.max_bytes:
            return
        rows = connection.execute("SELECT key, size FROM entries ORDER BY day, rowid").fetchall()
        for key, own in rows:
            if size <= self.max_bytes * _KEEP_SHARE:
                break
            connection.execute("DELETE FROM entries WHERE key = ?", (key,))
            size -= own

    def _close(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
        self._connection = None


class CacheInfo(NamedTuple):
    """How much the cache holds, and how many bytes its file has."""

    folder: Path
    entries: int
    bytes: int


def cache_info(folder: Path) -> CacheInfo:
    """Return how much the cache in a folder holds."""
    files = [path for path in _files(folder) if path.is_file()]
    entries = 0
    if files:
        with (
            contextlib.suppress(sqlite3.Error),
            contextlib.closing(sqlite3.connect(folder / FILE)) as connection,
        ):
            (entries,) = connection.execute("SELECT count(*) FROM entries").fetchone()
    return CacheInfo(folder, entries, sum(path.stat().st_size for path in files))


def clear_cache(folder: Path) -> bool:
    """Remove the cache in a folder; tell whether it is gone."""
    with contextlib.suppress(OSError):
        for path in _files(folder):
            path.unlink(missing_ok=True)
        return True
    return False


def _is_damage(error: Exception) -> bool:
    """Tell a file that is no cache from one that is locked, or cannot be opened."""
    code = getattr(error, "sqlite_errorcode", None)
    return code in {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def _files(folder: Path) -> list[Path]:
    return [folder / f"{FILE}{end}" for end in ("", "-wal", "-shm")]


def _check(value: bytes) -> bytes:
    return blake2b(value, digest_size=_CHECK_BYTES).digest()


def _today() -> int:
    return int(time.time()) // _DAY_SECONDS
