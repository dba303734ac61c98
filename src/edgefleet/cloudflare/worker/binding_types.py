"""Each kind of binding: how wrangler's file declares it, and what an upload says of it.

What is sent was read from the forms that wrangler 4.164.0 writes; the API's side is at
https://developers.cloudflare.com/workers/configuration/multipart-upload-metadata/.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from edgefleet.core.foreign.values import at
from edgefleet.core.model import Json
from edgefleet.errors import ConfigError

BindingEntry = dict[str, Json]
CORRECT = "correct it in wrangler.jsonc"
OBJECTS = frozenset({"simple"})
"""The keys that a binding needs and that hold an object; all others hold text."""


def as_it_is(value: Json) -> Json:
    """Send a value as the file has it."""
    return value


def outbound(value: Json) -> Json:
    """Send a dispatch namespace's outbound Worker, and the parameters that it gets."""
    if not isinstance(value, Mapping) or "service" not in value:
        raise ConfigError("a dispatch namespace's outbound needs a 'service'", hint=CORRECT)
    worker = {key: value[key] for key in ("service", "environment") if key in value}
    params = value.get("parameters")
    if params is not None and not isinstance(params, list):
        raise ConfigError("a dispatch namespace's outbound.parameters must be a list", hint=CORRECT)
    named = {} if params is None else {"params": [{"name": name} for name in params]}
    return {"worker": worker, **named}


def declared_outbound(told: Json) -> Json:
    """Return a dispatch namespace's outbound Worker as the file has it."""
    worker, params = at(told, "worker"), at(told, "params")
    listed = isinstance(params, list)
    named = {"parameters": [at(one, "name") for one in params]} if listed else {}
    return {**(worker if isinstance(worker, Mapping) else {}), **named}


@dataclass(frozen=True, slots=True)
class BindingType:
    """One kind of binding.

    `name` is the file's key for the binding's name; `needed` and `extra` map keys of the file to
    keys of the API. Of `one_of` an entry needs one, and the first that is there is sent. `single`
    is a section that holds one binding in place of a list of them. `sent` is how a value is written
    to the API, `told` how one that the API tells is written to the file.
    """

    type: str
    needed: Mapping[str, str] = field(default_factory=dict)
    extra: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    name: str = "binding"
    single: bool = False
    sent: Mapping[str, Callable[[Json], Json]] = field(default_factory=dict)
    told: Mapping[str, Callable[[Json], Json]] = field(default_factory=dict)
    missing: str = ""
    """What to do where a needed key is absent; said in place of the usual hint."""
    named_only: bool = False
    """Whether the section makes a binding only where it names one."""

    def entry(self, declared: Json, where: str) -> BindingEntry:
        """Return the upload's entry for one binding; raises `ConfigError` for half of one."""
        if not isinstance(declared, Mapping):
            raise ConfigError(f"{where} must be an object: {{ ... }}", hint=CORRECT)
        entry = {"type": self.type, "name": self._need(declared, self.name, where)}
        for key, sent_as in self.needed.items():
            entry[sent_as] = self._need(declared, key, where)
        if self.one_of:
            present = [key for key in self.one_of if declared.get(key)]
            if not present:
                keys = "' or '".join(self.one_of)
                raise ConfigError(f"{where} needs a '{keys}'", hint=CORRECT)
            entry[present[0]] = self._need(declared, present[0], where)
        for key in self.extra:
            value = declared.get(key)
            if value is not None and value != "":
                entry[key] = self.sent.get(key, as_it_is)(value)
        return entry

    @property
    def keys(self) -> Mapping[str, str]:
        """Every key of the file but the name's, and how the API calls it."""
        return {**self.needed, **{key: key for key in (*self.one_of, *self.extra)}}

    def declared_by(self, entry: Mapping[str, Json]) -> BindingEntry:
        """Return what the file says for an entry of the API: the inverse of `entry`."""
        found = {self.name: entry["name"]}
        for key, sent_as in self.keys.items():
            if (value := entry.get(sent_as)) is not None:
                found[key] = self.told.get(key, as_it_is)(value)
        return found

    def _need(self, declared: Mapping[str, Json], key: str, where: str) -> Json:
        value = declared.get(key)
        if not isinstance(value, Mapping if key in OBJECTS else str) or not value:
            hint = self.missing if key != self.name else ""
            raise ConfigError(f"{where} needs a '{key}'", hint=hint or CORRECT)
        return value


UNSAFE = "unsafe.bindings"
OWN_SECTIONS = {
    "plain_text": "vars",
    "json": "vars",
    "secret_text": "requiredSecrets of tenant.config.json",
    "secret_key": "requiredSecrets of tenant.config.json",
    "inherit": "the binding's own section",
}
"""Types that no entry of `unsafe.bindings` may have -> where such a thing is declared."""


@dataclass(frozen=True, slots=True)
class UnsafeBinding(BindingType):
    """A binding of any type, which goes into the upload as the file has it."""

    def entry(self, declared: Json, where: str) -> BindingEntry:
        """Return what the file says; raises `ConfigError` for a type that has its own section."""
        if not isinstance(declared, Mapping):
            raise ConfigError(f"{where} must be an object: {{ ... }}", hint=CORRECT)
        name, kind = (self._need(declared, key, where) for key in ("name", "type"))
        if kind in OWN_SECTIONS:
            raise ConfigError(
                f"{where} has the type {kind}", hint=f"declare it in {OWN_SECTIONS[kind]}"
            )
        # `dev` is for wrangler dev alone.
        rest = {key: value for key, value in declared.items() if key != "dev"}
        return {**rest, "type": kind, "name": name}

    def declared_by(self, entry: Mapping[str, Json]) -> BindingEntry:
        """Return the entry itself."""
        return dict(entry)


def _same(*keys: str) -> Mapping[str, str]:
    return {key: key for key in keys}


def _made_first(what: str) -> str:
    return f"create the {what} at Cloudflare and write down its name or id; no deploy creates one"


KINDS: Mapping[str, BindingType] = {
    "kv_namespaces": BindingType(
        "kv_namespace", {"id": "namespace_id"}, missing=_made_first("KV namespace")
    ),
    "send_email": BindingType(
        "send_email",
        name="name",
        extra=("destination_address", "allowed_destination_addresses", "allowed_sender_addresses"),
    ),
    "durable_objects.bindings": BindingType(
        "durable_object_namespace",
        _same("class_name"),
        name="name",
        extra=("script_name", "environment"),
    ),
    "workflows": BindingType(
        "workflow", {"name": "workflow_name", "class_name": "class_name"}, extra=("script_name",)
    ),
    "queues.producers": BindingType("queue", {"queue": "queue_name"}),
    "r2_buckets": BindingType(
        "r2_bucket",
        _same("bucket_name"),
        extra=("jurisdiction",),
        missing=_made_first("R2 bucket"),
    ),
    "d1_databases": BindingType("d1", {"database_id": "id"}, missing=_made_first("D1 database")),
    "vectorize": BindingType("vectorize", _same("index_name")),
    "hyperdrive": BindingType("hyperdrive", _same("id")),
    "secrets_store_secrets": BindingType("secrets_store_secret", _same("store_id", "secret_name")),
    "unsafe_hello_world": BindingType("unsafe_hello_world", extra=("enable_timer",)),
    "ratelimits": BindingType("ratelimit", _same("namespace_id", "simple"), name="name"),
    "vpc_services": BindingType("vpc_service", _same("service_id")),
    "services": BindingType(
        "service",
        _same("service"),
        extra=("cross_account_grant", "environment", "entrypoint", "props"),
    ),
    "analytics_engine_datasets": BindingType("analytics_engine", extra=("dataset",)),
    "dispatch_namespaces": BindingType(
        "dispatch_namespace",
        _same("namespace"),
        extra=("outbound",),
        sent={"outbound": outbound},
        told={"outbound": declared_outbound},
    ),
    "mtls_certificates": BindingType("mtls_certificate", _same("certificate_id")),
    "pipelines": BindingType("pipelines", one_of=("stream", "pipeline")),
    "vpc_networks": BindingType("vpc_network", one_of=("tunnel_id", "network_id")),
    "agent_memory": BindingType("agent_memory", _same("namespace")),
    "ai_search": BindingType("ai_search", _same("instance_name")),
    "ai_search_namespaces": BindingType("ai_search_namespace", _same("namespace")),
    "artifacts": BindingType("artifacts", _same("namespace")),
    "flagship": BindingType("flagship", _same("app_id"), missing=_made_first("Flagship app")),
    "k2": BindingType("k2", _same("stream")),
    "worker_loaders": BindingType("worker_loader"),
    "logfwdr.bindings": BindingType("logfwdr", _same("destination"), name="name"),
    "browser": BindingType("browser", single=True),
    "ai": BindingType("ai", single=True, extra=("staging",)),
    "images": BindingType("images", single=True),
    "media": BindingType("media", single=True),
    "stream": BindingType("stream", single=True),
    "analytics": BindingType("analytics", single=True),
    "version_metadata": BindingType("version_metadata", single=True),
    UNSAFE: UnsafeBinding("", name="name"),
    "assets": BindingType("assets", single=True, named_only=True),
}
"""The file's section (a dot leads into an object) -> the kind of binding in it."""


def object_classes(resolved: Mapping[str, Json]) -> frozenset[str]:
    """Return the script's own classes that are bound as Durable Objects."""
    found = (resolved.get("durable_objects") or {}).get("bindings") or []
    own = (one for one in found if one.get("script_name") in (None, resolved.get("name")))
    return frozenset(one["class_name"] for one in own)


def declared(resolved: Mapping[str, Json]) -> Iterator[tuple[str, BindingType, Json]]:
    """Yield where each binding stands in the file, its kind, and what the file says of it."""
    for section, kind in KINDS.items():
        found = _below(resolved, section)
        if found is None:
            continue
        if kind.single:
            if not kind.named_only or (isinstance(found, Mapping) and kind.name in found):
                yield section, kind, found
            continue
        if not isinstance(found, list):
            raise ConfigError(f"{section} must be a list: [ ... ]", hint=CORRECT)
        for number, item in enumerate(found):
            yield f"{section}[{number}]", kind, item


def _below(resolved: Mapping[str, Json], section: str) -> Json:
    found: Json = resolved
    for key in section.split("."):
        if found is None:
            return None
        if not isinstance(found, Mapping):
            outer = section.rpartition(".")[0]
            raise ConfigError(
                f"{outer} must be an object: {{ ... }}", hint="correct wrangler.jsonc"
            )
        found = found.get(key)
    return found
