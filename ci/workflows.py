"""Workflows and composite actions as rules see them: jobs, what starts them, what they wait for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

WORKFLOWS = ".github/workflows/*.yml"
ACTIONS = ".github/actions/*/action.yml"

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

    def called(self, job: Job, others: Sequence["Workflow"]) -> "Workflow | None":
        """Return the workflow of this repository that a job calls."""
        path = str(job.get("uses", "")).removeprefix("./")
        return next((other for other in others if other.file == path), None)


def load(root: Path, pattern: str = WORKFLOWS) -> list[Workflow]:
    """Read files of a repository; a composite action is taken for a workflow of one job."""
    loaded = (
        (file, yaml.safe_load(file.read_text("utf-8"))) for file in sorted(root.glob(pattern))
    )
    return [
        Workflow(
            file.relative_to(root).as_posix(),
            {"jobs": {"runs": data["runs"]}} if "runs" in data else data,
        )
        for file, data in loaded
    ]


def needs(job: Mapping[str, Any]) -> list[str]:
    """Return the jobs that a job waits for."""
    given = job.get("needs", [])
    return [given] if isinstance(given, str) else list(given)


def before(workflow: Workflow, name: str) -> set[str]:
    """Return every job that a job waits for, directly or not."""
    direct = needs(workflow.jobs[name])
    return {*direct, *(one for job in direct for one in before(workflow, job))}


def steps_with(workflow: Workflow, *actions: str) -> Iterator[tuple[str, Job, dict[str, Any]]]:
    """Yield the steps that use one of these actions, each with its job and the job's id."""
    for name, job in workflow.jobs.items():
        for step in job.get("steps", ()):
            if step.get("uses") in actions:
                yield name, job, step
