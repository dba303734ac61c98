"""Repair one target that drifts: deploy what was expected there."""

from collections.abc import Callable
from dataclasses import dataclass

from edgefleet.config.canary.policy import NO_CANARY
from edgefleet.deploy.pipeline import deploy
from edgefleet.deploy.request import DeployRequest
from edgefleet.drift.baseline import require_merged
from edgefleet.drift.check import DriftCheck
from edgefleet.drift.context import DriftContext
from edgefleet.errors import UsageError
from edgefleet.records.provenance import origin


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairOptions:
    """How a target that drifts is repaired."""

    confirm: Callable[[DriftCheck], bool]
    """Shows the drift, and asks whether to repair it."""
    unattended: bool = False
    """Whether `confirm` agrees without a person: a deploy of uncommitted changes is not undone."""
    replace_split: bool = False
    """Whether a gradual deployment that edgefleet did not start may be ended."""
    wait: float = 0.0
    """Seconds to wait for another run that holds the target."""


def repair_target(
    context: DriftContext, check: DriftCheck, ref: str | None, repair: RepairOptions
) -> bool:
    """Deploy the expected state again; return whether the operator agreed.

    `ref` is the commit that was named to expect, None where none was. Raises `UsageError` where
    a repair would undo what no commit holds, and as a deploy does.
    """
    drift = check.drift
    require_merged(drift.expected, context.lineage)
    if drift.expected.dirty and ref is None and repair.unattended:
        raise UsageError(
            "the live version was deployed with uncommitted changes, and a repair would undo them",
            hint="commit them and deploy, or name the commit to deploy: --ref GIT_REF",
        )
    if not repair.confirm(check):
        return False
    context.progress.heading(f"repair {drift.target}")
    deploy(_request(context, check, repair), context.ports())
    return True


def _request(context: DriftContext, check: DriftCheck, repair: RepairOptions) -> DeployRequest:
    commit, count = check.drift.expected.commit, len(check.drift.findings)
    here = origin(context.root, context.environ)
    return DeployRequest(
        target=check.drift.target,
        load=lambda: check.tenant,
        bundle=lambda _: check.bundle,
        origin=here.model_copy(update={"git_commit": commit, "dirty": False}) if commit else here,
        reason=f"repair of {count} difference{'' if count == 1 else 's'}",
        take_over=repair.replace_split,
        allow_foreign=True,
        allow_older=True,
        heed_hold=False,
        canary=NO_CANARY,  # what it deploys was live before
        wait=repair.wait,
    )
