"""Where a target's Worker answers."""

from collections.abc import Mapping

from edgefleet.model.base import Json
from edgefleet.model.live import Settings
from edgefleet.rules.settings import settings

DEFAULT_WORKERS_DEV = "https://workers.dev"
HEALTH = "/health"


def worker_url(resolved: Mapping[str, Json], subdomain: str, workers_dev: str) -> str:
    """Return the URL below which a Worker tells its health: on workers.dev, or of a route.

    `workers_dev` is `https://workers.dev`, or localedge's `http://workers.localhost:PORT`; a route
    is taken where workers.dev is switched off.
    """
    found = settings(resolved)
    hosts = health_hosts(found)
    if found.workers_dev or not hosts:
        scheme, _, host = workers_dev.rstrip("/").partition("://")
        return f"{scheme}://{resolved['name']}.{subdomain}.{host}"
    return f"https://{hosts[0]}"


def health_hosts(found: Settings) -> list[str]:
    """Return the hosts whose `/health` is the Worker's, but for workers.dev."""
    routed = [_health_host(route["pattern"]) for route in found.routes]
    return [*(domain["hostname"] for domain in found.domains), *filter(None, routed)]


def _health_host(pattern: str) -> str | None:
    # https://developers.cloudflare.com/workers/configuration/routing/routes/#matching-behavior
    scheme, _, rest = pattern.rpartition("://")
    host, _, end = rest.partition("/")
    path = f"/{end}"
    covered = HEALTH.startswith(path[:-1]) if path.endswith("*") else path == HEALTH
    # `*.example.com` names no host that could be asked.
    return host if covered and scheme != "http" and "*" not in host else None
