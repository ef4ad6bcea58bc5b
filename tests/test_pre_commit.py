"""The hooks for pre-commit, run by pre-commit itself."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from banks import REPOSITORY, make_bank, question, questions

HOOKS: list[dict[str, Any]] = yaml.safe_load(
    (REPOSITORY / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
)


# Beside the Python of the tests, or anywhere.
PRE_COMMIT = shutil.which(
    "pre-commit", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
)


def run(folder: Path, *command: str, code: int = 0) -> str:
    """Run a command in a folder that must end with a code, and return what it prints."""
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("GIT_")},
        "PRE_COMMIT_HOME": str(folder / ".cache"),
        "PYTHONPATH": str(REPOSITORY),
        "PATH": os.pathsep.join([str(folder / "bin"), os.environ["PATH"]]),
    }
    done = subprocess.run(
        command, cwd=folder, env=environment, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )  # fmt: skip
    assert done.returncode == code, done.stdout
    return done.stdout


def git(folder: Path, *arguments: str) -> str:
    """Run Git in a folder."""
    author = ["-c", "user.name=Author", "-c", "user.email=author@example.org"]
    return run(folder, "git", *author, *arguments).strip()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with a bank that uses the hooks of another repository, without a network."""
    if PRE_COMMIT is None:
        if os.environ.get("CI"):
            pytest.fail("pre-commit is not installed")
        pytest.skip("pre-commit is not installed")
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "ankiexport"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ankiexport "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    # Else pre-commit would install the program, and what it needs, from the registry.
    as_they_are = [{**hook, "language": "system"} for hook in HOOKS]
    (hooks / ".pre-commit-hooks.yaml").write_text(yaml.safe_dump(as_they_are), encoding="utf-8")
    git(hooks, "init", "--quiet")
    git(hooks, "add", "--all")
    git(hooks, "commit", "--quiet", "--message", "Hooks")
    make_bank(
        tmp_path, {"a.yaml": questions("one", question("a")), "b.yaml": questions("two", question("b"))}
    )
    uses = [{"id": hook["id"], "args": ["bank"]} for hook in HOOKS]
    config = {"repos": [{"repo": str(hooks), "rev": git(hooks, "rev-parse", "HEAD"), "hooks": uses}]}
    (tmp_path / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    (tmp_path / ".gitignore").write_text(".cache\nbin\nhooks\n", encoding="utf-8")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "--all")
    return tmp_path


def hook(project: Path, name: str, *files: str, code: int = 0) -> str:
    """Run one hook, on the files that are to be committed or on those given."""
    assert PRE_COMMIT is not None
    return run(project, PRE_COMMIT, "run", f"ankiexport-{name}", *files, code=code)


def test_the_hooks_pass_a_good_bank(project: Path) -> None:
    """And say nothing."""
    for name in ("check", "fix"):
        assert "Passed" in hook(project, name, "--all-files")


def test_check_fails_with_every_problem(project: Path) -> None:
    """The place stands in what pre-commit prints."""
    (project / "bank" / "b.yaml").write_text(questions("two", question("a")), encoding="utf-8")
    printed = hook(project, "check", "--all-files", code=1)
    assert "bank/b.yaml:3:7: error[duplicate-id]" in printed


def test_fix_repairs_and_fails_once(project: Path) -> None:
    """As pre-commit has it: files that a hook changed are to be looked at and added."""
    path = project / "bank" / "b.yaml"
    item = {key: value for key, value in question("b").items() if key != "id"}
    path.write_text(questions("two", item), encoding="utf-8")
    assert "files were modified by this hook" in hook(project, "fix", "--all-files", code=1)
    assert "id: what-is-b" in path.read_text(encoding="utf-8")
    git(project, "add", "--all")
    assert "Passed" in hook(project, "fix", "--all-files")


def test_the_hooks_look_at_what_belongs_to_a_bank(project: Path) -> None:
    """And at nothing else."""
    git(project, "commit", "--quiet", "--message", "Begin")
    for name, is_meant in (
        ("bank/media/a.png", True),
        ("bank/card_templates/shared/a.html", True),
        ("bank/_notes.md", True),
        ("code.py", False),
    ):
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", encoding="utf-8")
        git(project, "add", name)
        assert ("no files to check" in hook(project, "check")) is not is_meant, name
        git(project, "rm", "--quiet", "--cached", name)


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_the_entries_are_commands(hook: dict[str, Any], tmp_path: Path) -> None:
    """Each runs as it stands, with the bank's folder after it."""
    bank = make_bank(tmp_path, {"a.yaml": questions("one", question("a"))})
    program, *arguments = hook["entry"].split()
    assert program == "ankiexport"
    assert hook["language"] == "python"
    command = [sys.executable, "-m", "ankiexport", *arguments, str(bank)]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0
