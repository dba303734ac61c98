"""Select the targets of a deploy or a rollback, and hand them to later jobs as matrices.

It needs no Cloudflare token: it reads the tenants' files, git, and (with GITHUB_TOKEN) which commit
is live in each of GitHub's environments. It refuses before the gates what a deploy would refuse
after them. Outputs of the step: `count`, the number of jobs; `matrix`, the targets of a rollback;
`ring0` to `ring3`, the jobs of each ring of a deploy (ring_jobs.py), empty without such a ring;
`commit`, the one that a rollback goes to, whose bundle is built first, or empty; `plans` and
`plan_count`, the targets with a job for their plan; `canaries`, whether a job may leave a canary
under way; `approval`, the environment in which a reviewer approves the run, if there is one;
`targets` and `skipped` in few bytes (job_outputs.py).
"""

import json
import os
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from edgefleet.actions.github_actions import add_summary, annotate, set_output
from edgefleet.actions.jobs.own_records import refuse_tracked_records
from edgefleet.actions.promotion.promotion import proofs_of, require_proved, require_reason
from edgefleet.actions.targets.job_outputs import skipped_text, targets_text
from edgefleet.actions.targets.ring_jobs import (
    DRY_RUN,
    LARGEST_MATRIX,
    RINGS,
    by_ring,
    packed,
    single,
)
from edgefleet.actions.targets.select_targets import (
    HELD,
    SelectedTargets,
    approval_of,
    asked_for,
    deploy_targets,
    held,
    loaded,
    rollback_targets,
    superseded,
    with_canary,
)
from edgefleet.actions.targets.worker_paths import worker_paths
from edgefleet.config.files.fleet_file import fleet_of
from edgefleet.config.identifiers import READONLY, UNATTENDED
from edgefleet.config.target import Target
from edgefleet.core.git import changed_since, resolve_commit
from edgefleet.core.ids import UUID
from edgefleet.errors import UsageError
from edgefleet.github.repository import GitHub, github_of

DEPLOY, ROLLBACK = "deploy", "rollback"

VERSION = re.compile(rf"previous|{UUID}", re.IGNORECASE)
"""Where a rollback goes that builds nothing."""


@dataclass(frozen=True)
class DeploySelection:
    """The inputs of a deploy that decide which targets it works on."""

    environment: str
    """An environment of the fleet."""
    tenants: str
    """Names, globs, ring:N, tag:T, or all."""
    force: bool = False
    """Whether targets that did not change are deployed too."""
    shards: bool = False
    """Whether each runner works on many targets."""
    dry_run: bool = False
    skip_promotion_check: bool = False
    reason: str = ""
    commit: str = ""
    """The commit that is meant; empty: any."""


@dataclass(frozen=True)
class RollbackSelection:
    """The inputs of a rollback that decide which targets it works on."""

    environment: str
    tenants: str
    to: str = "previous"
    """previous, the id of a version, or a commit."""


def select_for_deploy(selection: DeploySelection) -> None:
    """Set the outputs of the step. Raises `UsageError`, `ConfigError` and `GitHubError`."""
    root = Path.cwd()
    refuse_tracked_records(root)
    if newer := superseded(root, selection.commit, os.environ.get("GITHUB_SHA", "")):
        annotate("notice", "superseded", newer)
        _write_deploy(SelectedTargets([], superseded=newer))
        return
    targets = asked_for(root, selection.tenants, selection.environment)
    github = github_or_notice()
    selected = _deploy_targets(root, targets, github, selection)
    annotate_selection(selected)
    if selected.targets and not selection.dry_run:
        _refuse_unproved(root, selected.targets, github, selection)
    _write_deploy(selected)


def select_for_rollback(
    selection: RollbackSelection, resolve: Callable[[str], str | None] | None = None
) -> None:
    """Set the outputs of the step. Raises `UsageError` and `GitHubError`.

    `resolve` returns the commit that git knows by a name; None for the git of this repository.
    """
    resolve = resolve or partial(resolve_commit, Path.cwd())
    targets = asked_for(Path.cwd(), selection.tenants, selection.environment)
    selected = rollback_targets(targets, github_or_notice(), tenants=selection.tenants)
    check_size(selected)
    annotate_selection(selected)
    outputs = shared_outputs(selected) | {
        "matrix": matrix(selected.targets, UNATTENDED, ROLLBACK, selected.attended),
        "count": str(len(selected.targets)),
        "commit": "" if VERSION.fullmatch(selection.to) else resolve(selection.to) or "",
    }
    write_outputs(outputs, selected, ROLLBACK)


def github_or_notice() -> GitHub | None:
    """Return GitHub's client; without a token say that nothing is read from GitHub."""
    if os.environ.get("GITHUB_TOKEN"):
        return github_of(os.environ)
    annotate("notice", "targets", "no GITHUB_TOKEN: GitHub is not asked what exists and is live")
    return None


def annotate_selection(selected: SelectedTargets) -> None:
    """Say on the run's page what is skipped, and why."""
    for one in selected.skipped:
        level = "notice" if one.outcome == HELD else "warning"
        annotate(level, str(one.target), f"{one.outcome}: {one.why}")
    for message in selected.warnings:
        annotate("warning", "environments", message)


def _deploy_targets(
    root: Path, targets: Sequence[Target], github: GitHub | None, selection: DeploySelection
) -> SelectedTargets:
    tenants = loaded(root, targets)
    rings = {tenant.name: tenant.config.ring for tenant in tenants}
    # `force` overrides no hold: it applies to all targets of a run.
    holds = list(held(root, targets, tenants))
    on_hold = {one.target for one in holds}
    moving = [target for target in targets if target not in on_hold]
    if (selection.shards and moving) or len(moving) > LARGEST_MATRIX:
        waves = packed(by_ring(moving, rings), github, dry_run=selection.dry_run)
        selected = SelectedTargets(moving, waves=waves, sharded=True)
    else:
        environments = tuple({target.environment for target in moving})
        selected = deploy_targets(
            moving,
            github,
            partial(changed_since, root),
            tenants=selection.tenants,
            worker=worker_paths(root, tenants, environments) if github and moving else (),
            force=selection.force,
            dry_run=selection.dry_run,
        )
        in_order = by_ring(selected.targets, rings)
        job = DRY_RUN if selection.dry_run else DEPLOY
        waves = [[single(one, job=job) for one in ring] for ring in in_order]
        selected = replace(selected, waves=waves)
    if selection.dry_run:
        return replace(selected, skipped=[*holds, *selected.skipped])
    return replace(
        selected,
        skipped=[*holds, *selected.skipped],
        approval=approval_of(selection.environment, github),
        canaries=bool(with_canary(tenants, selected.targets)),
    )


def _refuse_unproved(
    root: Path, targets: Sequence[Target], github: GitHub | None, selection: DeploySelection
) -> None:
    """Refuse before the gates what the job `promotion` would refuse after them."""
    before = fleet_of(root).promotes_from(targets[0].environment)
    if before is None:
        return
    if selection.skip_promotion_check:
        require_reason(selection.reason)
    elif github is not None:
        proofs = proofs_of(root, github, before, os.environ.get("GITHUB_SHA", ""))
        require_proved(proofs, [target.tenant for target in targets], None)


def check_size(selected: SelectedTargets) -> None:
    """Raise `UsageError` for more targets than a matrix has jobs."""
    if len(selected.targets) > LARGEST_MATRIX:
        raise UsageError(
            f"{len(selected.targets)} targets are more than the {LARGEST_MATRIX} jobs of a matrix",
            hint="name fewer tenants",
        )


def _write_deploy(selected: SelectedTargets) -> None:
    outputs = shared_outputs(selected) | {
        "count": str(sum(map(len, selected.waves))),
        "plans": matrix(selected.plan_only, READONLY, "plan"),
        "plan_count": str(len(selected.plan_only)),
        "approval": selected.approval,
        "canaries": str(selected.canaries).lower(),
        "promotes_from": _promotes_from(selected.targets),
    }
    waves = [*selected.waves, *[()] * RINGS][:RINGS]
    for number, wave in enumerate(waves):
        outputs[f"ring{number}"] = json.dumps({"include": list(wave)}) if wave else ""
    write_outputs(outputs, selected, DEPLOY)


def _promotes_from(targets: Sequence[Target]) -> str:
    """Return the environment that must have proved what is deployed; empty where none must."""
    return (targets and fleet_of(Path.cwd()).promotes_from(targets[0].environment)) or ""


def shared_outputs(selected: SelectedTargets) -> dict[str, str]:
    """Return the outputs that every selection has."""
    return {
        "targets": targets_text(selected.targets),
        "skipped": skipped_text(selected.skipped),
    }


def write_outputs(outputs: Mapping[str, str], selected: SelectedTargets, work: str) -> None:
    """Set the outputs of the step, and show the selection on the page of the run."""
    for name, value in outputs.items():
        set_output(name, value)
    add_summary(selection_text(selected, work))


def matrix(
    targets: Sequence[Target],
    suffix: str = "",
    job: str = DEPLOY,
    attended: Collection[Target] = (),
) -> str:
    """Return a matrix of these targets, with the GitHub environment of each.

    `attended` have no environment with the suffix, and use their own.
    """
    entries = [single(one, "" if one in attended else suffix, job) for one in targets]
    return json.dumps({"include": entries})


def selection_text(selected: SelectedTargets, work: str) -> str:
    """Return which targets were selected, for the page of the run."""
    if selected.superseded:
        return f"### superseded\n\n{selected.superseded}"
    jobs = sum(map(len, selected.waves))
    shards = f" in {jobs} shards" if selected.sharded else ""
    lines = [f"### {work}: {len(selected.targets)} targets{shards}", ""]
    if len(selected.waves) > 1:
        lines += [f"In {len(selected.waves)} rings: each begins when the one before is done.", ""]
    lines += [f"- {one}" for one in selected.targets if not selected.sharded]
    lines += [
        f"- {one}: nothing changed since the commit that is live" for one in selected.unchanged
    ]
    lines += [f"- {one.target}: {one.outcome}: {one.why}" for one in selected.skipped]
    lines += [f"- warning: {message}" for message in selected.warnings]
    if not selected.targets and not selected.plan_only:
        hint = " `force` deploys all the same." if selected.unchanged else ""
        lines += ["", f"Nothing to do.{hint}"]
    return "\n".join(lines)
