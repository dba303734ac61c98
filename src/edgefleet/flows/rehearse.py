"""The main job, on a Cloudflare that runs on this machine."""

import hashlib
from collections.abc import Callable, Sequence

from edgefleet.model.base import Json
from edgefleet.model.health import Health
from edgefleet.model.record import Record
from edgefleet.model.rehearsal import Cell, Rehearsal
from edgefleet.model.target import DEPLOYABLE, Environment, Target
from edgefleet.model.tenant import Tenant
from edgefleet.ports.credentials import token_names
from edgefleet.ports.localedge import Edge, EmbeddedAccount
from edgefleet.ports.progress import Progress

REHEARSED = Environment.STAGING


def accounts(tenants: Sequence[Tenant]) -> tuple[EmbeddedAccount, ...]:
    """Make up an account for each account id of the tenants, with a token of its own."""
    first = {tenant.config.account_id: tenant.name for tenant in reversed(tenants)}
    return tuple(
        EmbeddedAccount(id=account_id, subdomain=name, token=_token(account_id))
        for account_id, name in first.items()
    )


def environment_for(tenants: Sequence[Tenant], edge: Edge) -> dict[str, str]:
    """Return the variables that point edgefleet at the embedded Cloudflare."""
    tokens = {
        token_names(Target(tenant=tenant.name, environment=REHEARSED))[-1]: _token(
            tenant.config.account_id
        )
        for tenant in tenants
    }
    return {
        "CLOUDFLARE_API_BASE_URL": edge.api,
        "EDGEFLEET_WORKERS_DEV": edge.workers_dev,
        **tokens,
    }


def _token(account_id: str) -> str:
    return "rehearsal-" + hashlib.sha256(account_id.encode()).hexdigest()[:24]


def rehearse(
    tenants: Sequence[Tenant],
    *,
    deploy: Callable[[Target], Record],
    probe: Callable[[Tenant], Health],
    ask: Callable[[str], Json],
    progress: Progress,
) -> Rehearsal:
    """Deploy every tenant, probe what is live, and ask each Worker one real question."""
    records = []
    for tenant in tenants:
        target = Target(tenant=tenant.name, environment=REHEARSED)
        progress.heading(f"deploy {tenant.name} to {REHEARSED}")
        records.append(deploy(target))
    grid = tuple(
        Cell(
            target=Target(tenant=tenant.name, environment=environment),
            health=probe(tenant) if environment is REHEARSED else None,
        )
        for tenant in tenants
        for environment in DEPLOYABLE
    )
    answers = {record.url: ask(record.url) for record in records if record.url}
    return Rehearsal(records=tuple(records), grid=grid, answers=answers)
