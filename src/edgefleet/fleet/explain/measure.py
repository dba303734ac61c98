"""Reads what a target served in the last day, and how much of it failed."""

from collections.abc import Sequence
from datetime import timedelta

from edgefleet.canary.sources import SourceUnread
from edgefleet.canary.worker_counters import WorkerCounters
from edgefleet.cloudflare.models import ServedByVersion
from edgefleet.config.account_session import open_account
from edgefleet.config.canary.policy import CanaryPolicy
from edgefleet.config.target import Target
from edgefleet.config.tenant import Tenant
from edgefleet.config.worker_urls import worker_url
from edgefleet.deploy.canaries.outside import CanaryOutside
from edgefleet.deploy.checks.canaries import LOGS, WORKER, source_of
from edgefleet.deploy.request import Dependencies
from edgefleet.errors import CloudflareError, EvidenceFailed
from edgefleet.fleet.explain.models import MeasuredTraffic

DAY = timedelta(days=1)
READING_SECONDS = 10.0
"""Between two readings of the Worker's counters, where Cloudflare does not tell the traffic."""
MOST_VERSIONS = 10
"""Of the newest deployments; Cloudflare is asked for no more."""


def measured(
    tenant: Tenant, target: Target, policy: CanaryPolicy, deps: Dependencies
) -> MeasuredTraffic | None:
    """Return the traffic of a target; None where nothing is deployed.

    Raises `CredentialError` and `CloudflareError` where it cannot be read, and `EvidenceFailed`
    where the Worker does not tell its counters.
    """
    session = open_account(tenant, target, deps.credentials, deps.connect)
    resolved, account = tenant.resolved(target.environment), session.account
    script = str(resolved["name"])
    recent = account.script(script).deployments.recent()
    if not recent:
        return None
    versions = _versions([share.version_id for one in recent for share in one.versions])
    live = recent[0].main_version
    url = worker_url(resolved, account.subdomain(), deps.workers_dev, tenant.fleet.health_path)
    outside = CanaryOutside(target, tenant, deps, account, script, (live, live), url or "")
    source = outside.source(policy, deps.clock)
    name = source_of(policy, tenant)
    now = deps.clock.now().replace(microsecond=0)
    since, until = now - DAY, now
    if name != WORKER or not isinstance(source, WorkerCounters):
        until = now - timedelta(seconds=policy.delay)
        rows = (account.logged if name == LOGS else account.served)(script, versions, since, until)
        return _of_rows(rows, (until - since).total_seconds(), policy, tenant)
    try:
        rate = _rate(source)
        try:
            rows = account.served(script, versions, since, until)
        except CloudflareError:
            return _two_readings(source, rate, deps)
    except SourceUnread as error:
        raise EvidenceFailed(
            f"the Worker's counters cannot be read: {error}",
            hint="see that they answer as 'counters' of fleet.jsonc says, or set "
            '"source": "analytics" in the policy',
        ) from error
    return MeasuredTraffic(
        requests=sum(row.requests for row in rows),
        seconds=DAY.total_seconds(),
        errors=rate,
        source=WORKER,
        words="the last day by Cloudflare's analytics, errors by the Worker's counters",
    )


def _of_rows(
    rows: Sequence[ServedByVersion], seconds: float, policy: CanaryPolicy, tenant: Tenant
) -> MeasuredTraffic:
    requests = sum(row.requests for row in rows)
    errors = sum(row.errors for row in rows)
    name = source_of(policy, tenant)
    return MeasuredTraffic(
        requests=requests,
        seconds=seconds,
        errors=errors / requests if requests else 0.0,
        source=name,
        words=f"the last day by {'Workers Logs' if name == LOGS else 'analytics'}",
    )


def _rate(source: WorkerCounters) -> float:
    """Return which part of the requests of the live version failed, since it counts."""
    served = source.served()
    return served.errors / served.requests if served.requests else 0.0


def _two_readings(source: WorkerCounters, rate: float, deps: Dependencies) -> MeasuredTraffic:
    """Return what came in a few seconds, where the token may not read analytics."""
    source.begin()
    deps.clock.sleep(READING_SECONDS)
    taken = source.take()
    return MeasuredTraffic(
        requests=taken.window.errors.old.requests,
        seconds=taken.covered,
        errors=rate,
        source=WORKER,
        words=f"{taken.covered:.0f} s by the Worker's counters: the token may not read analytics",
    )


def _versions(found: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(found))[:MOST_VERSIONS]
