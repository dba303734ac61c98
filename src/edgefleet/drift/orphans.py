"""Scripts that edgefleet made and that no target names any more: after a rename, or a removal."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from edgefleet.cloudflare.models import DeploymentEvent
from edgefleet.config.account_api import AccountApi
from edgefleet.config.target import Environment, Target
from edgefleet.config.tenant import Tenant
from edgefleet.core.foreign.text import foreign_text
from edgefleet.drift.models import BELOW_SCRIPTS, DriftFinding, DriftSeverity
from edgefleet.drift.rules import allowed
from edgefleet.records.signature import own_message
from edgefleet.state.models import Change, ChangeKind

LOOKED_AT = 20
"""Deployments of a script among which edgefleet's own may be: others may have deployed since."""


@dataclass(frozen=True, slots=True)
class Orphans:
    """Which scripts the files of a fleet name, and which target looks for others in an account."""

    named: frozenset[tuple[str, str]]
    """Account and script of each target of the fleet."""
    lookers: frozenset[Target]
    """One target for each account and environment: what it finds, no other reports again."""

    def of(
        self, tenant: Tenant, target: Target, account: AccountApi, scripts: Collection[str]
    ) -> Iterator[DriftFinding]:
        """Yield a finding for each script of the account that edgefleet made for an environment.

        Its name ends with the environment's, as those of targets do that are not named otherwise;
        `scripts` are the names of all scripts in the account. Each one that no target names is
        one request.
        """
        if target not in self.lookers:
            return
        for name in sorted(scripts):
            ours = name.endswith(f"-{target.environment}")
            if not ours or (account.id, name) in self.named:
                continue
            made = _made_by_edgefleet(account, name)
            change = Change(path=f"{BELOW_SCRIPTS}{name}", kind=ChangeKind.REMOVED, before=name)
            if made is not None and not allowed(change, tenant.config.drift.ignore):
                yield _finding(change, account.id, made)


def searched(
    tenants: Sequence[Tenant],
    environments: Sequence[Environment],
    named: frozenset[tuple[str, str]] | None,
) -> Orphans | None:
    """Return the search of a run over these tenants; None where a file does not tell its scripts.

    `named` are account and script of all targets of the fleet.
    """
    if named is None:
        return None
    lookers: Mapping[tuple[str, Environment], Target] = {
        (tenant.config.account_id, environment): Target(tenant=tenant.name, environment=environment)
        for tenant in reversed(tenants)
        for environment in environments
    }
    return Orphans(named, frozenset(lookers.values()))


def _made_by_edgefleet(account: AccountApi, script: str) -> DeploymentEvent | None:
    """Return the newest deployment that edgefleet made of a script; None for others' scripts."""
    history = islice(account.script(script).deployments.history(), LOOKED_AT)
    return next((event for event in history if own_message(event.message)), None)


def _finding(change: Change, account_id: str, made: DeploymentEvent) -> DriftFinding:
    name = foreign_text(str(change.before))
    day = f"{made.created_on:%Y-%m-%d}"
    return DriftFinding(
        change=change,
        happened=ChangeKind.ADDED,
        severity=DriftSeverity.MEDIUM,
        looks_like=f"edgefleet deployed it on {day}, and no target names it any more; "
        "to delete it with its Durable Objects: "
        f"CLOUDFLARE_ACCOUNT_ID={account_id} npx wrangler delete --name {name}",
    )
