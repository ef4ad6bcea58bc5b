"""What `ankiexport check` finds, asked of a process of its own.

A whole check takes a while in a large bank; beside it the pages stay quick, and it can be given up.
"""

import asyncio
import contextlib
import json
import sys
from pathlib import Path

from ankiexport.diagnostics import Diagnostic, Position


async def found_by_check(root: Path) -> list[Diagnostic] | None:
    """Return everything that is wrong with a bank, or None when the check itself failed."""
    # One process: those that a pool starts would outlive a check that is given up.
    # And -P: without it Python would take modules from the folder that one is in, which may be the bank.
    command = (
        sys.executable,
        "-P",
        "-m",
        "ankiexport",
        "check",
        str(root),
        "--format",
        "json",
        "--jobs",
        "1",
    )
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    try:
        return [_diagnostic(item) for item in json.loads(output)]
    except (ValueError, KeyError, TypeError):
        return None


def _diagnostic(item: dict[str, object]) -> Diagnostic:
    related = item["related"]
    return Diagnostic(
        _position(item),
        str(item["code"]),
        str(item["message"]),
        str(item["advice"]),
        tuple(_position(other) for other in related) if isinstance(related, list) else (),
    )


def _position(item: dict[str, object]) -> Position:
    return Position(str(item["path"]), int(str(item["line"])), int(str(item["column"])))
