"""Workflows and composite actions as rules see them: jobs, what starts them, what they wait for."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

WORKFLOWS = ".github/workflows/*.yml"
ACTIONS = ".github/actions/*/action.yml"
"""Where they may stand; ci/workflow_files.py refuses all other places."""

SETUP = "./.github/actions/setup"
NO_CACHE = "true" if os.environ.get("ACT") else "false"
"""The input `cache` of set-up beside a token. A copy that act runs lends packages to all jobs
(ci/act_copy.py); act alone sets ACT."""

EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)

Job = dict[str, Any]


@dataclass(frozen=True)
class Workflow:
    """One file."""

    file: str
    data: dict[str, Any]

    @property
    def jobs(self) -> dict[str, Job]:
        """The jobs by id."""
        return dict(self.data.get("jobs") or {})

    @property
    def events(self) -> dict[str, Any]:
        """What starts it; YAML reads the key `on` as true."""
        keyed: dict[Any, Any] = {**self.data}
        on = keyed.get("on", keyed.get(True))
        return on if isinstance(on, dict) else {}

    @property
    def triggers(self) -> set[str]:
        """The names of what starts it, however they are written."""
        keyed: dict[Any, Any] = {**self.data}
        on = keyed.get("on", keyed.get(True)) or ()
        return {on} if isinstance(on, str) else set(on)

    def called(self, job: Job, others: Sequence["Workflow"]) -> "Workflow | None":
        """Return the workflow of this repository that a job calls."""
        path = str(job.get("uses", "")).removeprefix("./")
        return next((other for other in others if other.file == path), None)


def load(root: Path, pattern: str = WORKFLOWS) -> list[Workflow]:
    """Read files of a repository; an action is taken for a workflow of one job, `runs`."""
    return [
        Workflow(file.relative_to(root).as_posix(), _read(file))
        for file in sorted(root.glob(pattern))
    ]


def _read(file: Path) -> dict[str, Any]:
    data = yaml.load(file.read_text("utf-8"), yaml.CSafeLoader)
    if not isinstance(data, dict):
        return {}
    return {"jobs": {"runs": data["runs"]}} if "runs" in data else data


def needs(job: Mapping[str, Any]) -> list[str]:
    """Return the jobs that a job waits for."""
    given = job.get("needs", [])
    return [given] if isinstance(given, str) else list(given)


def before(workflow: Workflow, name: str) -> set[str]:
    """Return every job that a job waits for, directly or not."""
    direct = needs(workflow.jobs[name])
    return {*direct, *(one for job in direct for one in before(workflow, job))}


def steps(workflow: Workflow) -> Iterator[tuple[str, Job, dict[str, Any]]]:
    """Yield every step with its job and the job's id."""
    for name, job in workflow.jobs.items():
        for step in job.get("steps", ()):
            yield name, job, step


def steps_with(workflow: Workflow, *actions: str) -> Iterator[tuple[str, Job, dict[str, Any]]]:
    """Yield the steps that use one of these actions, each with its job and the job's id."""
    return (found for found in steps(workflow) if found[2].get("uses") in actions)


def expressions(value: object, key: object = "") -> Iterator[str]:
    """Yield what GitHub evaluates in a part of a workflow: `${{ ... }}`, and each `if`."""
    if isinstance(value, str):
        found = EXPRESSION.findall(value) if "${{" in value else ()
        yield from found or ([value] if key == "if" else ())
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from expressions(name)
            yield from expressions(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from expressions(inner)


def conjuncts(condition: object) -> Sequence[str]:
    """Return what must all be true for an `if`; one piece where it has a top-level `||`."""
    return _conjuncts(" ".join(str(condition).split()))


@cache
def _conjuncts(text: str) -> tuple[str, ...]:
    if whole := re.fullmatch(r"\$\{\{(.*)\}\}", text):
        text = whole[1]
    parts, depth, start = [], 0, 0
    for at, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0 and text.startswith("||", at):
            return (text.strip(),)
        if depth == 0 and text.startswith("&&", at):
            parts.append(text[start:at].strip())
            start = at + 2
    return (*parts, text[start:].strip())
