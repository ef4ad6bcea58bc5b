"""The programs that exported formats are for; a test that needs one is skipped where it is not installed.

`pip install --group formats` gives the libraries; READERS_PYTHON may name an interpreter that has them.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

import pytest

_READERS = Path(__file__).parent / "readers"
_EMACS_SETUP = Path("/usr/share/emacs/site-lisp/debian-startup.el")


def missing(reason: str) -> NoReturn:
    """Skip a test, except on continuous integration, which must have everything."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def read_with(library: str, script: str, *arguments: Path) -> Any:
    """Return the JSON that a reader prints, run where its library is installed."""
    python = os.environ.get("READERS_PYTHON", sys.executable)
    known = subprocess.run([python, "-c", f"import {library}"], check=False, capture_output=True)
    if known.returncode:
        missing(f"{library} is not installed")
    done = subprocess.run(
        [python, str(_READERS / script), *map(str, arguments)],
        check=False, capture_output=True, text=True, env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def emacs_with(library: str, env: dict[str, str]) -> list[str]:
    """Return the command of an Emacs without a window that has a library, from where the system keeps packages."""
    emacs = shutil.which("emacs")
    if emacs is None:
        missing("Emacs is not installed")
    setup = ["-l", str(_EMACS_SETUP)] if _EMACS_SETUP.is_file() else []
    command = [emacs, "--batch", *setup, "--eval", "(package-initialize)"]
    known = subprocess.run(
        [*command, "--eval", f"(require '{library})"], check=False, capture_output=True, env=env
    )
    if known.returncode:
        missing(f"{library} is not installed")
    return command


def read_with_org_drill(path: Path, home: Path) -> Any:
    """Return the entries that org-drill finds in a file."""
    env = {**os.environ, "HOME": str(home), "ORG_FILE": str(path)}
    done = subprocess.run(
        [*emacs_with("org-drill", env), "-l", str(_READERS / "org_drill_reader.el")],
        check=False, capture_output=True, text=True, env=env,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
