"""One bank in the editor: read and examined again when a text or a file changes."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ankiexport.bank_settings import BANK_FILE
from ankiexport.card_templates import known_note_types
from ankiexport.checked_bank import CheckedBank
from ankiexport.diagnostics import Diagnostic, Position
from ankiexport.editing.state import BankState
from ankiexport.live_bank.examination import Examination, checked_whole
from ankiexport.live_bank.reading import BankReader, Reading
from ankiexport.lsp.documents import Document
from ankiexport.lsp.worker import Worker

_LOG = logging.getLogger(__name__)

# A pause in typing that is long enough to look at what was typed, and the longest time without a look.
_PAUSE = 0.15
_PATIENCE = 1.0
# Where the whole check takes longer than this, it waits for a longer pause.
_SLOW = 0.5
_LONG_PAUSE = 1.0

_SEEMING = frozenset({"empty-level", "few-questions", "bank-empty"})
# Nobody waits longer for an outline.
_READING_SECONDS = 30.0

Texts = Mapping[str, Document]


@dataclass(frozen=True, slots=True)
class News:
    """A bank as it was found, and the open texts that it was found in."""

    state: BankState
    texts: Texts


class FollowedBank:
    """Follows one bank; `show` is told of everything that is found, on the event loop."""

    def __init__(self, root: Path, texts: Callable[[], Texts], show: Callable[[News], None]) -> None:
        """Begin; nothing is read before the first touch."""
        self.state = BankState(root)
        self._texts = texts
        self._show = show
        self._look_worker = Worker("bank")
        self._check_worker = Worker("check")
        self._reader = BankReader(root)
        self._examination = Examination(root)
        self._wanted = 0
        self._known = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        # What only the last whole check could find, and the files that have changed since.
        self._beyond: tuple[Diagnostic, ...] = ()
        self._changed: set[str] = set()
        self._check_seconds = 0.0

    def touch(self) -> None:
        """Look at the bank again: something has changed."""
        self._wanted += 1
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._follow())

    async def known(self) -> BankState:
        """Return what is known once the bank was read; nothing if that takes too long."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._known.wait(), _READING_SECONDS)
        return self.state

    async def _follow(self) -> None:
        done = 0
        while done != self._wanted:
            await self._calm()
            wanted = self._wanted
            try:
                await self._turn(wanted)
            except Exception:  # noqa: BLE001 - it is logged with its traceback
                # An editor needs its server; the next edit gets another chance.
                _LOG.exception("the bank %s could not be examined", self.state.root)
            done = wanted

    async def _calm(self) -> None:
        """Wait until nothing was typed for a moment."""
        loop = asyncio.get_running_loop()
        start, seen = loop.time(), -1
        while seen != self._wanted and loop.time() - start < _PATIENCE:
            seen = self._wanted
            await asyncio.sleep(_PAUSE)

    async def _turn(self, wanted: int) -> None:
        texts = self._texts()

        def is_old() -> bool:
            return self._wanted != wanted

        state = await self._look_worker.run(lambda: self._look(texts))
        self._tell(state, texts)
        if state.reading.loaded is None:
            return
        if self._check_seconds > _SLOW:
            await asyncio.sleep(_LONG_PAUSE)
        if is_old() or not await self._look_worker.run(lambda: self._examination.examine(is_old)):
            return
        examined = await self._look_worker.run(self._examination.examined)
        if examined is None or is_old():
            return
        start = asyncio.get_running_loop().time()
        checked = await self._check_worker.run(lambda: checked_whole(examined))
        self._check_seconds = asyncio.get_running_loop().time() - start
        if not is_old():
            self._beyond = tuple(set(checked.diagnostics) - set(examined.problems))
            self._changed.clear()
            found = _meant(checked.diagnostics, state.reading)
            self._tell(replace(state, diagnostics=found, gone=_gone(checked)), texts)

    def _look(self, texts: Texts) -> BankState:
        """Read what has changed, and examine what is open."""
        root = self.state.root
        try:
            reading = self._reader.read({path: document.text.normal for path, document in texts.items()})
        except OSError as error:
            return replace(self.state, diagnostics=(_unreadable(root, error),))
        self._changed |= self._reader.changed
        self._examination.follow(reading)
        self._examination.examine(lambda: False, texts)
        note_types = tuple(known_note_types(root))
        return replace(
            self.state, reading=reading, diagnostics=self._problems(reading), note_types=note_types
        )

    def _problems(self, reading: Reading) -> tuple[Diagnostic, ...]:
        """Return what is known to be wrong, with what the last check of the whole said of other files."""
        found = set(self._examination.problems())
        if reading.loaded is None:
            # Without settings nothing can be said of the questions, so what was said stands.
            settings = (self.state.root / BANK_FILE).as_posix()
            found = {one for one in found if one.position.path != settings} | set(reading.diagnostics)
        found.update(one for one in self._beyond if one.position.path not in self._changed)
        return _meant(sorted(found), reading)

    def _tell(self, state: BankState, texts: Texts) -> None:
        self.state = state
        self._known.set()
        self._show(News(state, texts))


def _meant(found: Iterable[Diagnostic], reading: Reading) -> tuple[Diagnostic, ...]:
    """Leave out what only seems wrong as long as a file cannot be read, mostly in the middle of a word."""
    return tuple(one for one in found if not (reading.stale and one.code in _SEEMING))


def _gone(checked: CheckedBank) -> tuple[str, ...]:
    if checked.lock is None or checked.outline is None:
        return ()
    return tuple(sorted(set(checked.lock.notes) - checked.outline.ids))


def _unreadable(root: Path, error: OSError) -> Diagnostic:
    message = f"the bank cannot be read: {error.strerror or error}"
    where = Position((root / BANK_FILE).as_posix())
    return Diagnostic(where, "file-unreadable", message, "check that its folder is there")
