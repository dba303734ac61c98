"""Probe what is deployed, and deploy nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

from edgefleet.errors import EdgefleetError
from edgefleet.flows.access import Connect, open_account
from edgefleet.model.health import Expectation, Health
from edgefleet.model.target import Environment, Target
from edgefleet.model.tenant import Tenant
from edgefleet.ports.credentials import Credentials
from edgefleet.ports.probe import Probe
from edgefleet.rules.address import worker_url
from edgefleet.rules.environments import resolve


@dataclass(frozen=True, slots=True)
class HealthPorts:
    """The outside world, as a probe needs it."""

    credentials: Credentials
    connect: Connect
    probe: Probe
    workers_dev: str
    """`https://workers.dev`, or what stands for it."""


def check_health(
    tenants: tuple[Tenant, ...], environment: Environment, ports: HealthPorts, *, deadline: float
) -> Iterator[tuple[Target, Health | EdgefleetError]]:
    """Yield each target's health, or why nobody could look at it; the others are looked at."""
    for tenant in tenants:
        target = Target(tenant=tenant.name, environment=environment)
        found: Health | EdgefleetError
        try:
            found = target_health(
                tenant, target, ports, deadline=deadline, allow_plain=len(tenants) == 1
            )
        except EdgefleetError as error:
            found = error
        yield target, found


def target_health(
    tenant: Tenant, target: Target, ports: HealthPorts, *, deadline: float, allow_plain: bool = True
) -> Health:
    """Return one target's health: the version that Cloudflare says is live must answer.

    It has `deadline` seconds for it. Raises `CredentialError` and `CloudflareError` where nobody
    could look.
    """
    way = open_account(tenant, target, ports.credentials, ports.connect, allow_plain=allow_plain)
    resolved = resolve(tenant.wrangler, target.environment)
    url = worker_url(resolved, way.account.subdomain(), ports.workers_dev)
    live = way.account.deployment(resolved["name"])
    if live is None:
        reason = f"nothing is deployed: account {way.account.id} has no {resolved['name']}"
        return Health(url=url, healthy=False, attempts=0, seconds=0, reason=reason)
    # With a split in force, any of its versions may answer.
    version_id = live.main_version if len(live.versions) == 1 else None
    expected = Expectation(
        tenant=target.tenant, environment=target.environment, version_id=version_id
    )
    return ports.probe(url, expected, deadline=deadline)
