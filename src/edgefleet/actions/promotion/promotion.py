"""Let production have only a bundle that staging proved, from the same commit.

The proof stands in GitHub's Deployments: a job of deploy.yml that ended well, in the environment
`<tenant>-staging`, of this commit, whose address ends in `#bundle=<digest>`, and no later
rollback went back from it (proofs.py).
"""

import os
from collections.abc import Sequence
from pathlib import Path

from edgefleet.actions.github_actions import add_summary, annotate
from edgefleet.actions.promotion.proofs import Proofs
from edgefleet.cli.tenant_selection import ALL, select_tenants
from edgefleet.config.target import Target
from edgefleet.core.ids import short_digest
from edgefleet.errors import UsageError
from edgefleet.github.repository import github_of


def require_proved(proofs: Proofs, tenants: Sequence[str], digest: str | None) -> None:
    """Raise `UsageError` where staging did not prove this bundle for all; None: any bundle."""
    unproved = proofs.unproved(tenants, digest)
    if not unproved:
        return
    by_reason: dict[str, list[str]] = {}
    for name, why in unproved.items():
        by_reason.setdefault(why, []).append(name)
    told = "; ".join(f"{', '.join(names)}: {why}" for why, names in by_reason.items())
    what = f"sha256:{short_digest(digest)}" if digest else "any bundle"
    raise UsageError(
        f"staging has not proved {what} of commit {short_digest(proofs.commit)} for {told}",
        hint="deploy this commit to staging first: gh workflow run deploy.yml "
        "-f environment=staging -f tenants=all; in an emergency: skip_promotion_check",
    )


def require_reason(reason: str) -> None:
    """Raise `UsageError` where a run skips the check without a reason."""
    if not reason.strip():
        raise UsageError("skip_promotion_check needs a reason", hint="fill in `reason`")


def all_tenants(root: Path) -> tuple[str, ...]:
    """Return the names of all tenants of the commit that is checked out, sorted."""
    return tuple(sorted(select_tenants(root, ALL)))


def require_promotion(
    targets: Sequence[Target], digest: str, commit: str, *, skip: bool, reason: str
) -> None:
    """Raise `UsageError` unless staging proved this bundle of this commit for these targets.

    With `skip`, which needs a reason, it only warns.
    """
    if skip:
        require_reason(reason)
        annotate("warning", "promotion", f"not checked: {reason}")
        return
    tenants = [target.tenant for target in targets]
    proofs = Proofs(github_of(os.environ), commit, all_tenants(Path.cwd()))
    require_proved(proofs, tenants, digest)
    add_summary(f"Staging proved `sha256:{digest}` for {', '.join(tenants)}.")
