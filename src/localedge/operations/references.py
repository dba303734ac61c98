"""References of bindings: checks that their targets exist, and fills in namespace ids."""

import re
from collections.abc import Iterable, Iterator, Mapping

from localedge.model import Json, ScriptRef
from localedge.state.resources import ResourceKind, bucket_id
from localedge.state.scripts.records import DurableClass, Script
from localedge.state.server import ServerState
from localedge.wire.binding_errors import (
    BoundBucketNotFound,
    BoundDatabaseNotFound,
    BoundHyperdriveNotFound,
    BoundIndexNotFound,
    BoundNamespaceNotFound,
    BoundQueueNotFound,
    BoundServiceNotFound,
    ClassNotConfigured,
    InvalidNamespaceId,
    TailConsumerNotFound,
)
from localedge.wire.errors import ApiError
from localedge.wire.request import as_text

Binding = dict[str, Json]
NAMESPACE_ID = re.compile(r"[0-9a-f]{32}")


def resolve_references(
    state: ServerState,
    ref: ScriptRef,
    bindings: Iterable[Binding],
    classes: Mapping[str, DurableClass],
) -> tuple[Binding, ...]:
    """Return the bindings, each Durable Object one with its namespace.

    `classes` are those of the script itself, after its migrations. Raises the API's error for
    what does not exist.
    """
    return tuple(_resolve_reference(state, ref, binding, classes) for binding in bindings)


def check_tail_consumers(state: ServerState, ref: ScriptRef, given: Mapping[str, Json]) -> None:
    """Raise `TailConsumerNotFound` where `given` names one that is no script of the account."""
    for consumer in given.get("tail_consumers") or ():
        target = ScriptRef(ref.account_id, as_text(consumer.get("service"), "service"))
        if target != ref and state.scripts.get(target) is None:
            raise TailConsumerNotFound


def referrers(state: ServerState, ref: ScriptRef) -> list[str]:
    """Return the other scripts of the account whose latest version binds to this one."""
    return list(dict.fromkeys(other.ref.name for other, _ in referring_bindings(state, ref)))


def referring_bindings(state: ServerState, ref: ScriptRef) -> Iterator[tuple[Script, Binding]]:
    """Yield the bindings to this script of other scripts' latest versions."""
    for script in state.scripts.of_account(ref.account_id):
        latest = state.scripts.latest(script.ref)
        if script.ref != ref and latest:
            yield from ((script, item) for item in latest.bindings if _refers_to(item, ref))


def _resolve_reference(
    state: ServerState, ref: ScriptRef, binding: Binding, classes: Mapping[str, DurableClass]
) -> Binding:
    if binding["type"] == "durable_object_namespace":
        return _with_namespace(state, ref, binding, classes)
    missing = _missing(state, ref, binding)
    if missing:
        raise missing
    return binding


def _missing(state: ServerState, ref: ScriptRef, binding: Binding) -> ApiError | None:
    name, account = binding["name"], ref.account_id
    if binding["type"] in set(ResourceKind):
        return _missing_resource(state, account, binding)
    if binding["type"] == "kv_namespace":
        return _missing_namespace(state, account, name, binding["namespace_id"])
    if binding["type"] == "d1":
        if state.d1.database(account, binding["id"]) is None:
            return BoundDatabaseNotFound(
                f"D1 binding '{name}' references database '{binding['id']}' which was not found."
            )
    elif binding["type"] == "vectorize":
        if state.vectorize.index(account, binding["index_name"]) is None:
            return BoundIndexNotFound(
                f"Vectorize binding '{name}' references index '{binding['index_name']}' "
                "which was not found."
            )
    elif binding["type"] == "service":
        target = ScriptRef(account, binding["service"])
        if target != ref and state.scripts.get(target) is None:
            return BoundServiceNotFound(
                f"Service binding '{name}' references Worker '{target.name}' which was not found."
            )
    return None


def _missing_namespace(
    state: ServerState, account: str, name: str, namespace: str
) -> ApiError | None:
    if state.kv.namespace(account, namespace):
        return None  # `--provision` makes some whose ids Cloudflare would not give
    if not NAMESPACE_ID.fullmatch(namespace):
        return InvalidNamespaceId(
            f"KV namespace '{namespace}' is not valid. "
            "Please verify the namespace_id in your configuration."
        )
    return BoundNamespaceNotFound(f"KV namespace '{namespace}' not found, bound as '{name}'.")


def _missing_resource(state: ServerState, account: str, binding: Binding) -> ApiError | None:
    """Return the error for a missing R2 bucket, queue or Hyperdrive configuration.

    The codes are those that Cloudflare answered to such uploads in July 2026
    (https://github.com/alchemy-run/distilled/pull/365); the text of a bucket's is Cloudflare's too.
    """
    name = binding["name"]
    match ResourceKind(binding["type"]):
        case ResourceKind.BUCKET:
            bucket = binding["bucket_name"]
            key = bucket_id(bucket, binding.get("jurisdiction"))
            if state.resources.get(account, ResourceKind.BUCKET, key) is None:
                return BoundBucketNotFound(
                    f"R2 bucket '{bucket}' not found. Please use a different name and try again."
                )
        case ResourceKind.QUEUE:
            queue = binding["queue_name"]
            if state.resources.named(account, ResourceKind.QUEUE, queue) is None:
                return BoundQueueNotFound(
                    f"Queue binding '{name}' references queue '{queue}' which was not found."
                )
        case ResourceKind.HYPERDRIVE:
            if state.resources.get(account, ResourceKind.HYPERDRIVE, binding["id"]) is None:
                return BoundHyperdriveNotFound(
                    f"Hyperdrive binding '{name}' references config '{binding['id']}' "
                    "which was not found."
                )
    return None


def _with_namespace(
    state: ServerState, ref: ScriptRef, binding: Binding, classes: Mapping[str, DurableClass]
) -> Binding:
    owner, name = binding.get("script_name") or ref.name, binding["class_name"]
    known = (
        classes if owner == ref.name else state.scripts.classes(ScriptRef(ref.account_id, owner))
    )
    if name not in known:
        raise ClassNotConfigured(
            f"Cannot create binding for class '{name}' in script '{owner}' because it is not "
            "currently configured to implement Durable Objects. Did you forget to apply a "
            f"'new_sqlite_classes' or 'new_classes' migration to script '{owner}'?"
        )
    return {**binding, "namespace_id": known[name].namespace_id}


def _refers_to(binding: Binding, ref: ScriptRef) -> bool:
    return ref.name in (
        binding.get("service"),
        binding.get("script_name"),
    )
