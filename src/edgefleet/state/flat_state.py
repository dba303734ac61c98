"""Desired and live state in one comparable form: flat facts, each with its path."""

import json
from collections.abc import Mapping, Sequence

from edgefleet.cloudflare.models import ScriptSettings, TrafficShare
from edgefleet.cloudflare.settings import hosts, patterns, settings
from edgefleet.cloudflare.triggers.cron_expressions import same
from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.cloudflare.worker.exports import live_exports
from edgefleet.cloudflare.worker.metadata import bindings
from edgefleet.core.model import Json
from edgefleet.state import normalize as defaults
from edgefleet.state.asset_facts import desired_assets, known_settings
from edgefleet.state.models import FlatState

VAR_TYPES = {"plain_text": "text", "json": "json"}
BELOW_MIGRATIONS = "d1_migrations."
"""What the paths of D1 migrations begin with."""

BELOW_EXPORTS = "exports."
"""What the paths of declared exports begin with."""

BELOW_WORKFLOWS = "workflows."
"""What the paths of workflows begin with."""

BELOW_SECRETS = "secrets."
"""What the paths of secrets begin with."""

SECRET_TYPES = ("secret_text", "secret_key")
ALL_TRAFFIC = "100 % to one version"


def desired_state(resolved: Mapping[str, Json], bundle: Bundle) -> FlatState:
    """Return what a target should be, from its rendered configuration and the bundle."""
    steps = resolved.get("migrations") or []
    return {
        **{f"modules.{module.name}": module.digest for module in bundle.code},
        **({"main_module": bundle.main_module} if bundle.main_module else {}),
        **desired_assets(resolved, bundle.assets_of(resolved)),
        **binding_facts(bindings(resolved), str(resolved["name"])),
        **runtime_facts(
            compatibility_date=resolved["compatibility_date"],
            compatibility_flags=resolved.get("compatibility_flags"),
            limits=resolved.get("limits"),
            placement=resolved.get("placement"),
            cache=resolved.get("cache"),
            migration_tag=steps[-1]["tag"] if steps else None,
        ),
        **export_facts(resolved.get("exports")),
        **setting_facts(settings(resolved)),
        "traffic": ALL_TRAFFIC,
    }


def runtime_facts(
    *,
    compatibility_date: Json,
    compatibility_flags: Sequence[str] | None,
    limits: Json,
    placement: Mapping[str, Json] | None,
    migration_tag: str | None,
    cache: Mapping[str, Json] | None = None,
) -> FlatState:
    """Return how a version is run; what is not set is no fact."""
    facts = {
        "compatibility_date": compatibility_date,
        "compatibility_flags": sorted(compatibility_flags or []) or None,
        "limits": limits or None,
        "placement": defaults.placement(placement),
        "cache": defaults.cache(cache),
        "migration_tag": migration_tag,
    }
    return {name: value for name, value in facts.items() if value is not None}


def export_facts(declared: Mapping[str, Json] | None) -> FlatState:
    """Return each live export that a version declares."""
    found = live_exports(declared)
    return {below("exports", name): found[name] for name in found}


def setting_facts(found: ScriptSettings) -> FlatState:
    """Return what belongs to a script and to none of its versions."""
    facts: FlatState = {
        "crons": sorted({same(cron) for cron in found.crons}) or None,
        "workers_dev": found.workers_dev,
        "previews": found.previews,
        **_flat("observability", defaults.observability(found.script.get("observability"))),
        "logpush": bool(found.script.get("logpush")),
        "tail_consumers": defaults.tail_consumers(found.script.get("tail_consumers")) or None,
        "routes": sorted(patterns(found)) or None,
        "domains": sorted(hosts(found)) or None,
        **_by_name("consumers", "queue", found.consumers),
        **_by_name("workflows", "name", found.workflows),
    }
    return {name: value for name, value in facts.items() if value is not None}


def _by_name(section: str, key: str, found: Sequence[Mapping[str, Json]]) -> FlatState:
    """Return one fact for each thing that has a name, without the name."""
    return {
        below(section, str(one[key])): {name: one[name] for name in one if name != key}
        for one in found
    }


def binding_facts(entries: Sequence[Mapping[str, Json]], script: str) -> FlatState:
    """Return vars by value, bindings by what they point to, and secrets by name alone."""
    facts: FlatState = {}
    for entry in entries:
        kind, name = entry["type"], entry["name"]
        if kind in VAR_TYPES:
            facts |= _flat(below("vars", name), entry[VAR_TYPES[kind]])
        elif kind in SECRET_TYPES:
            facts[f"{BELOW_SECRETS}{name}"] = "set"
        else:
            facts[below("bindings", name)] = defaults.binding(entry, script)
    return facts


def traffic_fact(shares: Sequence[TrafficShare]) -> str:
    """Return the split of the traffic, in words."""
    if len(shares) == 1:
        return ALL_TRAFFIC
    return ", ".join(f"{share.percentage:g} % to {share.version_id}" for share in shares)


def managed_only(live: FlatState, resolved: Mapping[str, Json]) -> FlatState:
    """Return the live facts that a deploy of this configuration decides.

    A file without migrations asks for none. Of a version that is not the newest Cloudflare does not
    tell its cache, nor the place where it runs, only that it has one: these are taken for the
    file's.
    """
    if live.get("cache") == defaults.UNTOLD:
        asked = defaults.cache(resolved.get("cache"))
        rest = {path: value for path, value in live.items() if path != "cache"}
        live = rest | ({"cache": asked} if asked else {})
    desired = defaults.placement(resolved.get("placement"))
    if live.get("placement") == defaults.SOMEWHERE and desired and desired["mode"] == "targeted":
        live = {**live, "placement": desired}
    without = () if resolved.get("migrations") else ("migration_tag",)
    managed = {path: value for path, value in live.items() if path not in without}
    return known_settings(managed, resolved)


def below(path: str, key: str) -> str:
    """Return the path of a key; one that holds a dot is quoted, so that no two paths are one."""
    return f"{path}.{json.dumps(key) if '.' in key else key}"


def _flat(path: str, value: Json) -> FlatState:
    """Return a JSON object key by key: one changed setting is one change."""
    if not isinstance(value, Mapping) or not value:
        return {path: value}
    return {
        name: leaf
        for key, inner in value.items()
        for name, leaf in _flat(below(path, key), inner).items()
    }
