"""Where a target's Worker answers."""

from collections.abc import Mapping

from edgefleet.model.base import Json

DEFAULT_WORKERS_DEV = "https://workers.dev"


def worker_url(resolved: Mapping[str, Json], subdomain: str, workers_dev: str) -> str:
    """Return the URL of a Worker: on workers.dev where it is switched on, else of its first route.

    `workers_dev` is `https://workers.dev`, or localedge's `http://workers.localhost:PORT`.
    Unset, the switch is on where there are no routes (wrangler's rule).
    """
    routes = _hosts(resolved)
    if resolved.get("workers_dev", not routes) or not routes:
        scheme, _, host = workers_dev.rstrip("/").partition("://")
        return f"{scheme}://{resolved['name']}.{subdomain}.{host}"
    return f"https://{routes[0]}"


def _hosts(resolved: Mapping[str, Json]) -> list[str]:
    routes = list(resolved.get("routes") or [])
    if "route" in resolved:
        routes.append(resolved["route"])
    patterns = [route["pattern"] if isinstance(route, Mapping) else route for route in routes]
    hosts = [pattern.split("://")[-1].split("/")[0] for pattern in patterns]
    # `*.example.com` names no host that could be asked.
    return [host for host in hosts if "*" not in host]
