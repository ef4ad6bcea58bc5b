"""What Git knows of a bank: its revisions, its files in them, and all of it in a temporary folder.

Only commands that write nothing are run.
"""

import os
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ankiexport.errors import AnkiExportError

# Set by Git for its hooks, these would lead away from the repository that the bank is in.
_HOOK_VARIABLES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")


class NoRepositoryError(AnkiExportError):
    """A bank is not in a Git repository, or there is no Git."""

    def __init__(self, root: Path, reason: str) -> None:
        """Name the bank's folder and the reason."""
        super().__init__(f"{root.as_posix()} is not in a Git repository that can be read: {reason}")


class UnknownRevisionError(AnkiExportError):
    """A revision was named that the repository does not have."""

    def __init__(self, revision: str) -> None:
        """Quote it, and say how a package would be named."""
        super().__init__(
            f'the Git repository has no revision "{revision}". '
            "Name a commit, branch or tag, or a package whose name ends in .apkg"
        )


class GitError(AnkiExportError):
    """A command of Git has failed."""

    def __init__(self, command: str, reason: str) -> None:
        """Name the command, and pass on what Git says."""
        super().__init__(f"git {command} failed: {reason}")


class Repository:
    """The Git repository that a bank is in."""

    def __init__(self, root: Path) -> None:
        """Find the repository of the bank in a folder; raises `NoRepositoryError`."""
        self._root = root
        try:
            found = self._run("rev-parse", "--show-toplevel", "--show-prefix")
        except GitError as error:
            raise NoRepositoryError(root, str(error)) from error
        top, prefix = os.fsdecode(found).split("\n")[:2]
        self._top = Path(top)
        self._prefix = prefix.strip("/")

    def commit(self, revision: str) -> str:
        """Return the hash of the commit that a revision names; raises `UnknownRevisionError`."""
        # What begins with a hyphen would be an option.
        if not revision or revision.startswith("-"):
            raise UnknownRevisionError(revision)
        try:
            found = self._run("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
        except GitError as error:
            raise UnknownRevisionError(revision) from error
        return found.decode().strip()

    def last_change(self, commit: str, name: str) -> str | None:
        """Return the commit that last changed a file of the bank, as seen from another one."""
        return self._run("log", "-1", "--format=%H", commit, "--", name).decode().strip() or None

    def read(self, commit: str, name: str) -> bytes | None:
        """Return the bytes of a file of the bank in a commit, or None if it is not there."""
        if not self._run("ls-tree", "--name-only", commit, "--", name):
            return None
        return self._run("cat-file", "blob", f"{commit}:./{name}")

    @contextmanager
    def checked_out(self, commit: str) -> Iterator[Path]:
        """Give the bank as it was in a commit, in a temporary folder, with card templates beside it."""
        beside = Path(self._prefix).parent / "card_templates"
        paths = [
            path for path in (self._prefix, beside.as_posix()) if self._prefix and self._has(commit, path)
        ]
        with tempfile.TemporaryDirectory(prefix="ankiexport-plan-") as scratch:
            archive, folder = Path(scratch) / "tree.zip", Path(scratch) / "tree"
            output = f"--output={archive}"
            self._run("archive", "--format=zip", "-0", output, commit, "--", *paths, cwd=self._top)
            with zipfile.ZipFile(archive) as packed:
                packed.extractall(folder)
            yield folder / self._prefix

    def _has(self, commit: str, path: str) -> bool:
        return bool(self._run("ls-tree", "--name-only", commit, "--", path, cwd=self._top))

    def _run(self, *arguments: str, cwd: Path | None = None) -> bytes:
        environment = {key: value for key, value in os.environ.items() if key not in _HOOK_VARIABLES}
        # In English, and a path is a path even if it holds a star.
        environment |= {"LC_ALL": "C", "GIT_LITERAL_PATHSPECS": "1", "GIT_OPTIONAL_LOCKS": "0"}
        try:
            done = subprocess.run(  # noqa: S603
                ["git", *arguments],  # noqa: S607
                cwd=cwd or self._root,
                env=environment,
                capture_output=True,
                check=False,
            )
        except OSError as error:
            raise GitError(arguments[0], f"cannot run git ({error.strerror or error})") from error
        if done.returncode:
            reason = os.fsdecode(done.stderr).strip() or f"exit code {done.returncode}"
            raise GitError(arguments[0], reason)
        return done.stdout
