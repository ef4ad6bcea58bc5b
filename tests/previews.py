"""A preview as its user starts it, and what it answers."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

_ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/")
_PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server says to a request."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def json(self) -> Any:
        """The body as data."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Server:
    """A preview that runs."""

    port: int

    @property
    def address(self) -> str:
        """The address that the user is told."""
        return f"http://127.0.0.1:{self.port}/"

    def get(
        self, path: str, /, headers: dict[str, str] | None = None, method: str = "GET", **parameters: object
    ) -> Answer:
        """Ask for something."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE_SECONDS)
        given = f"?{urlencode(parameters)}" if parameters else ""
        try:
            connection.putrequest(method, f"/{path}{given}", skip_host=bool(headers and "Host" in headers))
            for name, value in (headers or {}).items():
                connection.putheader(name, value)
            connection.endheaders()
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, found, response.read())
        finally:
            connection.close()

    def wait_for(self, true: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait until the status is as it should be, and return it."""
        ends = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < ends:
            status: dict[str, Any] = self.get("status").json
            if true(status):
                return status
            time.sleep(0.02)
        message = f"the preview did not come so far: {status}"
        raise AssertionError(message)

    def checked(self) -> dict[str, Any]:
        """Wait until everything that a check finds is known, and return the status."""
        return self.wait_for(lambda status: not status["checking"])


@contextmanager
def served(bank: Path, *options: str) -> Iterator[Server]:
    """Start the preview of a bank as a command, and end it as Ctrl+C does."""
    command = [sys.executable, "-m", "ankiexport", "preview", str(bank), "--no-browser", *options]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        # A server that never tells its address must not stop the tests for ever.
        patience = threading.Timer(_PATIENCE_SECONDS, process.kill)
        patience.start()
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            found = _ADDRESS.search(process.stdout.readline())
            patience.cancel()
            assert found, process.stderr.read()
            yield Server(int(found[1]))
        finally:
            patience.cancel()
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                try:
                    process.wait(_PATIENCE_SECONDS)
                except subprocess.TimeoutExpired:
                    process.kill()
                    raise
        assert process.stderr.read() == ""
        assert process.returncode == 0
