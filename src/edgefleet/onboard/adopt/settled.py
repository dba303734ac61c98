"""What a configuration must become so that it describes a live Worker, with the least change.

What means the same stays as the files say it: a route with or without its zone, a binding with
what wrangler dev alone needs beside its id.
"""

from collections.abc import Callable, Mapping
from typing import Any

from edgefleet.cloudflare.settings import hosts, patterns, settings
from edgefleet.cloudflare.triggers.cron_expressions import same
from edgefleet.cloudflare.triggers.declared_consumers import DEFAULTS, filled
from edgefleet.cloudflare.triggers.declared_workflows import SETTINGS, declared_workflows
from edgefleet.cloudflare.worker.binding_types import KINDS, UNSAFE
from edgefleet.cloudflare.worker.exports import live_exports
from edgefleet.cloudflare.worker.static_assets import CONFIG_KEYS, asset_settings
from edgefleet.config.overlay.merge import NAMED_LISTS
from edgefleet.core.foreign.values import at, entries
from edgefleet.core.model import Json
from edgefleet.onboard.adopt.models import Adopted, LiveWorker
from edgefleet.onboard.adopt.rules import migrations, put
from edgefleet.onboard.adopt.sections import ASSETS, SECTION_OF, form_of
from edgefleet.state import normalize as defaults
from edgefleet.state.diff import diff

Config = dict[str, Json]
CONSUMERS, WORKFLOWS = "queues.consumers", "workflows"

FORMS: Mapping[str, Callable[[Mapping[str, Json]], Json]] = {
    "compatibility_date": lambda it: it.get("compatibility_date"),
    "compatibility_flags": lambda it: sorted(it.get("compatibility_flags") or []),
    "limits": lambda it: it.get("limits") or None,
    "placement": lambda it: defaults.placement(it.get("placement")),
    "cache": lambda it: defaults.cache(it.get("cache")),
    "exports": lambda it: live_exports(it.get("exports")),
    "triggers": lambda it: sorted({same(cron) for cron in settings(it).crons}),
    "routes": lambda it: [sorted(read(settings(it))) for read in (patterns, hosts)],
    "workers_dev": lambda it: settings(it).workers_dev,
    "preview_urls": lambda it: settings(it).previews,
    "observability": lambda it: defaults.observability(it.get("observability")),
    "logpush": lambda it: bool(it.get("logpush")),
    "tail_consumers": lambda it: defaults.tail_consumers(it.get("tail_consumers")),
}
"""The keys that a deploy decides besides bindings -> what a configuration means by each.

Routes come before the switches, whose absence means one thing or another by them.
"""


def settled(now: Mapping[str, Json], wanted: Adopted, live: LiveWorker) -> Config:
    """Return `now`, a resolved configuration, changed where a live Worker differs from it."""
    found: Config = {**now, "name": live.script, "account_id": live.account_id}
    for key, form in FORMS.items():
        if key not in live.untold and not _equal(form(found), form(wanted.keys)):
            put(found, key, wanted.keys.get(key))
            if key == "routes":
                found.pop("route", None)
    _settle_migrations(found, live)
    keys = _as_declared(found, wanted.keys, live.script)
    for section, name in {**NAMED_LISTS, **dict.fromkeys(_SINGLE, "")}.items():
        if section != CONSUMERS or "consumers" not in live.unreadable:
            _settle_section(found, keys, section, name, live)
    _settle_assets(found, keys)
    _settle_vars(found, keys.get("vars") or {})
    return found


_SINGLE = [section for section, kind in KINDS.items() if kind.single and section != ASSETS]


def _as_declared(now: Config, wanted: Mapping[str, Json], script: str) -> Config:
    """Return what is wanted with those bindings as unsafe ones that the files declare so."""
    keys = dict(wanted)
    for _, unsafe in entries(now, *UNSAFE.split(".")):
        section = SECTION_OF.get(str(unsafe.get("type")))
        bound = at(keys, *section.split(".")) if section else None
        if section is None or not isinstance(bound, list):
            continue
        form = form_of(UNSAFE, unsafe, script)
        rest = [one for one in bound if not _equal(form_of(section, one, script), form)]
        if len(rest) == len(bound) - 1:
            put(keys, section, rest or None)
            put(keys, UNSAFE, [*(at(keys, *UNSAFE.split(".")) or []), unsafe])
    return keys


def _settle_migrations(found: Config, live: LiveWorker) -> None:
    known = found.get("migrations") or []
    wanted = migrations(live, known)
    if known != (wanted or []):
        put(found, "migrations", wanted)


def _settle_section(
    found: Config, wanted: Mapping[str, Json], section: str, name: str, live: LiveWorker
) -> None:
    before, after = at(found, *section.split(".")), at(wanted, *section.split("."))
    if not name:
        entry = _settled_entry(section, before, after, live) if after else None
        put(found, section, entry)
        return
    known = {it.get(name): it for it in before or [] if isinstance(it, Mapping)}
    bound = [_settled_entry(section, known.get(it[name]), it, live) for it in after or []]
    order = list(known)
    bound.sort(key=lambda it: order.index(it[name]) if it[name] in known else len(order))
    if before or bound:
        put(found, section, bound or None)


def _settled_entry(section: str, before: Json, after: Json, live: LiveWorker) -> Json:
    """Return a binding as the files say it, where that means what is live; else as it is live.

    What has no effect at Cloudflare stays beside it: for wrangler dev, for D1 migrations.
    """
    if not isinstance(before, Mapping):
        return after
    if _equal(_form(section, before, live), _form(section, after, live)):
        return before
    managed = _managed(section, live)
    kept = {key: one for key, one in before.items() if managed and key not in managed}
    return {**kept, **after}


def _form(section: str, entry: Json, live: LiveWorker) -> Json:
    if section == CONSUMERS:
        return filled(str(entry.get("queue")), entry)
    bound = form_of(section, entry, live.script)
    if section == WORKFLOWS and bound is not None and WORKFLOWS not in live.unreadable:
        return [bound, *declared_workflows({"name": live.script, WORKFLOWS: [entry]})]
    return bound


def _managed(section: str, live: LiveWorker) -> frozenset[str]:
    """Return the keys of an entry that a deploy decides; empty where that is all of them."""
    if section == CONSUMERS:
        return frozenset({"queue", *DEFAULTS})
    kind = KINDS[section]
    told = section == WORKFLOWS and WORKFLOWS not in live.unreadable
    more = (*SETTINGS, "schedules") if told else ()
    return frozenset({kind.name, *kind.keys, *more}) if kind.type else frozenset()


def _settle_assets(found: Config, wanted: Mapping[str, Json]) -> None:
    before, after = found.get(ASSETS), wanted.get(ASSETS)
    if before is None or after is None:
        found.pop(ASSETS, None)
        return
    kept = {key: one for key, one in before.items() if key not in {*CONFIG_KEYS, "binding"}}
    if not _equal(_served(before), _served(after)):
        found[ASSETS] = {**kept, **after}


def _served(assets: Mapping[str, Any]) -> Json:
    return [asset_settings(assets), assets.get("binding")]


def _settle_vars(found: Config, wanted: Mapping[str, Json]) -> None:
    before = found.get("vars") or {}
    after = {name: before[name] for name in before if name in wanted}
    after |= {
        name: value
        for name, value in wanted.items()
        if name not in before or not _equal(before[name], value)
    }
    if before or after:
        put(found, "vars", after or None)


def _equal(one: Json, other: Json) -> bool:
    """Whether two values are the same to a plan."""
    return not diff({"": one}, {"": other})
