"""The GitHub action: its steps, run as scripts on real repositories, with a stand-in for what talks to GitHub."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from actions import Run, run_action
from banks import REPOSITORY, make_bank, question, questions
from markdown_it import MarkdownIt

from ankiexport.pipeline import build_bank

FIRST, SECOND = 1_760_000_000, 1_770_000_000
ACTION: dict[str, Any] = yaml.safe_load((REPOSITORY / "action.yml").read_text(encoding="utf-8"))
ARTIFACT = "https://github.example/artifacts/7"


def git(folder: Path, *arguments: str) -> str:
    """Run Git in a folder, and return what it prints."""
    author = ["-c", "user.name=Author", "-c", "user.email=author@example.org"]
    done = subprocess.run(
        ["git", *author, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


class Project:
    """A repository with a bank on a host, and a shallow checkout of it, as a workflow has it."""

    def __init__(self, folder: Path) -> None:
        """Make the repository, with two questions that were built."""
        self.folder = folder
        self.source = folder / "source"
        self.source.mkdir()
        git(self.source, "init", "--quiet", "--initial-branch", "main")
        self.write(question("a"), question("b"))
        self.base = self.commit("Begin", at=FIRST)

    @property
    def bank(self) -> Path:
        """The bank."""
        return self.source / "bank"

    def write(self, *items: dict[str, object]) -> None:
        """Write the questions of the bank."""
        make_bank(self.source, {"a.yaml": questions("one", *items)})

    def commit(self, message: str, *, at: int | None) -> str:
        """Commit all, built at a time or not."""
        if at:
            assert not build_bank(self.bank, self.folder / "packages", now=at).has_errors
        git(self.source, "add", "--all")
        git(self.source, "commit", "--quiet", "--allow-empty", "--message", message)
        return git(self.source, "rev-parse", "HEAD")

    def checkout(self) -> Path:
        """Return a shallow checkout of the newest commit, which knows nothing of earlier ones."""
        work = self.folder / "work"
        git(self.folder, "clone", "--quiet", "--depth=1", self.source.as_uri(), str(work))
        return work

    def programs(self) -> Path:
        """Return a folder with `ankiexport`, and with a `gh` that writes down what it is asked for."""
        folder = self.folder / "bin"
        folder.mkdir(exist_ok=True)
        for name, script in (
            ("ankiexport", f'exec "{sys.executable}" -m ankiexport "$@"'),
            ("gh", f'echo "$GH_TOKEN: $*" >> "{self.folder}/gh.log"; [ "$2" != view ]'),
        ):
            (folder / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
            (folder / name).chmod(0o755)
        return folder

    def run(self, name: str, ref: str = "main", *, full: bool = False, **inputs: str) -> Run:
        """Run the action on an event; `full` installs the program and takes pictures, as it is done in earnest."""
        temp = self.folder / "temp"
        temp.mkdir(exist_ok=True)
        details: dict[str, Any] = {"before": self.base}
        if name == "pull_request":
            details["pull_request"] = {"base": {"sha": self.base}}
        event = {
            "event_name": name,
            "ref_type": "tag" if ref.startswith("v") else "branch",
            "ref_name": ref,
            "token": "secret",
            "event": details,
        }
        given = {"python": {"python-path": sys.executable}, "upload": {"artifact-url": ARTIFACT}}
        return run_action(
            REPOSITORY,
            self.checkout(),
            temp,
            event,
            inputs=inputs if full else {"pictures": "false", **inputs},
            path=self.programs(),
            given=given if full else None,
            without="" if full else "Install ankiexport",
        )


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A repository with a bank of two questions."""
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    return Project(tmp_path)


def test_a_pull_request_gets_its_plan_and_its_cards(project: Project) -> None:
    """The base is fetched into the shallow checkout; the summary shows plan and cards, and packages are built."""
    project.write(question("a"), question("b", answer="**Another** answer."), question("c"))
    project.commit("Change", at=SECOND)
    run = project.run("pull_request")
    assert not run.failed, run.steps
    assert run.outputs["base"]["revision"] == project.base
    assert "1 note added" in run.summary
    assert "1 note changed" in run.summary
    # A hash in short, and once.
    assert run.summary.count(project.base[:12]) == 2
    assert project.base not in run.summary
    assert "2 cards differ from" in run.summary
    assert "<strong>Another</strong> answer." in run.summary
    packages = project.folder / "work" / run.outputs["build"]["packages"]
    assert (packages / "manifest.json").is_file()
    assert not (project.folder / "gh.log").exists()


@pytest.mark.browser
def test_the_action_as_it_is_run_in_earnest(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Installed by its own script, apart from all else, it takes pictures, which become an artifact."""
    monkeypatch.delenv("PYTHONPATH")
    (project.programs() / "ankiexport").unlink()
    monkeypatch.setattr(project, "programs", lambda: project.folder / "bin")
    project.write(question("a", answer="It costs $x^2$."), question("b"))
    project.commit("Change", at=SECOND)
    run = project.run("pull_request", full=True)
    assert not run.failed, run.steps
    assert list(run.used) == ["actions/setup-python@v6", "actions/upload-artifact@v7"]
    uploaded = run.used["actions/upload-artifact@v7"]
    assert uploaded["name"] == "cards-before-and-after"
    assert {path.name for path in Path(uploaded["path"]).iterdir()} == {"a-1.png", "index.html"}
    assert f"]({ARTIFACT})" in run.summary


def test_errors_become_annotations_and_end_the_run(project: Project) -> None:
    """They name the file and the line; nothing is built."""
    project.write(question("a"), question("a"))
    project.commit("Break", at=None)
    run = project.run("pull_request")
    assert run.failed == "Check the bank"
    assert "::error file=bank/a.yaml,line=6,col=7,title=duplicate-id::" in run.steps["Check the bank"].log
    assert "The bank has problems" in run.summary


def test_strict_lets_warnings_fail(project: Project) -> None:
    """As `check --strict` does; else they are annotations alone."""
    project.write(question("a", question="Is it so?"), question("b"))
    project.commit("Ask", at=SECOND)
    run = project.run("pull_request")
    assert not run.failed
    assert "::warning file=bank/a.yaml" in run.steps["Check the bank"].log
    (project.folder / "work").rename(project.folder / "first")
    assert project.run("pull_request", strict="true").failed == "Check the bank"


def test_a_lock_that_is_not_up_to_date_fails_after_the_plan(project: Project) -> None:
    """A reviewer sees the plan all the same; without `locked` it is built."""
    project.write(question("a"), question("b", answer="Another."))
    project.commit("Forget the lock", at=None)
    run = project.run("pull_request")
    assert run.failed == "Build the packages"
    assert "1 note changed" in run.summary
    assert "The packages were not built" in run.summary
    (project.folder / "work").rename(project.folder / "first")
    assert not project.run("pull_request", locked="false").failed


def test_a_push_is_compared_with_what_was_there_before(project: Project) -> None:
    """A branch that is new has nothing before it: then the plan is since the last build."""
    project.write(question("a"))
    project.commit("Remove", at=SECOND)
    run = project.run("push")
    assert run.outputs["base"]["revision"] == project.base
    assert "1 note retired" in run.summary
    (project.folder / "work").rename(project.folder / "first")
    project.base = "0" * 40
    run = project.run("push")
    assert not run.failed
    assert run.outputs["base"]["revision"] == ""
    assert "Nothing changes for learners" in run.summary


def test_a_bank_that_is_new_is_shown_whole(project: Project) -> None:
    """A base without a bank is no error."""
    git(project.source, "mv", "bank", "moved")
    project.base = project.commit("Another place", at=None)
    git(project.source, "mv", "moved", "bank")
    project.commit("Add a bank", at=None)
    run = project.run("pull_request")
    assert not run.failed, run.steps
    assert "2 cards differ from" in run.summary
    assert "2 added" in run.summary


def test_a_base_with_errors_does_not_fail_the_change_that_mends_it(project: Project) -> None:
    """Its cards cannot be compared, which is said; the rest goes on."""
    project.write(question("a"), question("a"))
    project.base = project.commit("Break", at=None)
    project.write(question("a"), question("b"))
    project.commit("Mend", at=None)
    run = project.run("pull_request")
    assert not run.failed, run.steps
    assert "The cards cannot be compared" in run.summary


def test_a_base_that_cannot_be_fetched_is_left_out(project: Project) -> None:
    """As after a forced push: the plan is since the last build, with a warning."""
    project.base = "1" * 40
    run = project.run("push")
    assert not run.failed, run.steps
    assert "::warning::" in run.steps["Find what to compare with"].log
    (project.folder / "work").rename(project.folder / "first")
    assert project.run("push", against="--upload-pack=x").failed == "Find what to compare with"


@pytest.mark.parametrize("there", [False, True], ids=["no release yet", "a release"])
def test_a_tag_attaches_the_packages_to_its_release(project: Project, *, there: bool) -> None:
    """The release is made if there is none; the packages and the manifest come with it."""
    if there:
        monkey = project.programs
        (monkey() / "gh").write_text(
            f'#!/bin/sh\necho "$GH_TOKEN: $*" >> "{project.folder}/gh.log"\n', encoding="utf-8"
        )
        project.programs = lambda: project.folder / "bin"  # type: ignore[method-assign]
    run = project.run("release" if there else "push", "v1.0")
    assert not run.failed, run.steps
    lines = (project.folder / "gh.log").read_text(encoding="utf-8").splitlines()
    assert [line.split()[:4] for line in lines] == [
        ["secret:", "release", "view", "v1.0"],
        *([] if there else [["secret:", "release", "create", "v1.0"]]),
        ["secret:", "release", "upload", "v1.0"],
    ]
    assert {"dist/small-bank.apkg", "dist/manifest.json", "--clobber"} <= set(lines[-1].split())
    (project.folder / "gh.log").unlink()
    (project.folder / "work").rename(project.folder / "first")
    assert not project.run("push", "v1.0", release="false").failed
    assert not (project.folder / "gh.log").exists()


def test_what_a_stranger_writes_stays_text(project: Project) -> None:
    """No command for the runner, no element in the summary, and among the cards no mention."""
    evil = "::error::owned\n::add-mask::a\n</td></table></details><script>alert(1)</script>\n\n# @everyone <b onclick=alert(1)>b</b> <a href=javascript:alert(1)>a</a> `x` |"
    project.write(question("a", question=f"How so?\n\n{evil}", answer=evil), question("b"))
    project.commit("Attack", at=SECOND)
    run = project.run("pull_request")
    assert not run.failed, run.steps
    lines = [line.lstrip() for step in run.steps.values() for line in step.log.splitlines()]
    commands = [line for line in lines if line.startswith("::")]
    assert [line for line in commands if not line.startswith("::warning file=bank/")] == []
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(run.summary)
    assert not re.search(r"<script|onclick|<a |javascript", html)
    assert html.count("<details>") == html.count("</details>") == html.count("<summary>")
    assert "@everyone" not in run.steps["Show changed cards"].summary


def test_the_action_uses_official_actions_by_major_version() -> None:
    """Others would run with the token of the job."""
    used = [step["uses"] for step in ACTION["runs"]["steps"] if "uses" in step]
    assert all(re.fullmatch(r"actions/[a-z-]+@v[0-9]+", name) for name in used)


def test_every_input_is_used_and_documented() -> None:
    """And every expression names an input, an output or a part of the event that is there."""
    text = (REPOSITORY / "action.yml").read_text(encoding="utf-8")
    used = set(re.findall(r"\$\{\{ inputs\.(\w+) \}\}", text))
    page = (REPOSITORY / "docs" / "pull-requests.md").read_text(encoding="utf-8")
    assert used == set(ACTION["inputs"])
    for name in (*ACTION["inputs"], *ACTION["outputs"]):
        assert f"`{name}`" in page, name


def test_workflows_in_the_docs_ask_for_no_more_than_they_need() -> None:
    """Only what releases may write, and no workflow runs with the rights of the base on a stranger's change."""
    page = (REPOSITORY / "docs" / "pull-requests.md").read_text(encoding="utf-8")
    workflows = [
        workflow
        for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
        if isinstance(workflow := yaml.safe_load(block), dict) and "jobs" in workflow
    ]
    assert len(workflows) == 2
    for workflow in workflows:
        # YAML 1.1 reads "on" as true.
        events = workflow[True]
        assert "pull_request_target" not in events
        rights = workflow["permissions"]
        assert rights == (
            {"contents": "write"} if "tags" in (events.get("push") or {}) else {"contents": "read"}
        )
        for step in (step for job in workflow["jobs"].values() for step in job["steps"]):
            assert set(step.get("with", {})) <= {*ACTION["inputs"], "fetch-depth"}
