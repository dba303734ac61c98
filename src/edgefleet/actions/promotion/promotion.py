"""Let an environment have only a bundle that the one before it proved, from the same commit.

fleet.jsonc says from which environment one is promoted; production from staging by default. The
proof stands in GitHub's Deployments: a job of the deploying workflow that ended well, in the
environment `<tenant>-<environment>`, of this commit, whose address ends in `#bundle=<digest>`, and
no later rollback went back from it (proofs.py).
"""

import os
from collections.abc import Sequence
from pathlib import Path

from edgefleet.actions.github_actions import add_summary, annotate
from edgefleet.actions.promotion.proofs import Proofs
from edgefleet.cli.tenant_selection import ALL, select_tenants
from edgefleet.config.files.fleet_file import fleet_of
from edgefleet.config.target import Environment, Target
from edgefleet.core.ids import short_digest
from edgefleet.errors import UsageError
from edgefleet.github.repository import GitHub, github_of
from edgefleet.github.workflow_files import workflow_file


def require_proved(proofs: Proofs, tenants: Sequence[str], digest: str | None) -> None:
    """Raise `UsageError` where this bundle is not proved for all tenants; None: any bundle."""
    unproved = proofs.unproved(tenants, digest)
    if not unproved:
        return
    by_reason: dict[str, list[str]] = {}
    for name, why in unproved.items():
        by_reason.setdefault(why, []).append(name)
    told = "; ".join(f"{', '.join(names)}: {why}" for why, names in by_reason.items())
    what = f"sha256:{short_digest(digest)}" if digest else "any bundle"
    before, commit = proofs.environment, short_digest(proofs.commit)
    raise UsageError(
        f"{before} has not proved {what} of commit {commit} for {told}",
        hint=f"deploy this commit to {before} first: gh workflow run {proofs.workflow} "
        f"-f environment={before} -f tenants=all; in an emergency: skip_promotion_check",
    )


def require_reason(reason: str) -> None:
    """Raise `UsageError` where a run skips the check without a reason."""
    if not reason.strip():
        raise UsageError("skip_promotion_check needs a reason", hint="fill in `reason`")


def all_tenants(root: Path) -> tuple[str, ...]:
    """Return the names of all tenants of the commit that is checked out, sorted."""
    return tuple(sorted(select_tenants(root, ALL)))


def proofs_of(root: Path, github: GitHub, environment: Environment, commit: str) -> Proofs:
    """Return what an environment proved of a commit, the one that is checked out at `root`."""
    deploys, finishes = (workflow_file(root, name) for name in ("deploy", "canary"))
    return Proofs(github, environment, commit, all_tenants(root), deploys, finishes)


def require_promotion(
    targets: Sequence[Target], digest: str, commit: str, *, skip: bool, reason: str
) -> None:
    """Raise `UsageError` unless this bundle of this commit is proved for these targets.

    With `skip`, which needs a reason, it only warns.
    """
    if skip:
        require_reason(reason)
        annotate("warning", "promotion", f"not checked: {reason}")
        return
    before = fleet_of(Path.cwd()).promotes_from(targets[0].environment)
    if before is None:
        raise UsageError(f"{targets[0].environment} is promoted from no environment")
    tenants = [target.tenant for target in targets]
    require_proved(proofs_of(Path.cwd(), github_of(os.environ), before, commit), tenants, digest)
    add_summary(f"{before.capitalize()} proved `sha256:{digest}` for {', '.join(tenants)}.")
