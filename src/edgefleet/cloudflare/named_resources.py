"""Resources that a configuration names, and whose name or id may be misspelt or not created yet.

These are buckets, queues, Hyperdrive configurations and other scripts.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from edgefleet.core.model import Json


class ResourceKind(StrEnum):
    """What an account may have or lack."""

    BUCKET = "R2 bucket"
    QUEUE = "queue"
    HYPERDRIVE = "Hyperdrive configuration"
    SCRIPT = "script"


class NamedResource(NamedTuple):
    """One thing that a configuration names: its kind, its name or id, and where that stands."""

    kind: ResourceKind
    name: str
    keys: tuple[str | int, ...]


LISTS: tuple[tuple[ResourceKind, tuple[str, ...], str], ...] = (
    (ResourceKind.BUCKET, ("r2_buckets",), "bucket_name"),
    (ResourceKind.QUEUE, ("queues", "producers"), "queue"),
    (ResourceKind.QUEUE, ("queues", "consumers"), "queue"),
    (ResourceKind.QUEUE, ("queues", "consumers"), "dead_letter_queue"),
    (ResourceKind.HYPERDRIVE, ("hyperdrive",), "id"),
    (ResourceKind.SCRIPT, ("services",), "service"),
    (ResourceKind.SCRIPT, ("tail_consumers",), "service"),
    (ResourceKind.SCRIPT, ("durable_objects", "bindings"), "script_name"),
    (ResourceKind.SCRIPT, ("workflows",), "script_name"),
)
"""The lists of a wrangler file, and the key in each of their entries."""

UNSEEN = (
    "dispatch_namespaces",
    "mtls_certificates",
    "pipelines",
    "secrets_store_secrets",
    "vpc_services",
)
"""Sections whose things are not looked for."""


def named(resolved: Mapping[str, Json]) -> Iterator[NamedResource]:
    """Yield what a resolved configuration names besides KV, D1 and Vectorize, but for itself."""
    for kind, section, key in LISTS:
        found: Json = resolved
        for part in section:
            found = found.get(part) if isinstance(found, Mapping) else None
        for number, entry in enumerate(found if isinstance(found, list) else ()):
            name = entry.get(key) if isinstance(entry, Mapping) else None
            own = kind is ResourceKind.SCRIPT and name == resolved.get("name")
            elsewhere = isinstance(entry, Mapping) and entry.get("jurisdiction")
            if isinstance(name, str) and name and not own and not elsewhere:
                yield NamedResource(kind, name, (*section, number, key))


def unseen(resolved: Mapping[str, Json]) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """Yield what is named and cannot be looked for: in words, and where it stands."""
    for section in UNSEEN:
        if resolved.get(section):
            yield section, (section,)
    buckets = resolved.get("r2_buckets")
    for number, entry in enumerate(buckets if isinstance(buckets, list) else ()):
        if isinstance(entry, Mapping) and entry.get("jurisdiction"):
            words = "R2 buckets of a jurisdiction"
            yield words, ("r2_buckets", number, "jurisdiction")
