"""Select the targets whose canaries a run goes on with, and hand them to later jobs as a matrix.

By hand a run works on what its inputs name. By schedule it works on what may have a canary under
way, as GitHub's deployments tell (promotion/deployments.py). Outputs of the step: `matrix` and
`count`, a job for each target, in the environment without reviewers; `targets` and `skipped`
(job_outputs.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edgefleet.actions.promotion.deployments import End, ends, last_end
from edgefleet.actions.targets.change_targets import (
    annotate_selection,
    check_size,
    github_or_notice,
    matrix,
    shared_outputs,
    write_outputs,
)
from edgefleet.actions.targets.ring_jobs import LARGEST_MATRIX
from edgefleet.actions.targets.select_targets import (
    GUARDED,
    SelectedTargets,
    SkippedTarget,
    asked_for,
    environments_of,
    loaded,
    rollback_targets,
    with_canary,
)
from edgefleet.config.identifiers import UNATTENDED
from edgefleet.config.target import Target
from edgefleet.github.deployments import recent_deployments
from edgefleet.github.environments import Environments
from edgefleet.github.repository import GitHub

CANARY = "canary"


@dataclass(frozen=True)
class CanarySelection:
    """The inputs of a run that decide which canaries it works on."""

    environment: str
    """An environment of the fleet, or all."""
    tenants: str
    """Names, globs, ring:N, tag:T, or all."""
    scheduled: bool = False
    """Whether no person named targets: those without a canary are left out."""


def select_for_canary(selection: CanarySelection) -> None:
    """Set the outputs of the step. Raises `UsageError`, `ConfigError` and `GitHubError`."""
    targets = asked_for(Path.cwd(), selection.tenants, selection.environment)
    github = github_or_notice()
    if selection.scheduled:
        selected = scheduled_targets(with_policy(targets), github)
    else:
        selected = rollback_targets(targets, github, tenants=selection.tenants)
        check_size(selected)
    annotate_selection(selected)
    outputs = {
        **shared_outputs(selected),
        "matrix": matrix(selected.targets, UNATTENDED, CANARY, selected.attended),
        "count": str(len(selected.targets)),
    }
    write_outputs(outputs, selected, CANARY)


def with_policy(targets: Sequence[Target]) -> list[Target]:
    """Return the targets whose files have a policy, without which no workflow begins a canary."""
    return with_canary(loaded(Path.cwd(), targets), targets)


def scheduled_targets(targets: Sequence[Target], github: GitHub | None) -> SelectedTargets:
    """Select the targets that may have a canary under way, as many as a matrix takes.

    Those whose last look is longest ago come first: the next run takes those that are left. A
    job whose environment has reviewers or a timer would wait, and delay each later run.
    """
    if github is None:
        return SelectedTargets(targets)
    found = ends_of_canaries(targets, github)
    known, waiting = environments_of(github), Environments(github).waiting()
    attended = frozenset(one for one in found if f"{one}{UNATTENDED}".casefold() not in known)
    homes = {one: str(one) if one in attended else f"{one}{UNATTENDED}" for one in found}
    guarded = [
        SkippedTarget(one, GUARDED, f"{home} has reviewers or a wait timer: a canary cannot wait")
        for one, home in homes.items()
        if home.casefold() in waiting
    ]
    held_up = {one.target for one in guarded}
    free = [one for one in found if one not in held_up]
    return SelectedTargets(free[:LARGEST_MATRIX], skipped=guarded, attended=attended)


def ends_of_canaries(targets: Sequence[Target], github: GitHub) -> dict[Target, End]:
    """Return the targets that may have a canary under way, those not looked at for longest first.

    They are those whose last job, given with them, left one, or failed: GitHub does not tell what
    that left.
    """
    names = [name for one in targets for name in (str(one), f"{one}{UNATTENDED}")]
    told = recent_deployments(github, names, lambda some: bool(ends(some)))
    last = {one: last_end(told[str(one)] + told[f"{one}{UNATTENDED}"]) for one in targets}
    found = [(one, end) for one, end in last.items() if end and (end.canary or not end.well)]
    return dict(sorted(found, key=lambda item: item[1].status.created))
