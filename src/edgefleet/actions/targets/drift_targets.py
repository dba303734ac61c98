"""Select the targets of a drift check, and hand them to later jobs as matrices.

Outputs of the step: `matrix` and `count`, a job for each target in its own environment; with
batches, and beyond 256 targets in any case, `batches` and `batch_count`, many targets on a runner
in `fleet-<environment>-readonly`; and `targets` (job_outputs.py), every target that must be in a
report; `commits`, those that the job `build` builds. A target whose environment has reviewers or a
timer gets no job: a waiting job would delay each later nightly run.
"""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from edgefleet.actions.github_actions import add_summary, annotate, set_output
from edgefleet.actions.promotion.deployments import ends, live_commit
from edgefleet.actions.targets.job_outputs import targets_text
from edgefleet.actions.targets.ring_jobs import LARGEST_MATRIX, target_entry
from edgefleet.actions.targets.select_targets import (
    GUARDED,
    SkippedTarget,
    asked_for,
    drift_targets,
    environments_of,
    live_commits,
    no_environment,
)
from edgefleet.config.identifiers import READONLY
from edgefleet.config.target import Target
from edgefleet.github.deployments import recent_deployments
from edgefleet.github.environments import Environments
from edgefleet.github.repository import GitHub, github_of

BATCH = 100
"""Targets that one runner looks at, 16 at a time: about a minute besides its set-up."""


@dataclass(frozen=True)
class DriftSelection:
    """The inputs of a drift check that decide which targets it checks."""

    environment: str
    """An environment of the fleet, or all."""
    tenants: str
    """Names, globs, ring:N, tag:T, or all."""
    batches: bool = False
    """Whether each runner checks many targets."""


def select_for_drift(selection: DriftSelection) -> None:
    """Set the outputs of the step. Raises `UsageError` and `GitHubError`."""
    targets = asked_for(Path.cwd(), selection.tenants, selection.environment)
    github = github_of(os.environ) if os.environ.get("GITHUB_TOKEN") else None
    waiting = Environments(github).waiting() if github else frozenset[str]()
    alone: Sequence[Target] = ()
    together: list[dict[str, object]] = []
    skipped: list[SkippedTarget] = []
    if selection.batches or len(targets) > LARGEST_MATRIX:
        together = list(batches(targets, github, waiting))
    else:
        selected = drift_targets(targets, github, tenants=selection.tenants)
        alone, guarded = parted(selected.targets, waiting)
        skipped = [*selected.skipped, *guarded]
        targets = [*selected.targets, *selected.unreadable]
    for one in skipped:
        annotate("warning", str(one.target), f"{one.outcome}: {one.why}")
    outputs = {
        "targets": targets_text(targets),
        "matrix": json.dumps({"include": [target_entry(one, READONLY) for one in alone]}),
        "count": str(len(alone)),
        "batches": json.dumps({"include": together}),
        "batch_count": str(len(together)),
        "commits": " ".join(commits_to_build(github, alone, together)),
    }
    for name, value in outputs.items():
        set_output(name, value)
    add_summary(drift_selection_text(targets, together, skipped))


def commits_to_build(
    github: GitHub | None, alone: Sequence[Target], together: Sequence[dict[str, object]]
) -> list[str]:
    """Return the commits that a look needs: the one checked out, and those that GitHub deployed.

    What is live by other ways, such as a rollback, the look itself finds out.
    """
    here = os.environ.get("GITHUB_SHA")
    live: set[str | None] = set()
    if github and alone:
        live.update(live_commits(github, alone).values())
    if github and together:
        homes = sorted({f"fleet-{one['environment']}" for one in together})
        told = recent_deployments(github, homes, lambda some: bool(ends(some)))
        live.update(map(live_commit, told.values()))
    return list(dict.fromkeys(one for one in (here, *sorted(filter(None, live))) if one))


def parted(
    targets: Sequence[Target], waiting: frozenset[str]
) -> tuple[list[Target], list[SkippedTarget]]:
    """Return the targets that a job can look at now, and those whose environment is guarded."""
    why = f"its environment with {READONLY} has reviewers or a wait timer: take them away"
    guarded = [one for one in targets if f"{one}{READONLY}".casefold() in waiting]
    return (
        [one for one in targets if one not in guarded],
        [SkippedTarget(one, GUARDED, why) for one in guarded],
    )


def batches(
    targets: Sequence[Target], github: GitHub | None, waiting: frozenset[str]
) -> Iterator[dict[str, object]]:
    """Yield a job for many targets of one environment.

    Raises `UsageError` where GitHub has no environment for it, or a guarded one.
    """
    environments = {one.environment for one in targets}
    size = max(BATCH, -(-len(targets) // (LARGEST_MATRIX - len(environments))))
    homes = {f"fleet-{name}{READONLY}" for name in environments}
    known = environments_of(github) if github else homes
    if missing := sorted(home for home in homes if home not in known or home in waiting):
        raise no_environment(missing)
    in_order = sorted(targets, key=lambda one: one.environment)
    for environment, group in groupby(in_order, key=lambda one: one.environment):
        for number, part in enumerate(_parts(list(group), size), 1):
            yield {
                "environment": environment,
                "only": ",".join(one.tenant for one in part),
                "batch": number,
                "github_environment": f"fleet-{environment}{READONLY}",
            }


def drift_selection_text(
    targets: Sequence[Target],
    together: Sequence[dict[str, object]],
    skipped: Sequence[SkippedTarget],
) -> str:
    """Return which targets were selected, for the page of the run."""
    how = f" in {len(together)} batches" if together else ""
    lines = [f"### drift: {len(targets)} targets{how}", ""]
    lines += [f"- {one}" for one in targets if not together]
    lines += [f"- {one.target}: {one.outcome}: {one.why}" for one in skipped]
    return "\n".join(lines)


def _parts(targets: Sequence[Target], size: int) -> Iterator[Sequence[Target]]:
    for start in range(0, len(targets), size):
        yield targets[start : start + size]
