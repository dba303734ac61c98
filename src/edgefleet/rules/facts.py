"""Desired and live state in one comparable form.

What Cloudflare fills in by itself is filled in on both sides, so that a default is no difference
(seen with wrangler 4.63.0 and the API's own schema).
"""

from collections.abc import Mapping, Sequence

from edgefleet.model.base import Json
from edgefleet.model.bundle import Bundle
from edgefleet.model.live import Settings, Share
from edgefleet.model.plan import Facts
from edgefleet.rules.metadata import bindings
from edgefleet.rules.settings import settings

VAR_TYPES = {"plain_text": "text", "json": "json"}
SECRET_TYPES = ("secret_text", "secret_key")
ALL_TRAFFIC = "100 % to one version"

OBSERVABILITY: dict[str, Json] = {
    "head_sampling_rate": 1,
    "logs": {"head_sampling_rate": 1, "invocation_logs": True, "persist": True},
    "traces": {"enabled": False, "head_sampling_rate": 1, "persist": True},
}
"""What Cloudflare adds to `observability: {enabled: true}`."""


def desired_facts(resolved: Mapping[str, Json], bundle: Bundle) -> Facts:
    """Return what a target should be, from its rendered configuration and the bundle."""
    placement = resolved.get("placement") or {}
    steps = resolved.get("migrations") or []
    return {
        **{f"modules.{module.name}": module.digest for module in bundle.modules},
        "main_module": bundle.main_module,
        **binding_facts(bindings(resolved), str(resolved["name"])),
        **runtime_facts(
            compatibility_date=resolved["compatibility_date"],
            compatibility_flags=resolved.get("compatibility_flags"),
            limits=resolved.get("limits"),
            placement=placement.get("mode"),
            migration_tag=steps[-1]["tag"] if steps else None,
        ),
        **setting_facts(settings(resolved)),
        "traffic": ALL_TRAFFIC,
    }


def runtime_facts(
    *,
    compatibility_date: Json,
    compatibility_flags: Sequence[str] | None,
    limits: Json,
    placement: Json,
    migration_tag: str | None,
) -> Facts:
    """Return how a version is run; what is not set is no fact."""
    facts = {
        "compatibility_date": compatibility_date,
        "compatibility_flags": sorted(compatibility_flags or []) or None,
        "limits": limits or None,
        "placement": placement or None,
        "migration_tag": migration_tag,
    }
    return {name: value for name, value in facts.items() if value is not None}


def setting_facts(found: Settings) -> Facts:
    """Return what belongs to a script and to none of its versions."""
    facts: Facts = {
        "crons": sorted(found.crons) or None,
        "workers_dev": found.workers_dev,
        "previews": found.previews,
        "observability": _observability(found.script.get("observability")),
        "logpush": bool(found.script.get("logpush")),
        "tail_consumers": found.script.get("tail_consumers") or None,
        "routes": sorted(route["pattern"] for route in found.routes) or None,
        "domains": sorted(domain["hostname"] for domain in found.domains) or None,
    }
    return {name: value for name, value in facts.items() if value is not None}


def binding_facts(entries: Sequence[Mapping[str, Json]], script: str) -> Facts:
    """Return vars by value and bindings by what they point to; secrets are no facts."""
    facts: Facts = {}
    for entry in entries:
        kind, name = entry["type"], entry["name"]
        if kind in VAR_TYPES:
            facts |= _flat(f"vars.{name}", entry[VAR_TYPES[kind]])
        elif kind not in SECRET_TYPES:
            facts[f"bindings.{name}"] = _pointed(entry, script)
    return facts


def traffic_fact(shares: Sequence[Share]) -> str:
    """Return the split of the traffic, in words."""
    if len(shares) == 1:
        return ALL_TRAFFIC
    return ", ".join(f"{share.percentage:g} % to {share.version_id}" for share in shares)


def _pointed(entry: Mapping[str, Json], script: str) -> dict[str, Json]:
    """Return a binding as both an upload and an answer would say it."""
    found = {key: value for key, value in entry.items() if key != "name" and value is not None}
    if found["type"] == "durable_object_namespace":
        found.pop("namespace_id", None)
        if found.get("script_name") == script:
            del found["script_name"]
        found.pop("environment", None)
    if found["type"] == "service" and found.get("environment") == "production":
        del found["environment"]
    if found["type"] == "d1":
        found["id"] = found.pop("id", None) or found.get("database_id")
        found.pop("database_id", None)
    return found


def _flat(path: str, value: Json) -> Facts:
    """Return a JSON object key by key: one changed setting is one change."""
    if not isinstance(value, Mapping) or not value:
        return {path: value}
    return {
        name: leaf
        for key, inner in value.items()
        for name, leaf in _flat(f"{path}.{key}", inner).items()
    }


def _observability(value: Json) -> Json:
    if not value or not value.get("enabled"):
        return {"enabled": False}
    filled = {**OBSERVABILITY, **{key: one for key, one in value.items() if one is not None}}
    for part, enabled in (("logs", True), ("traces", False)):
        given = {key: one for key, one in (value.get(part) or {}).items() if one is not None}
        filled[part] = {"enabled": enabled, **OBSERVABILITY[part], **given}
    # An empty list of destinations is what it is without one.
    for part in ("logs", "traces"):
        filled[part] = {key: one for key, one in filled[part].items() if one != []}
    return filled
