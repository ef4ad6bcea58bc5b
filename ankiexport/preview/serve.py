"""Serving a preview on this machine: the server, the watch over files, and the check after each change."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import uvicorn
from watchfiles import awatch

from ankiexport.card_templates import template_folders
from ankiexport.errors import PortInUseError
from ankiexport.preview.checking import found_by_check
from ankiexport.preview.guard import names
from ankiexport.preview.live import Preview
from ankiexport.preview.news import News
from ankiexport.preview.server import application

LOCAL = "127.0.0.1"

# An editor may write a file in several steps; a person does not notice this pause.
_STEP_MS = 20
_DEBOUNCE_MS = 60
_CLOSING_SECONDS = 1


def serve(root: Path, *, port: int = 0, mathjax: Path | None, started: Callable[[str], None]) -> None:
    """Serve the preview of a bank until the user ends it; `started` is told its address.

    Port 0 stands for any that is free. Raises `PortInUseError`.
    """
    with _listening(port) as listener, contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(Preview(root), listener, mathjax, started))


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
        await uvicorn.Server(settings).serve([listener])
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _tell(port: int, started: Callable[[str], None]) -> None:
    # The socket listens already: a browser that is faster than the server waits.
    await asyncio.to_thread(started, f"http://{LOCAL}:{port}/")


async def _watch(preview: Preview, news: News) -> None:
    """Renew the snapshot when files change, and check it; a check of what is past is given up."""
    folders = [preview.root, *template_folders(preview.root)]
    checking = asyncio.create_task(_check(preview, news))
    try:
        async for _ in awatch(*folders, debounce=_DEBOUNCE_MS, step=_STEP_MS):
            checking.cancel()
            await asyncio.to_thread(preview.refresh)
            news.ring()
            checking = asyncio.create_task(_check(preview, news))
    finally:
        checking.cancel()
        await asyncio.gather(checking, return_exceptions=True)


async def _check(preview: Preview, news: News) -> None:
    revision = preview.snapshot.revision
    found = await found_by_check(preview.root)
    if found is not None and preview.complete(revision, found):
        news.ring()


@contextlib.contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        # Without it the port of a preview that has just ended is taken for a minute.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOCAL, port))
            listener.listen()
        except OSError as error:
            raise PortInUseError(port, error) from error
        yield listener
