"""What a configuration names and an account may lack: buckets, queues, scripts, zones and others.

No deploy creates any of them: a name may be misspelt. `edgefleet provision` makes some.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from shlex import quote
from typing import NamedTuple

from edgefleet.cloudflare.settings import settings
from edgefleet.cloudflare.triggers.hosts import host_of
from edgefleet.cloudflare.worker.binding_types import KINDS
from edgefleet.core.foreign.values import at, entries
from edgefleet.core.model import Json

Keys = tuple[str | int, ...]


class ResourceKind(StrEnum):
    """What an account may have or lack."""

    NAMESPACE = "KV namespace"
    DATABASE = "D1 database"
    INDEX = "Vectorize index"
    BUCKET = "R2 bucket"
    QUEUE = "queue"
    HYPERDRIVE = "Hyperdrive configuration"
    SCRIPT = "script"
    ENTRYPOINT = "entrypoint"
    CLASS = "Durable Object class"
    WORKFLOW = "workflow"
    DISPATCH_NAMESPACE = "dispatch namespace"
    SECRET = "secret"  # noqa: S105 - a word, not a secret
    CERTIFICATE = "mTLS certificate"
    MEMORY = "Agent Memory namespace"
    SEARCH = "AI Search instance"
    SEARCH_NAMESPACE = "AI Search namespace"
    ARTIFACTS = "Artifacts namespace"
    FLAGSHIP = "Flagship app"
    K2 = "K2 stream"
    STREAM = "stream of a pipeline"
    PIPELINE = "pipeline"
    VPC_SERVICE = "VPC service"
    TUNNEL = "tunnel"
    ADDRESS = "verified destination address"
    # No binding names one of these two.
    GATEWAY = "AI Gateway"
    SUBDOMAIN = "workers.dev subdomain"
    ZONE = "zone"
    HOST_ZONE = "zone of the host"


class NamedResource(NamedTuple):
    """One thing that is named: its kind, its name or id, where that stands, and what it is in."""

    kind: ResourceKind
    name: str
    keys: Keys
    """Where it stands in the resolved configuration; the binding's name where a version has it."""
    scope: str = ""
    """The script of an entrypoint, class or workflow; the store of a secret."""

    @property
    def words(self) -> str:
        """Return what it is, for people."""
        return f"{self.kind} '{self.name}'{SCOPES.get(self.kind, '').format(self.scope)}"


class _Place(NamedTuple):
    kind: ResourceKind
    section: str
    """A dot leads into an object."""
    key: str
    """The key of a name, or of a list of names, in each entry of the section."""
    scope: str = ""
    """The key of what it is in; the entry names nothing to look for where that is absent."""


K = ResourceKind
SCOPES = {
    K.ENTRYPOINT: " in the script '{}'",
    K.CLASS: " in the script '{}'",
    K.WORKFLOW: " of the script '{}'",
    K.SECRET: " in the store '{}'",
}
PLACES = (
    _Place(K.NAMESPACE, "kv_namespaces", "id"),
    _Place(K.DATABASE, "d1_databases", "database_id"),
    _Place(K.INDEX, "vectorize", "index_name"),
    _Place(K.BUCKET, "r2_buckets", "bucket_name"),
    _Place(K.QUEUE, "queues.producers", "queue"),
    _Place(K.QUEUE, "queues.consumers", "queue"),
    _Place(K.QUEUE, "queues.consumers", "dead_letter_queue"),
    _Place(K.HYPERDRIVE, "hyperdrive", "id"),
    _Place(K.SCRIPT, "services", "service"),
    _Place(K.SCRIPT, "tail_consumers", "service"),
    _Place(K.SCRIPT, "durable_objects.bindings", "script_name"),
    _Place(K.SCRIPT, "workflows", "script_name"),
    _Place(K.SCRIPT, "dispatch_namespaces", "outbound.service"),
    _Place(K.ENTRYPOINT, "services", "entrypoint", "service"),
    _Place(K.CLASS, "durable_objects.bindings", "class_name", "script_name"),
    _Place(K.WORKFLOW, "workflows", "name", "script_name"),
    _Place(K.DISPATCH_NAMESPACE, "dispatch_namespaces", "namespace"),
    _Place(K.SECRET, "secrets_store_secrets", "secret_name", "store_id"),
    _Place(K.CERTIFICATE, "mtls_certificates", "certificate_id"),
    _Place(K.MEMORY, "agent_memory", "namespace"),
    _Place(K.SEARCH, "ai_search", "instance_name"),
    _Place(K.SEARCH_NAMESPACE, "ai_search_namespaces", "namespace"),
    _Place(K.ARTIFACTS, "artifacts", "namespace"),
    _Place(K.FLAGSHIP, "flagship", "app_id"),
    _Place(K.K2, "k2", "stream"),
    _Place(K.STREAM, "pipelines", "stream"),
    _Place(K.PIPELINE, "pipelines", "pipeline"),
    _Place(K.VPC_SERVICE, "vpc_services", "service_id"),
    _Place(K.TUNNEL, "vpc_networks", "tunnel_id"),
    _Place(K.ADDRESS, "send_email", "destination_address"),
    _Place(K.ADDRESS, "send_email", "allowed_destination_addresses"),
)
"""The lists of a wrangler file, and the key in each of their entries."""

BY_TYPE = {
    (KINDS[place.section].type, KINDS[place.section].needed.get(place.key, place.key)): place
    for place in PLACES
    if place.section in KINDS
}
"""The same by the type of a binding of the API, and by its key there."""

CREATED_BY = {
    K.NAMESPACE: "npx wrangler kv namespace create NAME",
    K.DATABASE: "npx wrangler d1 create NAME",
    K.INDEX: "npx wrangler vectorize create {} --dimensions N --metric cosine",
    K.BUCKET: "npx wrangler r2 bucket create {}",
    K.QUEUE: "npx wrangler queues create {}",
    K.DISPATCH_NAMESPACE: "npx wrangler dispatch-namespace create {}",
    K.SEARCH_NAMESPACE: "npx wrangler ai-search namespace create {}",
    K.MEMORY: "npx wrangler agent-memory namespace create {}",
}
"""The command that makes a resource; the others need more than a name."""

SCRIPTS = (K.ENTRYPOINT, K.CLASS, K.WORKFLOW)
"""What another script has."""


def named(resolved: Mapping[str, Json]) -> Iterator[NamedResource]:
    """Yield what a resolved configuration names, but for itself."""
    own = resolved.get("name")
    for place in PLACES:
        section = place.section.split(".")
        for number, entry in entries(resolved, *section):
            yield from _in_entry(place, entry, place.key, (*section, number), own)
    yield from _zones(resolved)


def creation(one: NamedResource) -> str:
    """Return what to do where a resource is missing."""
    if one.kind is K.SCRIPT or one.kind in SCRIPTS:
        return f"correct the name, or deploy the script {one.scope or one.name} first"
    if one.kind in CREATED_BY:
        return f"correct the name, or create it: {CREATED_BY[one.kind].format(quote(one.name))}"
    return "correct it, or make it at Cloudflare first"


def named_by(bindings: Iterable[Mapping[str, Json]]) -> Iterator[NamedResource]:
    """Yield what the bindings of a version name, as Cloudflare tells them."""
    for entry in bindings:
        told = {**entry, "id": entry.get("id") or entry.get("database_id")}
        for (kind, key), place in BY_TYPE.items():
            if entry["type"] == kind and place.kind not in SCRIPTS:
                yield from _in_entry(place, told, key, (str(entry["name"]),), None)


def unseen(resolved: Mapping[str, Json]) -> Iterator[tuple[str, Keys]]:
    """Yield what is named and cannot be looked for: in words, and where it stands."""
    if at(resolved, "unsafe", "bindings"):
        yield "unsafe bindings", ("unsafe", "bindings")
    for section, key, words in (
        ("r2_buckets", "jurisdiction", "R2 buckets of a jurisdiction"),
        ("vpc_networks", "network_id", "networks of a VPC"),
    ):
        for number, entry in entries(resolved, section):
            if entry.get(key):
                yield words, (section, number, key)
                break


def _in_entry(
    place: _Place, entry: Mapping[str, Json], key: str, where: Keys, own: Json
) -> Iterator[NamedResource]:
    if entry.get("jurisdiction"):
        return
    scope = entry.get(place.scope) if place.scope else ""
    if not isinstance(scope, str) or (place.scope and scope in ("", own)):
        return
    found = at(entry, *key.split("."))
    for name in found if isinstance(found, list) else [found]:
        if isinstance(name, str) and name and not (place.kind is K.SCRIPT and name == own):
            yield NamedResource(place.kind, name, (*where, *key.split(".")), scope)


def _zones(resolved: Mapping[str, Json]) -> Iterator[NamedResource]:
    """Yield the zone of each route and custom domain, each zone once."""
    found = settings({key: resolved[key] for key in ("route", "routes") if resolved.get(key)})
    seen: set[str] = set()
    for one in (*found.routes, *found.domains):
        zone = one.get("zone_id") or one.get("zone_name")
        name = str(zone or host_of(str(one.get("pattern") or one.get("hostname"))))
        if name not in seen:
            seen.add(name)
            keys = "routes" if resolved.get("routes") else "route"
            yield NamedResource(K.ZONE if zone else K.HOST_ZONE, name, (keys,))
