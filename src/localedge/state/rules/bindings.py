"""Which bindings a new version has: those of the upload, and those it takes from the latest one."""

import json
from collections.abc import Collection, Mapping, Sequence

from localedge.model import Json
from localedge.state.rules.json_types import check_binding_types
from localedge.state.scripts.secrets import SECRET_TYPES
from localedge.wire.binding_errors import (
    DuplicateBinding,
    InvalidInherit,
    TooManyBindings,
    UnnamedBinding,
    ValueTooLarge,
)
from localedge.wire.errors import BadBody
from localedge.wire.script_errors import ScriptRejected

Binding = dict[str, Json]

REQUIRED = {
    "plain_text": "text",
    "secret_text": "text",
    "json": "json",
    "kv_namespace": "namespace_id",
    "d1": "id",
    "vectorize": "index_name",
    "durable_object_namespace": "class_name",
    "service": "service",
    "r2_bucket": "bucket_name",
    "queue": "queue_name",
    "hyperdrive": "id",
    "agent_memory": "namespace",
    "ratelimit": "namespace_id",
    "workflow": "workflow_name",
    "dispatch_namespace": "namespace",
    "mtls_certificate": "certificate_id",
    "secrets_store_secret": "secret_name",
    "vpc_service": "service_id",
    "logfwdr": "destination",
    "ai_search": "instance_name",
    "ai_search_namespace": "namespace",
    "artifacts": "namespace",
    "flagship": "app_id",
    "k2": "stream",
}
"""The key without which a binding of a type means nothing."""
EITHER = {"pipelines": ("stream", "pipeline"), "vpc_network": ("tunnel_id", "network_id")}
"""The same where one of two keys is enough."""
BARE = frozenset(
    """
    ai analytics analytics_engine assets browser images media secret_key send_email stream
    unsafe_hello_world version_metadata worker_loader
    """.split()
)
"""The other types that wrangler writes."""
LONGEST_VALUE = 5 * 1024
MOST_VALUES = 128
VALUES = frozenset({"plain_text", "json", "secret_text"})


def resolve_bindings(
    entries: Sequence[Binding],
    latest: Sequence[Binding],
    *,
    keep: Collection[str] = SECRET_TYPES,
    strict: bool = False,
    by_name: bool = False,
) -> tuple[Binding, ...]:
    """Return the bindings of a new version.

    `entries` is what the request lists, `latest` what the latest version has. Bindings of the
    types in `keep` stay where no entry has their name. `strict` refuses an `inherit` that nothing
    answers, which is dropped otherwise. `by_name` takes an entry with only a name and a type for
    the binding that the latest version has, as PATCH settings does.
    """
    known = {binding["name"]: binding for binding in latest}
    named = [_named(entry) for entry in entries]
    _refuse_twice([entry["name"] for entry in named])
    taken = [_taken(entry, known, strict=strict, by_name=by_name) for entry in named]
    names = {entry["name"] for entry in named}
    kept = [item for item in latest if item["type"] in keep and item["name"] not in names]
    return (*(binding for binding in taken if binding), *kept)


def check_values(bindings: Sequence[Binding]) -> None:
    """Refuse bindings of unknown types, without their key, or beyond the plan's limits."""
    for binding in bindings:
        _check_shape(binding)
        _check_length(binding)
    if sum(binding["type"] in VALUES for binding in bindings) > MOST_VALUES:
        raise TooManyBindings(f"A Worker may have {MOST_VALUES} vars and secrets, no more.")


def changed_secrets(before: Sequence[Binding], after: Sequence[Binding]) -> list[str]:
    """Return the names of secrets that are not the same in two versions, sorted."""
    old, new = _secrets(before), _secrets(after)
    return sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))


def _named(entry: Binding) -> Binding:
    if not isinstance(entry.get("type"), str):
        raise BadBody("Each binding must have a type.")
    if not isinstance(entry.get("name"), str) or not entry["name"]:
        raise UnnamedBinding(f"A binding of type {entry['type']} has no name.")
    check_binding_types(entry)
    clean = {key: value for key, value in entry.items() if key != "secret_id"}
    if clean["type"] == "d1" and "database_id" in clean:
        clean.setdefault("id", clean.pop("database_id"))
    if clean["type"] == "analytics_engine":
        # A dataset is called as its binding, unless another name is given.
        clean["dataset"] = clean.get("dataset") or clean["name"]
    return clean


def _refuse_twice(names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise DuplicateBinding(f"Binding name '{name}' already in use.")


def _taken(
    entry: Binding, known: Mapping[str, Binding], *, strict: bool, by_name: bool
) -> Binding | None:
    if by_name and entry["type"] != "inherit" and entry.keys() == {"name", "type"}:
        same = known.get(entry["name"])
        return same if same and same["type"] == entry["type"] else entry
    if entry["type"] != "inherit":
        return entry
    if entry.get("version_id", "latest") != "latest":
        raise InvalidInherit(f"Binding '{entry['name']}' may inherit from version latest only.")
    source = known.get(entry.get("old_name") or entry["name"])
    if source is None and strict:
        raise InvalidInherit(f"Binding '{entry['name']}' has nothing to inherit from.")
    return {**source, "name": entry["name"]} if source else None


def _check_shape(binding: Binding) -> None:
    name, kind = binding["name"], binding["type"]
    if kind not in REQUIRED and kind not in BARE and kind not in EITHER:
        raise ScriptRejected(f"binding {name} has the unknown type {kind}")
    if kind in EITHER and not any(isinstance(binding.get(key), str) for key in EITHER[kind]):
        keys = "` or `".join(EITHER[kind])
        raise ScriptRejected(f"binding {name} of type {kind} must have a valid `{keys}` specified")
    key = REQUIRED.get(kind)
    if key is None or "secret_id" in binding:
        return
    value = binding.get(key)
    valid = key in binding if key == "json" else isinstance(value, str)
    if not valid or (value == "" and key != "text"):
        raise ScriptRejected(f"binding {name} of type {kind} must have a valid `{key}` specified")


def _check_length(binding: Binding) -> None:
    value = binding.get("text")
    text = value if isinstance(value, str) else json.dumps(binding.get("json"))
    if len(text.encode()) > LONGEST_VALUE:
        raise ValueTooLarge(
            f"Binding '{binding['name']}' is too large: a value may have {LONGEST_VALUE} bytes."
        )


def _secrets(bindings: Sequence[Binding]) -> dict[str, Json]:
    return {item["name"]: item["secret_id"] for item in bindings if item["type"] in SECRET_TYPES}
