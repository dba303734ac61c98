"""Probe what is deployed, and deploy nothing."""

from collections.abc import Iterator

from edgefleet.flows.access import Connect, open_account
from edgefleet.model.health import Expectation, Health
from edgefleet.model.target import Environment, Target
from edgefleet.model.tenant import Tenant
from edgefleet.ports.credentials import Credentials
from edgefleet.ports.probe import Probe
from edgefleet.rules.address import worker_url
from edgefleet.rules.environments import resolve


def check_health(
    tenants: tuple[Tenant, ...],
    environment: Environment,
    *,
    credentials: Credentials,
    connect: Connect,
    probe: Probe,
    workers_dev: str,
    deadline: float,
) -> Iterator[tuple[Target, Health]]:
    """Yield each target's health: the version that Cloudflare says is live must answer.

    Raises `CredentialError` and `CloudflareError` where it could not look.
    """
    for tenant in tenants:
        target = Target(tenant=tenant.name, environment=environment)
        way = open_account(tenant, target, credentials, connect, allow_plain=len(tenants) == 1)
        resolved = resolve(tenant.wrangler, environment)
        url = worker_url(resolved, way.account.subdomain(), workers_dev)
        live = way.account.deployment(resolved["name"])
        if live is None:
            reason = f"nothing is deployed: account {way.account.id} has no {resolved['name']}"
            yield target, Health(url=url, healthy=False, attempts=0, seconds=0, reason=reason)
            continue
        # With a split in force, any of its versions may answer.
        version_id = live.main_version if len(live.versions) == 1 else None
        expected = Expectation(tenant=tenant.name, environment=environment, version_id=version_id)
        yield target, probe(url, expected, deadline=deadline)
