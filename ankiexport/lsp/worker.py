"""A thread for what takes longer than a moment, so that the editor is answered meanwhile."""

import asyncio
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


class Worker:
    """Does one job after the other. Its thread ends with the process, whatever it is doing."""

    def __init__(self, name: str) -> None:
        """Start the thread."""
        self._jobs: SimpleQueue[Callable[[], None]] = SimpleQueue()
        Thread(target=self._work, name=name, daemon=True).start()

    async def run(self, job: Callable[[], T]) -> T:
        """Return what a job returns, or raise what it raises."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def finish(result: T | None, error: BaseException | None) -> None:
            if future.cancelled():
                return
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(result)  # type: ignore[arg-type]

        def work() -> None:
            result, problem = None, None
            try:
                result = job()
            except Exception as error:  # noqa: BLE001 - raised again where the result is awaited
                problem = error
            if not loop.is_closed():
                loop.call_soon_threadsafe(finish, result, problem)

        self._jobs.put(work)
        return await future

    def _work(self) -> None:
        while True:
            self._jobs.get()()
