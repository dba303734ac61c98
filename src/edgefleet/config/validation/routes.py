"""Rules for routes: edgefleet must reach the health check, which decides about a deploy."""

from collections.abc import Iterator

from edgefleet.cloudflare.settings import settings
from edgefleet.config.reading.rule import Problem, Rule
from edgefleet.config.reading.views import TargetView
from edgefleet.config.worker_urls import health_hosts

HEALTH_UNREACHABLE = Rule(
    code="health-unreachable",
    means="workers.dev is off, and no route sends the path of the health check (health.path of "
    "fleet.jsonc) of a host without wildcard to the Worker: edgefleet could not check its health, "
    "and would roll back every deploy. With routes, workers.dev is off unless workers_dev is true "
    "(https://developers.cloudflare.com/workers/configuration/routing/routes/).",
    example='"workers_dev": false, "routes": ["api.example.com/v1/*", "*.example.com/*"]',
    fix='add a route such as "api.example.com/health", or set "workers_dev": true',
)
ROUTE_TWICE = Rule(
    code="route-twice",
    means="An environment has both route and routes, of which one may come from the top level. "
    "wrangler refuses that.",
    example='"route": "api.example.com/*", "routes": ["www.example.com/*"]',
    fix="move the pattern of route into routes",
)
RULES = (HEALTH_UNREACHABLE, ROUTE_TWICE)

KEYS = ("routes", "route", "workers_dev")


def one_of_both(target: TargetView) -> Iterator[Problem]:
    """Check that an environment has either route or routes."""
    if target.worker.route and "routes" in target.worker.model_fields_set:
        message = f"{target.where} has route and routes"
        yield ROUTE_TWICE.broken(target.file, target.path("route"), message)


def health_route(target: TargetView) -> Iterator[Problem]:
    """Check that edgefleet can reach the Worker's health check."""
    health = target.tenant.fleet.health
    unknown = target.unreadable.intersection(KEYS)
    if health is None or not target.environment.deployable or unknown:
        return
    said = {key: target.resolved[key] for key in KEYS if key in target.resolved}
    found = settings(said)
    if found.workers_dev or health_hosts(found, health.path):
        return
    place = target.path(next(key for key in KEYS if key in said))
    message = (
        f"{target.where} has workers.dev off, and no route that sends {health.path} of a host "
        "without wildcard to the Worker"
    )
    yield HEALTH_UNREACHABLE.broken(target.file, place, message)
