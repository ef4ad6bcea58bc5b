"""A runner for composite actions: it runs the steps of `action.yml` as GitHub would, as far as they are scripts.

Steps that use other actions are only recorded, with what they were given.
"""

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

_EXPRESSION = re.compile(r"\$\{\{\s*([\w.-]+)\s*\}\}")
_CONDITION = re.compile(r"([\w.-]+) (==|!=) '([^']*)'")


@dataclass(frozen=True, slots=True)
class Step:
    """A step that ran: its exit code, what it printed, and what it wrote into the summary."""

    code: int
    log: str
    summary: str


@dataclass(slots=True)
class Run:
    """What a run of an action did: its steps by their names, and what it gave to other actions."""

    steps: dict[str, Step] = field(default_factory=dict)
    used: dict[str, dict[str, str]] = field(default_factory=dict)
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def failed(self) -> str:
        """The step that failed, if any."""
        return next((name for name, step in self.steps.items() if step.code), "")

    @property
    def summary(self) -> str:
        """The summary of the job."""
        return "\n".join(step.summary for step in self.steps.values())


def run_action(
    folder: Path,
    workspace: Path,
    temp: Path,
    event: Mapping[str, Any],
    *,
    inputs: Mapping[str, str] | None = None,
    path: Path | None = None,
    given: Mapping[str, Mapping[str, str]] | None = None,
    without: str = "",
) -> Run:
    """Run an action in a workspace, and return what it did.

    `event` is GitHub's context. `path` is searched for programs first. `given` are outputs of steps that use other actions, by the ids of
    the steps, and `without` names a step to leave out.
    """
    action = yaml.safe_load((folder / "action.yml").read_text(encoding="utf-8"))
    defaults = {name: str(each.get("default", "")) for name, each in action["inputs"].items()}
    run = Run(outputs={key: dict(outputs) for key, outputs in (given or {}).items()})
    context = {"inputs": {**defaults, **(inputs or {})}, "github": event}
    search = [*([str(path)] if path else []), os.environ["PATH"]]
    for step in action["runs"]["steps"]:
        context["steps"] = {key: {"outputs": outputs} for key, outputs in run.outputs.items()}
        if step["name"] == without or not _holds(step.get("if", ""), context):
            continue
        if "uses" in step:
            run.used[step["uses"]] = {
                key: _filled(str(value), context) for key, value in step.get("with", {}).items()
            }
            continue
        assert step["shell"] == "bash"
        # No expression in a script: that is how foreign text becomes a command.
        assert "${{" not in step["run"]
        files = {
            name: temp / f"{name}-{len(run.steps)}"
            for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT", "GITHUB_PATH")
        }
        for file in files.values():
            file.write_text("", encoding="utf-8")
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("GITHUB_")},
            **{key: str(value) for key, value in files.items()},
            "GITHUB_ACTION_PATH": str(folder),
            "GITHUB_WORKSPACE": str(workspace),
            "GITHUB_EVENT_NAME": event["event_name"],
            "GITHUB_REF_TYPE": event["ref_type"],
            "GITHUB_REF_NAME": event["ref_name"],
            "RUNNER_TEMP": str(temp),
            "PATH": os.pathsep.join(search),
            **{key: _filled(value, context) for key, value in step.get("env", {}).items()},
        }
        done = subprocess.run(
            # As GitHub calls it.
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=workspace, env=environment, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        read = {name: file.read_text(encoding="utf-8") for name, file in files.items()}
        run.steps[step["name"]] = Step(done.returncode, done.stdout, read["GITHUB_STEP_SUMMARY"])
        if "id" in step:
            run.outputs[step["id"]] = dict(
                line.split("=", maxsplit=1) for line in read["GITHUB_OUTPUT"].splitlines()
            )
        search[:0] = read["GITHUB_PATH"].splitlines()
        if done.returncode:
            break
    return run


def _holds(condition: str, context: Mapping[str, Any]) -> bool:
    if not condition:
        return True
    found = _CONDITION.fullmatch(condition)
    assert found, condition
    return (_value(found[1], context) == found[3]) is (found[2] == "==")


def _filled(text: str, context: Mapping[str, Any]) -> str:
    filled = _EXPRESSION.sub(lambda found: _value(found[1], context), text)
    assert "${{" not in filled, text
    # A default may be an expression, too.
    return filled


def _value(name: str, context: Mapping[str, Any]) -> str:
    value: Any = context
    for part in name.split("."):
        value = value.get(part, "") if isinstance(value, Mapping) else ""
    return _filled(str(value), context) if isinstance(value, str) and "${{" in value else str(value)
