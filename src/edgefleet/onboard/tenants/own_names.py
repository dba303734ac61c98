"""What a new tenant cannot share between its environments: names of its resources.

The Worker's own wrangler file may name a bucket or a queue once for all environments. In one
account two targets would then use the same one, which `validate` refuses.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edgefleet.cloudflare.worker.binding_types import KINDS
from edgefleet.config.overlay.layers import Base
from edgefleet.config.target import Environment
from edgefleet.core.foreign.values import entries
from edgefleet.core.model import Json
from edgefleet.onboard.provision.rules import derived_name

NAMED = {
    "d1_databases": "database_name",
    "r2_buckets": "bucket_name",
    "vectorize": "index_name",
    "workflows": "name",
}
"""Sections of bindings whose resource has a name in its account -> the key of that name."""

CONSUMED = ("queue", "dead_letter_queue")
QUEUES = (("queues.producers", "queue"), *(("queues.consumers", key) for key in CONSUMED))
"""Where a wrangler file names a queue."""

HOSTS = ("route", "routes")


def overlay_of_new(
    base: Base | None, environments: Sequence[Environment], tenant: str = ""
) -> dict[str, Json]:
    """Return the overlay of a new tenant: what differs from the base, beside ids of resources.

    `edgefleet provision` adds those. It is empty where the base alone will do. `tenant` is its name
    where another tenant has the same account: then every name is this tenant's.
    """
    if base is None or base.keys is None:
        return {}
    resolved = {one: base.resolve(one) for one in environments if base.has(one)}
    own: dict[str, Json] = {"name": f"{base.keys.get('name')}-{tenant}"} if tenant else {}
    own |= {key: None for key in HOSTS if any(keys.get(key) for keys in resolved.values())}
    names = _Names(resolved, tenant)
    sections = {env: section for env in resolved if (section := names.section(env))}
    return {**own, **({"env": sections} if sections else {})}


@dataclass(frozen=True, slots=True)
class _Names:
    """Names of resources for each environment of a tenant."""

    resolved: Mapping[Environment, Mapping[str, Json]]
    tenant: str

    def section(self, environment: Environment) -> dict[str, Json]:
        """Return what differs from the base in one environment."""
        found: dict[str, Json] = {}
        for section, key in NAMED.items():
            if own := [*self._entries(environment, section, key)]:
                found[section] = own
        if queues := self._queues(environment):
            found["queues"] = queues
        return found

    def _entries(
        self, environment: Environment, section: str, key: str
    ) -> Iterator[dict[str, Json]]:
        keys, bound_as = self.resolved[environment], KINDS[section].name
        for _, entry in entries(keys, section):
            binding = entry.get(bound_as)
            if entry.get("script_name") or not isinstance(binding, str):
                continue
            name = entry.get(key)
            if not name:
                script = str(keys.get("name"))
                if self.tenant:
                    script = f"{script.removesuffix(f'-{environment}')}-{self.tenant}-{environment}"
                own: str | None = derived_name(script, binding)
            else:
                own = self._own(environment, name, [(section, key)])
            if own is not None:
                yield {bound_as: binding, key: own}

    def _queues(self, environment: Environment) -> dict[str, Any]:
        """Return what of the section `queues` differs.

        A consumer is named by its queue, so the base's goes, and one with the new name comes.
        """
        keys = self.resolved[environment]
        producers = [
            {"binding": entry.get("binding"), "queue": own}
            for _, entry in entries(keys, "queues", "producers")
            if (own := self._own(environment, entry.get("queue"), QUEUES)) is not None
        ]
        consumers: dict[str, Any] = {}
        for _, entry in entries(keys, "queues", "consumers"):
            renamed = {
                key: own
                for key in CONSUMED
                if (own := self._own(environment, entry.get(key), QUEUES)) is not None
            }
            old, new = entry.get("queue"), renamed.pop("queue", None)
            if new is not None:
                rest = {key: value for key, value in entry.items() if key != "queue"}
                consumers |= {str(old): None, new: {**rest, **renamed}}
            elif renamed:
                consumers[str(old)] = renamed
        found = {"producers": producers, "consumers": consumers}
        return {part: value for part, value in found.items() if value}

    def _own(
        self, environment: Environment, name: Json, places: Sequence[tuple[str, str]]
    ) -> str | None:
        """Return a name for what others use, too; None where the base's will do."""
        if not name:
            return None
        shared = any(
            entry.get(key) == name
            for other, keys in self.resolved.items()
            if other != environment
            for section, key in places
            for _, entry in entries(keys, *section.split("."))
        )
        ends = [self.tenant] if self.tenant else []
        ends += [environment] if shared else []
        return "-".join([str(name), *ends]) if ends else None
