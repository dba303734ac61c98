"""Runs of workflows and their jobs, which need `actions: read`; and the switch of a workflow."""

from collections.abc import Iterator
from itertools import islice

from edgefleet.github import schemas as wire
from edgefleet.github.models import WorkflowJob, WorkflowRun
from edgefleet.github.repository import GitHub

MAX_RUNS = 200
"""How many runs, from the newest one, are searched for unfinished ones."""


def workflow_run(github: GitHub, number: int) -> WorkflowRun | None:
    """Return a run of this repository; None where there is none of this number."""
    schema = github.api.find(f"{github.path}/actions/runs/{number}", wire.RunSchema)
    return _run(schema) if schema else None


def unfinished_runs(github: GitHub, workflow: str) -> Iterator[WorkflowRun]:
    """Yield the newest runs of a workflow's file that have not ended."""
    path = f"{github.path}/actions/workflows/{workflow}/runs"
    newest = github.api.pages(path, wire.RunSchema, key="workflow_runs")
    for schema in islice(newest, MAX_RUNS):
        if schema.status != "completed":
            yield _run(schema)


def jobs_of(github: GitHub, run: int) -> list[WorkflowJob]:
    """Return the jobs of a run, of all of its attempts, newest attempt first."""
    path = f"{github.path}/actions/runs/{run}/jobs?filter=all"
    return [
        WorkflowJob(
            id=one.id,
            name=one.name,
            status=one.status,
            conclusion=one.conclusion or "",
            url=one.html_url or "",
        )
        for one in github.api.pages(path, wire.Job, key="jobs")
    ]


def switch_workflow(github: GitHub, file: str, *, on: bool) -> None:
    """Switch a workflow on or off, with its schedule. Needs `actions: write`.

    https://docs.github.com/rest/actions/workflows#disable-a-workflow
    """
    word = "enable" if on else "disable"
    github.api.send("PUT", f"{github.path}/actions/workflows/{file}/{word}")


def _run(schema: wire.RunSchema) -> WorkflowRun:
    return WorkflowRun(
        id=schema.id,
        status=schema.status or "",
        path=schema.path.partition("@")[0],
        branch=schema.head_branch or "",
        commit=schema.head_sha,
        title=schema.display_title,
        url=schema.html_url,
    )
