"""Let a rollback wait for a deploy of its target that is under way, and for no other.

A rollback is in another concurrency group, for a deploy that waits for its reviewer holds that
of deploys. So what GitHub would else see to is asked here: is a job at work on this target? It is
the cheap first gate; where both hold the shared lock, the lock decides.
"""

import time
from collections.abc import Callable, Iterator

from edgefleet.actions.github_actions import annotate
from edgefleet.config.target import Target
from edgefleet.errors import TargetBusyError
from edgefleet.github.models import WorkflowJob, WorkflowRun
from edgefleet.github.repository import GitHub
from edgefleet.github.runs import jobs_of, unfinished_runs
from edgefleet.locks.models import Lock

AT_WORK = {"in_progress", "queued"}
"""Of a job that works or is about to; one that waits for a reviewer is `waiting`, one that waits
for others of its group `pending` (https://docs.github.com/rest/actions/workflow-jobs)."""

WITH_WRANGLER = " with wrangler"
"""Ends the name of a shard's job that takes no shared lock."""

LONGEST_SECONDS = 45 * 60.0
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 10.0, 60.0


def wait_for_deploys(
    github: GitHub,
    target: Target,
    *,
    workflow: str = "deploy.yml",
    holder: Callable[[], Lock | None] | None = None,
    sleep: Callable[[float], None] = time.sleep,
    now: Callable[[], float] = time.monotonic,
) -> None:
    """Return when no deploy works on a target, or when the lock tells more than GitHub.

    `workflow` is the file of the workflow that deploys. `holder` looks up who holds the shared lock
    of the target, where this job can take it. A deploy that holds it is not waited for: the
    rollback takes the lock over. Nor is a shard that takes it: which targets it works on, the lock
    says.
    Raises `TargetBusyError` where a deploy goes on for too long; and, where one of the two takes
    no shared lock, where a shard is at work in the target's environment.
    """
    until = now() + LONGEST_SECONDS
    wait = FIRST_WAIT_SECONDS
    while found := next(_at_work(github, target, workflow, shards=holder is None), None):
        run, job = found
        if holder is not None and _holds(run, holder()):
            return
        if job.name.startswith("shard ") or now() + wait > until:
            raise TargetBusyError(
                f"{target}: the job '{job.name}' of run {run.id} is at work: {job.url or run.url}",
                hint=f"wait for it, or end it (it restores): gh run cancel {run.id};"
                " then run this again",
            )
        annotate("notice", str(target), f"waiting for the job '{job.name}' of run {run.id}")
        sleep(wait)
        wait = min(2 * wait, LONGEST_WAIT_SECONDS)


def _holds(run: WorkflowRun, lock: Lock | None) -> bool:
    return lock is not None and (lock.run_url or "").endswith(f"/actions/runs/{run.id}")


def _at_work(
    github: GitHub, target: Target, workflow: str, *, shards: bool
) -> Iterator[tuple[WorkflowRun, WorkflowJob]]:
    for run in unfinished_runs(github, workflow):
        for job in jobs_of(github, run.id):
            if job.status in AT_WORK and _concerns(job.name, target, shards=shards):
                yield run, job


def _concerns(name: str, target: Target, *, shards: bool) -> bool:
    """Whether a job of this name may change a target, by the names that waves.py gives."""
    ends = (f" of {target.environment}{WITH_WRANGLER}", f" of {target.environment}")
    shard = name.startswith("shard ") and name.endswith(ends if shards else ends[0])
    return shard or name == f"deploy {target}"
