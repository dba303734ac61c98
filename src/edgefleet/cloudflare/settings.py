"""What belongs to a script and to none of its versions: what is asked for, and what differs."""

from collections.abc import Mapping, Sequence

from edgefleet.cloudflare.models import HeldDomain, ScriptSettings
from edgefleet.cloudflare.triggers.declared_consumers import declared_consumers
from edgefleet.cloudflare.triggers.declared_workflows import declared_workflows
from edgefleet.cloudflare.triggers.hosts import host, pattern, route
from edgefleet.core.model import Json

EVERY_TOKENS = frozenset({"crons", "workers_dev", "previews", "script"})
"""The parts of settings that every token which deploys may write.

Routes need a permission in their zones. Custom domains and consumers need that of an upload, says
Cloudflare; they are written where they differ all the same.
"""

BY_OTHER_GROUPS = frozenset({"routes", "consumers"})
"""The parts that a token may be unable to write which uploads Workers.

Routes need Workers Routes in their zone; for consumers Cloudflare takes Queues, and says that it
takes Workers Scripts. Custom domains and workflows need Workers Scripts.
"""

BESIDE = frozenset({"consumers", "workflows"})
"""The parts that lists of the whole account hold: they are read where a script may have some."""

APART = BESIDE | {"routes"}
"""The parts that are read by themselves: where a file asks for some, or a script may have some."""

TAKEN_FROM = "taken_from"
"""The key of a custom domain for the script that has it and gives it up."""


def differing(some: ScriptSettings, others: ScriptSettings) -> frozenset[str]:
    """Return the names of the parts in which settings differ.

    The host of a route or domain says its zone: that it is named in another way is no difference.
    """
    names = ScriptSettings.model_fields
    return frozenset(name for name in names if _form(some, name) != _form(others, name))


def hosts(found: ScriptSettings) -> frozenset[str]:
    """Return the custom domains."""
    return frozenset(host(str(domain["hostname"])) for domain in found.domains)


def without_record(wanted: ScriptSettings, live: ScriptSettings, said: str) -> str:
    """Return what to do where Cloudflare refuses a custom domain for its DNS record.

    `said` are Cloudflare's words, which name the host or not.
    """
    new = sorted(hosts(wanted) - hosts(live))
    named = [one for one in new if one in said] or new
    return f"delete the DNS record of {', '.join(named)} first, in the DNS settings of its zone"


def patterns(found: ScriptSettings) -> frozenset[str]:
    """Return the patterns of the routes."""
    return frozenset(pattern(str(one["pattern"])) for one in found.routes)


def changed_routes(wanted: ScriptSettings, live: ScriptSettings) -> list[dict[str, Json]]:
    """Return the routes that come or go."""
    changed = patterns(wanted) ^ patterns(live)
    return [
        one for one in (*wanted.routes, *live.routes) if pattern(str(one["pattern"])) in changed
    ]


def changed_queues(wanted: ScriptSettings, live: ScriptSettings) -> set[str]:
    """Return the names of queues whose consumer comes, goes or changes."""
    before, after = ({one["queue"]: one for one in each.consumers} for each in (live, wanted))
    names = before.keys() | after.keys()
    return {str(name) for name in names if before.get(name) != after.get(name)}


def beside(found: ScriptSettings) -> frozenset[str]:
    """Return which of the parts that belong to lists of the account a script has."""
    return frozenset(name for name in BESIDE if getattr(found, name))


def apart(found: ScriptSettings) -> frozenset[str]:
    """Return which of the parts that are read by themselves a script has."""
    return frozenset(name for name in APART if getattr(found, name))


def with_workflows_of(wanted: ScriptSettings, live: ScriptSettings) -> ScriptSettings:
    """Return settings that have the live workflows, too: to delete one ends its instances."""
    named = {one["name"] for one in wanted.workflows}
    others = (one for one in live.workflows if one["name"] not in named)
    return wanted.model_copy(update={"workflows": (*wanted.workflows, *others)})


def taking(found: ScriptSettings, held: Sequence[HeldDomain]) -> ScriptSettings:
    """Return settings whose custom domains say which other script has them now."""
    whose = {one.hostname: one.script for one in held}
    domains = (
        {**domain, TAKEN_FROM: whose[domain["hostname"]]} if domain["hostname"] in whose else domain
        for domain in found.domains
    )
    return found.model_copy(update={"domains": tuple(domains)})


def _form(found: ScriptSettings, name: str) -> object:
    read = {"routes": patterns, "domains": hosts}.get(name)
    return read(found) if read else getattr(found, name)


def settings(resolved: Mapping[str, Json]) -> ScriptSettings:
    """Return the triggers, switches and settings of a resolved configuration.

    Unset switches follow wrangler: workers.dev is on where there are no routes, the addresses of
    single versions where workers.dev is.
    """
    routes = _routes(resolved)
    workers_dev = bool(resolved.get("workers_dev", not routes))
    return ScriptSettings(
        crons=tuple((resolved.get("triggers") or {}).get("crons") or ()),
        workers_dev=workers_dev,
        previews=bool(resolved.get("preview_urls", workers_dev)),
        script={
            "observability": resolved.get("observability") or {"enabled": False},
            "logpush": bool(resolved.get("logpush")),
            "tail_consumers": resolved.get("tail_consumers") or [],
        },
        routes=tuple(one for one in routes if not one.get("custom_domain")),
        domains=tuple(_domain(one) for one in routes if one.get("custom_domain")),
        consumers=declared_consumers(resolved),
        workflows=declared_workflows(resolved),
    )


def _routes(resolved: Mapping[str, Json]) -> list[dict[str, Json]]:
    declared = [*(resolved.get("routes") or []), *filter(None, [resolved.get("route")])]
    written = (one if isinstance(one, Mapping) else {"pattern": one} for one in declared)
    return [route(one) for one in written]


def _domain(written: Mapping[str, Json]) -> dict[str, Json]:
    zone = {key: written[key] for key in ("zone_id", "zone_name") if key in written}
    return {"hostname": written["pattern"], **zone}
