"""What Cloudflare fills in by itself, or says in other words: no difference in either case.

Each function takes what a configuration asks for or what an answer tells, and returns the one
form of both. Seen in wrangler 4.63.0 (`src/deploy/config-diffs.ts`) and in the API's own schema
(the official SDK 5.9.0).
"""

from collections.abc import Mapping, Sequence

from edgefleet.core.model import Json

SAMPLED_FULLY: Mapping[str, Json] = {"head_sampling_rate": 1, "persist": True}
PLACES = ("region", "host", "hostname")
SOMEWHERE: Mapping[str, Json] = {"mode": "targeted"}
"""All that Cloudflare tells of the place of a version that is not the newest."""
UNTOLD: Mapping[str, Json] = {"untold": True}
"""Stands for the cache of a version that is not the newest."""


def binding(entry: Mapping[str, Json], script: str) -> dict[str, Json]:
    """Return what a binding of `script` points to, without the binding's name."""
    found = {key: value for key, value in entry.items() if key != "name" and value is not None}
    kind = found["type"]
    if kind == "durable_object_namespace":
        found.pop("namespace_id", None)
        found.pop("environment", None)
    if kind in ("durable_object_namespace", "workflow") and found.get("script_name") == script:
        del found["script_name"]
    if kind == "service" and found.get("environment") == "production":
        del found["environment"]
    if kind == "analytics_engine":
        # https://developers.cloudflare.com/workers/wrangler/configuration/#analytics-engine-datasets
        found.setdefault("dataset", entry["name"])
    if kind == "queue":
        # wrangler's file may name a delay, but no upload carries it.
        found.pop("delivery_delay", None)
    if kind == "d1":
        found["id"] = found.pop("id", None) or found.get("database_id")
        found.pop("database_id", None)
    return found


def observability(value: Mapping[str, Json] | None) -> dict[str, Json]:
    """Return all switches of a script's logs and traces."""
    config = _without_empty(value)
    on = config.get("enabled") is True
    logs = {
        "enabled": on,
        "invocation_logs": True,
        **SAMPLED_FULLY,
        **_without_empty(config.get("logs")),
    }
    traces = {"enabled": False, **SAMPLED_FULLY, **_without_empty(config.get("traces"))}
    return {**SAMPLED_FULLY, **config, "enabled": on, "logs": logs, "traces": traces}


def tail_consumers(value: Sequence[Mapping[str, Json]] | None) -> list[dict[str, Json]]:
    """Return the Workers that get a script's logs; their order means nothing."""
    found = [
        {
            key: item
            for key, item in _without_empty(one).items()
            if (key, item) != ("environment", "production")
        }
        for one in value or ()
    ]
    return sorted(found, key=lambda one: str(one.get("service")))


def placement(value: Mapping[str, Json] | None) -> dict[str, Json] | None:
    """Return where a Worker runs; None where Cloudflare decides.

    No answer tells the `hint` of a smart placement, so it is not compared.
    """
    config = _without_empty(value)
    if config.get("hint") or config.get("mode") == "smart":
        return {"mode": "smart"}
    for key in PLACES:
        if key in config:
            return {"mode": "targeted", key: config[key]}
    targets = config.get("target") or []
    if len(targets) == 1:
        return placement(targets[0])
    if config.get("mode") in (None, "off"):
        return None
    return {"mode": config["mode"], **({"target": targets} if targets else {})}


def cache(value: Mapping[str, Json] | None) -> dict[str, Json] | None:
    """Return how a Worker's responses are cached; a switch that is off is as if it were absent."""
    return {key: one for key, one in (value or {}).items() if one} or None


def _without_empty(value: Mapping[str, Json] | None) -> dict[str, Json]:
    """Leave out what is null or an empty list: it is as if it were not there."""
    return {key: one for key, one in (value or {}).items() if one is not None and one != []}
