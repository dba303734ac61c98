"""From a live Worker to the keys of a wrangler file: the inverse of what a deploy does."""

from collections.abc import Iterator, Mapping

from edgefleet.cloudflare.triggers.declared_consumers import DEFAULTS
from edgefleet.cloudflare.worker.binding_types import KINDS
from edgefleet.cloudflare.worker.exports import DURABLE_OBJECT, live_exports
from edgefleet.cloudflare.worker.static_assets import CONFIG_KEYS
from edgefleet.core.model import Json
from edgefleet.onboard.adopt.models import Adopted, LiveWorker, Unwritten
from edgefleet.onboard.adopt.sections import ASSETS, DeclaredBindings, declared
from edgefleet.state import normalize as defaults
from edgefleet.state.normalize import PLACES


def adopted(live: LiveWorker) -> Adopted:
    """Return what a live Worker is as one environment of a wrangler file, flat."""
    found = declared(live.bindings, live.script)
    keys: dict[str, Json] = {
        **_runtime(live),
        **_settings(live),
        **_bound(found),
        **({"vars": found.vars} if found.vars else {}),
    }
    unwritten = [*found.unwritten, *live.unseen]
    _add_workflows(keys, live, unwritten)
    _add_consumers(keys, live)
    _add_assets(keys, live, found)
    if "placement" not in live.untold:
        _add_placement(keys, live, unwritten)
    for key in sorted(live.untold):
        why = "Cloudflare tells it of the newest version alone, and another one is live"
        unwritten.append(Unwritten(what=key, why=why))
    if not live.compatibility_date:
        why = "the version has none; edgefleet deploys none without"
        unwritten.append(Unwritten(what="compatibility_date", why=why))
    return Adopted(keys=keys, secrets=tuple(sorted(found.secrets)), unwritten=tuple(unwritten))


def put(keys: dict[str, Json], section: str, value: Json) -> None:
    """Set what a section holds; a dot leads into an object. None takes it away."""
    outer, dot, inner = section.partition(".")
    if dot:
        below = dict(keys.get(outer) or {})
        put(below, inner, value)
        keys.pop(outer, None)
        if below:
            keys[outer] = below
    elif value is None:
        keys.pop(section, None)
    else:
        keys[section] = value


def migrations(live: LiveWorker, known: list[Mapping[str, Json]]) -> list[Json] | None:
    """Return migrations that end at the live tag; `known` are those of the files.

    Cloudflare keeps the tag alone. Where the files do not know it, one migration makes the classes
    that the script has; it is never applied again. None where there are none.
    """
    exported = live_exports(live.exports).values()
    if live.migration_tag is None or any(it.get("type") == DURABLE_OBJECT for it in exported):
        return None
    tags = [one.get("tag") for one in known]
    if live.migration_tag in tags:
        return [dict(one) for one in known[: tags.index(live.migration_tag) + 1]]
    made = {
        "new_sqlite_classes": sorted(name for name, sqlite in live.classes.items() if sqlite),
        "new_classes": sorted(name for name, sqlite in live.classes.items() if not sqlite),
    }
    return [{"tag": live.migration_tag, **{key: names for key, names in made.items() if names}}]


def _runtime(live: LiveWorker) -> dict[str, Json]:
    keys: dict[str, Json] = {
        "compatibility_date": live.compatibility_date,
        "compatibility_flags": list(live.compatibility_flags),
        "limits": live.limits,
        "cache": defaults.cache(live.cache),
        "exports": live_exports(live.exports),
    }
    return {key: value for key, value in keys.items() if value}


def _settings(live: LiveWorker) -> dict[str, Json]:
    """Return the settings that belong to the script; switches are always said."""
    found = live.settings
    consumers = found.script.get("tail_consumers") or []
    routes: list[dict[str, Json]] = [
        {key: one[key] for key in ("pattern", "zone_name", "zone_id") if one.get(key)}
        for one in found.routes
    ]
    routes += [{"pattern": one["hostname"], "custom_domain": True} for one in found.domains]
    keys: dict[str, Json] = {
        "routes": sorted(routes, key=lambda one: str(one["pattern"])),
        "tail_consumers": [_without_none(one) for one in consumers],
        "logpush": bool(found.script.get("logpush")) or None,
    }
    return {
        "workers_dev": found.workers_dev,
        "preview_urls": found.previews,
        "observability": _observability(found.script.get("observability")),
        "triggers": {"crons": list(found.crons)},
        **{key: value for key, value in keys.items() if value},
    }


def _observability(told: Mapping[str, Json] | None) -> dict[str, Json]:
    """Return the least that asks for these logs and traces; Cloudflare tells every default, too."""
    form = defaults.observability(told)
    found: dict[str, Json] = _without_none(told or {})
    for path in sorted(_paths(found), key=len, reverse=True):
        less = _without(found, path)
        if path != ("enabled",) and defaults.observability(less) == form:
            found = less
    return {"enabled": form["enabled"], **found}


def _paths(value: Mapping[str, Json], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, one in value.items():
        yield (*above, key)
        if isinstance(one, Mapping):
            yield from _paths(one, (*above, key))


def _without(value: Mapping[str, Json], path: tuple[str, ...]) -> dict[str, Json]:
    first, *rest = path
    if not rest:
        return {key: one for key, one in value.items() if key != first}
    return {**value, first: _without(value[first], tuple(rest))}


def _bound(found: DeclaredBindings) -> dict[str, Json]:
    keys: dict[str, Json] = {}
    for section, bound in found.sections.items():
        if section != ASSETS:
            entries = list(bound.values())
            put(keys, section, entries[0] if KINDS[section].single else entries)
    return keys


def _add_workflows(keys: dict[str, Json], live: LiveWorker, unwritten: list[Unwritten]) -> None:
    """Add the settings of the script's own workflows to their bindings."""
    bound = keys.get("workflows") or []
    for workflow in live.settings.workflows:
        own = [it for it in bound if it["name"] == workflow["name"] and "script_name" not in it]
        if own:
            own[0].update(workflow)
        else:
            why = "no binding leads to it, and the section workflows of a wrangler file binds"
            unwritten.append(Unwritten(what=f"workflows.{workflow['name']}", why=why))


def _add_consumers(keys: dict[str, Json], live: LiveWorker) -> None:
    consumers = [
        {key: value for key, value in one.items() if key == "queue" or value != DEFAULTS[key]}
        for one in live.settings.consumers
    ]
    if consumers:
        put(keys, "queues.consumers", consumers)


def _add_assets(keys: dict[str, Json], live: LiveWorker, found: DeclaredBindings) -> None:
    """Say how assets are served; which folder has them, nothing at Cloudflare tells."""
    told = {key: value for key, value in (live.assets or {}).items() if key in CONFIG_KEYS}
    (binding,) = found.sections.get(ASSETS, {None: {}}).values()
    if live.has_assets:
        keys[ASSETS] = {**_without_none(told), **binding}


def _add_placement(keys: dict[str, Json], live: LiveWorker, unwritten: list[Unwritten]) -> None:
    found = defaults.placement(live.placement)
    if found is None:
        return
    places = [key for key in PLACES if key in found]
    if found == {"mode": "smart"}:
        keys["placement"] = found
    elif places and found["mode"] == "targeted":
        keys["placement"] = {places[0]: found[places[0]]}
    else:
        why = f"no wrangler file asks for the mode {found['mode']} with these targets"
        unwritten.append(Unwritten(what="placement", why=why))


def _without_none(value: Json) -> Json:
    if isinstance(value, Mapping):
        return {key: _without_none(one) for key, one in value.items() if one is not None}
    return value
