"""Telling every open page that something has changed."""

import asyncio
from collections.abc import AsyncIterator


class News:
    """A bell that rings in all pages; used from the event loop only."""

    def __init__(self) -> None:
        """Begin with nothing to tell."""
        self._number = 0
        self._has_ended = False
        self._bell = asyncio.Event()

    def ring(self) -> None:
        """Tell all who listen that there is something new."""
        self._number += 1
        self._bell.set()
        self._bell = asyncio.Event()

    def end(self) -> None:
        """Let all go who listen: there will be nothing more to tell."""
        self._has_ended = True
        self.ring()

    async def listen(self) -> AsyncIterator[int]:
        """Yield a number at once, and another one whenever the bell rings."""
        heard = -1
        while not self._has_ended:
            while heard == self._number:
                await self._bell.wait()
            heard = self._number
            yield heard
