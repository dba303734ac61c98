"""Where a target's Worker answers."""

from collections.abc import Mapping
from typing import NamedTuple

from edgefleet.cloudflare.models import ScriptSettings
from edgefleet.cloudflare.settings import settings
from edgefleet.core.model import Json

DEFAULT_WORKERS_DEV = "https://workers.dev"


class HealthUrls(NamedTuple):
    """The URLs below which a Worker tells its health while its settings change."""

    now: str | None
    """Before they are made; None where nothing leads to it."""
    then: str
    """After."""


def worker_url(
    resolved: Mapping[str, Json], subdomain: str, workers_dev: str, path: str = "/"
) -> str:
    """Return the URL below which a Worker tells its health: on workers.dev, or of a route.

    `path` is that of its health check.

    `workers_dev` is `https://workers.dev`, or localedge's `http://workers.localhost:PORT`; a route
    is taken where workers.dev is switched off.
    """
    on_workers_dev = workers_dev_url(str(resolved["name"]), subdomain, workers_dev)
    found = settings(resolved)
    return health_urls(found, found, on_workers_dev, path).then


def workers_dev_url(script: str, subdomain: str, workers_dev: str) -> str:
    """Return the URL of a script on workers.dev."""
    scheme, _, host = workers_dev.rstrip("/").partition("://")
    return f"{scheme}://{script}.{subdomain}.{host}"


def health_urls(
    before: ScriptSettings, after: ScriptSettings, on_workers_dev: str, path: str = "/"
) -> HealthUrls:
    """Return where a Worker can be asked for `path` before and after its settings are changed.

    Where one URL holds for both, it is taken: another that is new may wait for its certificate.
    """
    now = _urls(before, on_workers_dev, path)
    then = _urls(after, on_workers_dev, path) or [on_workers_dev]
    both = next((url for url in then if url in now), None)
    return HealthUrls(both or next(iter(now), None), both or then[0])


def _urls(found: ScriptSettings, on_workers_dev: str, path: str) -> list[str]:
    routed = [f"https://{host}" for host in health_hosts(found, path)]
    return [on_workers_dev, *routed] if found.workers_dev else routed


def health_hosts(found: ScriptSettings, path: str) -> list[str]:
    """Return the hosts whose `path` is the Worker's, but for workers.dev."""
    routed = [_health_host(route["pattern"], path) for route in found.routes]
    return [*(domain["hostname"] for domain in found.domains), *filter(None, routed)]


def _health_host(pattern: str, asked: str) -> str | None:
    # https://developers.cloudflare.com/workers/configuration/routing/routes/#matching-behavior
    scheme, _, rest = pattern.rpartition("://")
    host, _, end = rest.partition("/")
    path, asked = f"/{end}", asked.partition("?")[0]
    covered = asked.startswith(path[:-1]) if path.endswith("*") else path == asked
    # `*.example.com` names no host that could be asked.
    return host if covered and scheme != "http" and "*" not in host else None
