"""Probe what is deployed, and deploy nothing."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from edgefleet.config.account_session import ConnectAccount, open_account
from edgefleet.config.credentials.lookup import Credentials
from edgefleet.config.health.proof import ProofLevel
from edgefleet.config.target import Environment, Target
from edgefleet.config.tenant import Tenant
from edgefleet.config.worker_urls import worker_url
from edgefleet.core.parallel import MAX_PARALLEL, in_parallel
from edgefleet.errors import EdgefleetError
from edgefleet.health.expected import expectation
from edgefleet.health.models import SmokeResult
from edgefleet.health.probe import Probe
from edgefleet.history.expected_record import expected_record
from edgefleet.records.models import Health, Record
from edgefleet.records.store import Records


@dataclass(frozen=True, slots=True)
class HealthDependencies:
    """The outside world, as a probe needs it."""

    credentials: Credentials
    connect: ConnectAccount
    probe: Probe
    records: Records
    workers_dev: str
    """`https://workers.dev`, or what stands for it."""


Test = Callable[[Tenant, Health], SmokeResult | None]
"""Tests a Worker that is healthy further; None where there is no such test."""

Probed = tuple[Health, SmokeResult | None]


def check_health(
    tenants: Sequence[Tenant],
    environment: Environment,
    ports_of_one: Callable[[], HealthDependencies],
    *,
    deadline: float,
    test: Test = lambda _tenant, _health: None,
    parallel: int = MAX_PARALLEL,
) -> Iterator[tuple[Target, Probed | EdgefleetError]]:
    """Yield each target's health, or why edgefleet could not look at it, in their order.

    `ports_of_one` gives each target its own connections, for they are probed in parallel.
    """
    alone = len(tenants) == 1

    def one(tenant: Tenant) -> Probed:
        target = Target(tenant=tenant.name, environment=environment)
        found = target_health(tenant, target, ports_of_one(), deadline=deadline, allow_plain=alone)
        return found, test(tenant, found) if found.healthy else None

    targets = (Target(tenant=tenant.name, environment=environment) for tenant in tenants)
    yield from zip(targets, in_parallel(tenants, one, parallel=parallel), strict=True)


def target_health(
    tenant: Tenant,
    target: Target,
    ports: HealthDependencies,
    *,
    deadline: float,
    allow_plain: bool = True,
) -> Health:
    """Return one target's health: the version that Cloudflare says is live must answer.

    It has `deadline` seconds for it. Raises `CredentialError` and `CloudflareError` where
    edgefleet could not look.
    """
    way = open_account(tenant, target, ports.credentials, ports.connect, allow_plain=allow_plain)
    resolved, fleet = tenant.resolved(target.environment), tenant.fleet
    url = worker_url(resolved, way.account.subdomain(), ports.workers_dev, fleet.health_path)
    live = way.account.script(resolved["name"]).deployments.current()
    if live is None:
        return _absent(url, way.account.id, resolved["name"], ports.records.of(target))
    # With a split in force, any of its versions may answer.
    version_id = live.main_version if len(live.versions) == 1 else None
    if fleet.health is None:
        return in_force(url, version_id)
    expected = expectation(fleet.health, tenant, target, ports.credentials, version_id)
    return ports.probe(url, expected, deadline=deadline)


def in_force(url: str, version_id: str | None) -> Health:
    """Return the health of a Worker without HTTP, whose version Cloudflare says is in force."""
    return Health(
        url=url,
        healthy=True,
        attempts=0,
        seconds=0,
        proof=ProofLevel.DEPLOYED,
        live_version_id=version_id,
    )


def _absent(url: str, account_id: str, script: str, records: Sequence[Record]) -> Health:
    """Return the health of a script that is not there: gone, or not deployed yet."""
    known = expected_record(records)
    reason = f"account {account_id} has no script {script}"
    if known:
        told = f"the {known.action} of {known.started:%Y-%m-%d %H:%M} UTC put it there"
        reason = f"{reason}, and {told}"
    gone = known is not None
    return Health(url=url, healthy=False, attempts=0, seconds=0, deployed=gone, reason=reason)
