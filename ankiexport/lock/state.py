"""The lock at work: that of a bank as it lies in its folder, and the time of a build."""

import os
import re
import time
from datetime import UTC, datetime
from pathlib import Path

from ankiexport.diagnostics import Diagnostic, Position
from ankiexport.errors import BuildTimeError
from ankiexport.lock.entries import Lock
from ankiexport.lock.file import LOCK_FILE, read_lock
from ankiexport.lock.pending import with_pending
from ankiexport.question import LoadedBank

_DAY_SECONDS = 86_400
# The last second of the year 9999: beyond it there is no date to show.
_LAST_SECOND = 253_402_300_799


def current_lock(loaded: LoadedBank) -> tuple[Lock | None, list[Diagnostic]]:
    """Return what was shipped from a bank, also by a build that was killed; None if the lock is refused."""
    bank = loaded.bank
    lock, problems = read_lock(bank.root / LOCK_FILE, bank.namespace)
    return (None if lock is None else with_pending(lock, loaded)), problems


def build_time() -> int:
    """Return the time of a build in whole seconds since 1970: `SOURCE_DATE_EPOCH`, or the clock's.

    Raises `BuildTimeError`.
    """
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if not given:
        return int(time.time())
    if not re.fullmatch(r"[0-9]{1,12}", given) or int(given) > _LAST_SECOND:
        raise BuildTimeError(given)
    return int(given)


def missing_lock(root: Path) -> list[Diagnostic]:
    """Return a warning when a bank that was built before has no lock."""
    if (root / LOCK_FILE).exists():
        return []
    message = "packages of this bank were built before, but there is no lock: every note counts as changed"
    advice = "if there was one, take it back from Git; if not, commit the one that is written now"
    return [Diagnostic(Position((root / LOCK_FILE).as_posix()), "lock-missing", message, advice)]


def is_ahead(latest: int) -> bool:
    """Tell whether a time, in seconds since 1970, has not come yet, and not only because clocks differ."""
    return latest > time.time() + _DAY_SECONDS


def clock_problems(latest: int, root: Path) -> list[Diagnostic]:
    """Return a warning when the latest time in the lock, in seconds since 1970, has not come."""
    if not is_ahead(latest):
        return []
    date = datetime.fromtimestamp(latest, UTC).date().isoformat()
    message = (
        f"the lock holds a time in the future ({date}): this machine's clock is wrong, or another one was"
    )
    advice = "set the clock; if the lock has shipped, learners' own edits are safe again from that day on"
    return [Diagnostic(Position((root / LOCK_FILE).as_posix()), "lock-clock", message, advice)]
