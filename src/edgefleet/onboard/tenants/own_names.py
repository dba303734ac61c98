"""What a new tenant cannot share between its environments: names of its resources.

The Worker's own wrangler file may name a bucket or a queue once for all environments. In one
account two targets would then use the same one, which `validate` refuses.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from edgefleet.cloudflare.worker.binding_types import KINDS
from edgefleet.config.overlay.layers import Base
from edgefleet.config.target import Environment
from edgefleet.core.foreign.values import entries
from edgefleet.core.model import Json

NAMED = {
    "d1_databases": "database_name",
    "r2_buckets": "bucket_name",
    "vectorize": "index_name",
    "workflows": "name",
}
"""Sections of bindings whose resource has a name in its account -> the key of that name."""

CONSUMED = ("queue", "dead_letter_queue")
HOSTS = ("route", "routes")

Resolved = Mapping[Environment, Mapping[str, Json]]


def overlay_of_new(base: Base | None, environments: Sequence[Environment]) -> dict[str, Json]:
    """Return the overlay of a new tenant: what differs from the base, beside ids of resources.

    `edgefleet provision` adds those. It is empty where the base alone will do.
    """
    if base is None or base.keys is None:
        return {}
    resolved = {one: base.resolve(one) for one in environments if base.has(one)}
    own: dict[str, Json] = {
        key: None for key in HOSTS if any(keys.get(key) for keys in resolved.values())
    }
    sections = {env: section for env in resolved if (section := _section(resolved, env))}
    return {**own, **({"env": sections} if sections else {})}


def _section(resolved: Resolved, environment: Environment) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for section, key in NAMED.items():
        own = [*_own_entries(resolved, environment, section, key)]
        if own:
            found[section] = own
    if queues := _queues(resolved, environment):
        found["queues"] = queues
    return found


def _own_entries(
    resolved: Resolved, environment: Environment, section: str, key: str
) -> Iterator[dict[str, Json]]:
    bound_as = KINDS[section].name
    for _, entry in entries(resolved[environment], section):
        name = entry.get(key)
        if entry.get("script_name") or not isinstance(entry.get(bound_as), str):
            continue
        if not name:
            script = resolved[environment].get("name")
            name = f"{script}-{str(entry[bound_as]).lower().replace('_', '-')}"
            yield {bound_as: entry[bound_as], key: name}
        elif _is_shared(resolved, environment, section, key, name):
            yield {bound_as: entry[bound_as], key: f"{name}-{environment}"}


def _is_shared(
    resolved: Resolved, environment: Environment, section: str, key: str, name: Json
) -> bool:
    """Whether another environment of the base names the same thing."""
    return any(
        entry.get(key) == name
        for other, keys in resolved.items()
        if other != environment
        for _, entry in entries(keys, *section.split("."))
    )


def _queues(resolved: Resolved, environment: Environment) -> dict[str, Any]:
    """Return what of the section `queues` differs: names of this environment alone.

    A consumer is named by its queue, so the base's goes, and one with the new name comes.
    """
    keys = resolved[environment]
    producers = [
        {"binding": entry.get("binding"), "queue": own}
        for _, entry in entries(keys, "queues", "producers")
        if (own := _own_queue(resolved, environment, entry.get("queue"))) is not None
    ]
    consumers: dict[str, Any] = {}
    for _, entry in entries(keys, "queues", "consumers"):
        renamed = {
            key: own
            for key in CONSUMED
            if (own := _own_queue(resolved, environment, entry.get(key))) is not None
        }
        old, new = entry.get("queue"), renamed.pop("queue", None)
        if new is not None:
            rest = {key: value for key, value in entry.items() if key != "queue"}
            consumers |= {str(old): None, new: {**rest, **renamed}}
        elif renamed:
            consumers[str(old)] = renamed
    found = {"producers": producers, "consumers": consumers}
    return {part: value for part, value in found.items() if value}


def _own_queue(resolved: Resolved, environment: Environment, name: Json) -> str | None:
    """Return the name of a queue that another environment uses, too; None for any other."""
    places = (("queues.producers", "queue"), *(("queues.consumers", key) for key in CONSUMED))
    if name and any(_is_shared(resolved, environment, *place, name) for place in places):
        return f"{name}-{environment}"
    return None
