"""Serving a preview on this machine: the server, the watch over files, and the check after each change."""

import asyncio
import contextlib
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import uvicorn

from ankiexport.changes import changes_of
from ankiexport.collector import spare_what_is_there
from ankiexport.errors import PortInUseError
from ankiexport.preview.checking import found_by_check
from ankiexport.preview.guard import names
from ankiexport.preview.live import Preview
from ankiexport.preview.news import News
from ankiexport.preview.server import application

LOCAL = "127.0.0.1"

_CLOSING_SECONDS = 1
# The pages come first: what they ask for after a change must not wait for what nobody looks at yet.
_COURTESY_SECONDS = 0.4


def serve(root: Path, *, port: int = 0, mathjax: Path | None, started: Callable[[str], None]) -> None:
    """Serve the preview of a bank until the user ends it; `started` is told its address.

    Port 0 stands for any that is free. Raises `PortInUseError`.
    """
    with _listening(port) as listener, contextlib.suppress(KeyboardInterrupt):
        preview = Preview(root)
        spare_what_is_there()
        asyncio.run(_serve(preview, listener, mathjax, started))


async def _serve(
    preview: Preview, listener: socket.socket, mathjax: Path | None, started: Callable[[str], None]
) -> None:
    port: int = listener.getsockname()[1]
    news = News()
    app = application(preview, news, names(port), mathjax)
    settings = uvicorn.Config(
        app, log_level="critical", lifespan="off", timeout_graceful_shutdown=_CLOSING_SECONDS
    )
    tasks = [asyncio.create_task(_watch(preview, news)), asyncio.create_task(_tell(port, started))]
    try:
        await _Server(settings, news).serve([listener])
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Server(uvicorn.Server):
    """Ends at once; otherwise it would wait for the pages, which listen for ever."""

    def __init__(self, config: uvicorn.Config, news: News) -> None:
        super().__init__(config)
        self._news = news
        self._loop = asyncio.get_running_loop()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._loop.call_soon_threadsafe(self._news.end)
        super().handle_exit(sig, frame)


async def _tell(port: int, started: Callable[[str], None]) -> None:
    # The socket listens already: a browser that is faster than the server waits.
    await asyncio.to_thread(started, f"http://{LOCAL}:{port}/")


async def _watch(preview: Preview, news: News) -> None:
    """Renew the snapshot when files change, and complete it; what is under way for an older one is given up."""
    stop = threading.Event()
    changes = changes_of(preview.root, stop)
    work = asyncio.create_task(_complete(preview, news))
    try:
        while await asyncio.to_thread(next, changes, None):
            work.cancel()
            await asyncio.to_thread(preview.refresh)
            news.ring()
            work = asyncio.create_task(_complete(preview, news))
    finally:
        stop.set()
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def _complete(preview: Preview, news: News) -> None:
    await asyncio.sleep(_COURTESY_SECONDS)
    await asyncio.gather(_check(preview, news), _render(preview, news))


async def _check(preview: Preview, news: News) -> None:
    snapshot = preview.snapshot
    found = await found_by_check(preview.root)
    # A check that fails, as without a bank.yaml, finds no more than is known.
    if preview.complete(snapshot.revision, snapshot.diagnostics if found is None else found):
        news.ring()


async def _render(preview: Preview, news: News) -> None:
    given_up = threading.Event()
    try:
        if await asyncio.to_thread(preview.render_all, given_up.is_set):
            news.ring()
    finally:
        given_up.set()


@contextlib.contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        # Without it the port of a preview that has just ended is taken for a minute. On Windows it means
        # something else: two programs would share the port.
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOCAL, port))
            listener.listen()
        except OSError as error:
            raise PortInUseError(port, error) from error
        yield listener
