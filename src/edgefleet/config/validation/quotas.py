"""Rules for limits of Cloudflare's that depend on the account's plan, or hold for all plans."""

from collections import Counter
from collections.abc import Iterator, Mapping

from edgefleet.cloudflare import limits
from edgefleet.cloudflare.plan_limits import Excess, WorkersPlan, excess
from edgefleet.cloudflare.settings import settings
from edgefleet.cloudflare.triggers.hosts import host_of
from edgefleet.config.reading.rule import KeyPath, Problem, Rule, Severity
from edgefleet.config.reading.views import TargetView
from edgefleet.core.foreign.values import at
from edgefleet.core.model import Json

VAR_COUNT = Rule(
    code="var-count",
    means="An environment has more vars than Cloudflare allows: 64 on the free plan, 128 on the "
    "paid one. The one with settings counts. `plan` of tenant.config.json, or of `defaults` in "
    "fleet.jsonc, says which plan the account has; where it does not, more than 64 is a warning "
    "(https://developers.cloudflare.com/workers/platform/limits/#environment-variables).",
    example='"vars": { "A1": "", "A2": "", "...": "", "A128": "" }',
    fix="remove some, or name the plan",
)
PLAN_LIMIT = Rule(
    code="plan-limit",
    means="An environment asks for more than Cloudflare allows: 5 cron triggers, 20,000 assets, 50 "
    "subrequests and no custom CPU limit on the free plan; 250, 100,000, 10,000 and 300,000 ms on "
    "the paid one; and on each plan 1,000 routes and 100 custom domains of a zone. `plan` of "
    "tenant.config.json, or of `defaults` in fleet.jsonc, says which plan the account has; where "
    "it does not, what the free plan lacks is a warning "
    "(https://developers.cloudflare.com/workers/platform/limits/).",
    example='"limits": { "cpu_ms": 400000 }',
    fix="ask for less, or name the plan",
)
RULES = (VAR_COUNT, PLAN_LIMIT)


def plan_of(target: TargetView) -> WorkersPlan | None:
    """Return the plan that the files name for the account; None where they name none."""
    named = target.tenant.told_apart.get("plan")
    return WorkersPlan(named) if isinstance(named, str) and named in {*WorkersPlan} else None


def quotas(target: TargetView) -> Iterator[Problem]:
    """Check all limits that the files alone can be above."""
    if not target.environment.deployable:
        return
    yield from _vars(target)
    for keys, what, found in (*_counted(target), *_of_zones(target)):
        if found:
            message = f"{target.where} has {what}, {found.words}"
            yield PLAN_LIMIT.broken(
                target.file, target.path(*keys), message, severity=_severity(found)
            )


def _vars(target: TargetView) -> Iterator[Problem]:
    added = target.tenant.fleet.contract.settings.var
    count = len(target.worker.vars.keys() | ({added} if added else set()))
    found = excess(count, limits.VARS_FREE, limits.VARS_PAID, plan_of(target))
    if found:
        along = f" with {added}" if added else ""
        message = f"{target.where} has {count} vars{along}, {found.words}"
        yield VAR_COUNT.broken(target.file, target.path("vars"), message, severity=_severity(found))


def _counted(target: TargetView) -> Iterator[tuple[KeyPath, str, Excess | None]]:
    plan = plan_of(target)
    crons = len(target.worker.triggers.crons or ())
    found = excess(crons, limits.CRONS_FREE, limits.CRONS_PAID, plan)
    yield ("triggers", "crons"), f"{crons} cron triggers", found
    files = len(target.assets.files) if target.assets else 0
    found = excess(files, limits.ASSETS_FREE, limits.ASSETS_PAID, plan)
    yield ("assets", "directory"), f"{files:,} assets", found
    cpu, requests = (_asked(target, key) for key in ("cpu_ms", "subrequests"))
    if cpu is not None:
        most = limits.CPU_MS_PAID
        if cpu > most:
            yield ("limits", "cpu_ms"), f"a CPU limit of {cpu:,} ms", excess(cpu, most, most, None)
        else:
            yield ("limits", "cpu_ms"), "a custom CPU limit", excess(1, 0, 1, plan)
    if requests is not None:
        found = excess(requests, limits.SUBREQUESTS_FREE, limits.SUBREQUESTS_PAID, plan)
        yield ("limits", "subrequests"), f"{requests:,} subrequests", found


def _asked(target: TargetView, key: str) -> int | None:
    found = at(target.resolved.get("limits"), key)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def _of_zones(target: TargetView) -> Iterator[tuple[KeyPath, str, Excess | None]]:
    if len(target.worker.routes) <= limits.ZONE_DOMAINS or "routes" in target.unreadable:
        return
    found = settings({"routes": target.resolved.get("routes")})
    for what, most, routes in (
        ("routes", limits.ZONE_ROUTES, found.routes),
        ("custom domains", limits.ZONE_DOMAINS, found.domains),
    ):
        zones = Counter(_zone(one) for one in routes)
        for zone, count in zones.items():
            yield (
                ("routes",),
                f"{count:,} {what} in the zone {zone}",
                excess(count, most, most, None),
            )


def _zone(route: Mapping[str, Json]) -> str:
    named = route.get("zone_id") or route.get("zone_name")
    name = host_of(str(route.get("pattern") or route.get("hostname")))
    return str(named or ".".join(name.split(".")[-2:]))


def _severity(found: Excess) -> Severity:
    return Severity.ERROR if found.certain else Severity.WARNING
