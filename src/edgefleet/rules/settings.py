"""What belongs to a script and to none of its versions: what is asked for, and what differs."""

from collections.abc import Mapping

from edgefleet.model.base import Json
from edgefleet.model.live import Settings

EVERY_TOKENS = frozenset({"crons", "workers_dev", "previews", "script"})
"""The parts of settings that every token which deploys may write.

Routes and custom domains need permissions in their zones.
"""


def differing(some: Settings, others: Settings) -> frozenset[str]:
    """Return the names of the parts in which settings differ."""
    names = Settings.model_fields
    return frozenset(name for name in names if getattr(some, name) != getattr(others, name))


def settings(resolved: Mapping[str, Json]) -> Settings:
    """Return the triggers, switches and settings of a resolved configuration.

    Unset switches follow wrangler: workers.dev is on where there are no routes, the addresses of
    single versions where workers.dev is.
    """
    routes = _routes(resolved)
    workers_dev = bool(resolved.get("workers_dev", not routes))
    return Settings(
        crons=tuple((resolved.get("triggers") or {}).get("crons") or ()),
        workers_dev=workers_dev,
        previews=bool(resolved.get("preview_urls", workers_dev)),
        script={
            "observability": resolved.get("observability") or {"enabled": False},
            "logpush": bool(resolved.get("logpush")),
            "tail_consumers": resolved.get("tail_consumers") or [],
        },
        routes=tuple(route for route in routes if not route.get("custom_domain")),
        domains=tuple(_domain(route) for route in routes if route.get("custom_domain")),
    )


def _routes(resolved: Mapping[str, Json]) -> list[dict[str, Json]]:
    declared = [*(resolved.get("routes") or []), *filter(None, [resolved.get("route")])]
    return [dict(one) if isinstance(one, Mapping) else {"pattern": one} for one in declared]


def _domain(route: Mapping[str, Json]) -> dict[str, Json]:
    zone = {key: route[key] for key in ("zone_id", "zone_name") if key in route}
    return {"hostname": route["pattern"], **zone}
