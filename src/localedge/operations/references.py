"""References of bindings: checks that their targets exist, and fills in namespace ids."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from localedge.model import Json, ScriptRef
from localedge.state.resources import ResourceKind
from localedge.state.scripts.records import DurableClass, Script
from localedge.state.server import ServerState
from localedge.wire.binding_errors import (
    BoundBucketNotFound,
    BoundDatabaseNotFound,
    BoundDispatchNamespaceNotFound,
    BoundHyperdriveNotFound,
    BoundIndexNotFound,
    BoundNamespaceNotFound,
    BoundQueueNotFound,
    BoundSecretNotFound,
    BoundSecretOutOfScope,
    BoundServiceNotFound,
    ClassNotConfigured,
    InvalidNamespaceId,
    TailConsumerNotFound,
)
from localedge.wire.errors import ApiError
from localedge.wire.request import as_text
from localedge.wire.resource_errors import DispatchNamespaceNotFound
from localedge.wire.script_errors import ScriptRejected

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


def check_dispatch_namespace(state: ServerState, ref: ScriptRef) -> None:
    """Raise `DispatchNamespaceNotFound` for a script in a namespace that does not exist."""
    kind = ResourceKind.DISPATCH_NAMESPACE
    if ref.namespace and state.resources.get(ref.account_id, kind, ref.namespace) is None:
        raise DispatchNamespaceNotFound


def check_tail_consumers(state: ServerState, ref: ScriptRef, given: Mapping[str, Json]) -> None:
    """Raise `TailConsumerNotFound` where `given` names one that is no script of the account."""
    streaming = given.get("streaming_tail_consumers") or ()
    for consumer in (*(given.get("tail_consumers") or ()), *streaming):
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
    """Return the error for a binding whose target does not exist."""
    check = _CHECKS.get(binding["type"])
    return check(state, ref, binding) if check else None


def _missing_namespace(state: ServerState, ref: ScriptRef, binding: Binding) -> ApiError | None:
    namespace = binding["namespace_id"]
    if state.kv.namespace(ref.account_id, namespace):
        return None  # `--provision` makes some whose ids Cloudflare would not give
    if not NAMESPACE_ID.fullmatch(namespace):
        return InvalidNamespaceId(
            f"KV namespace '{namespace}' is not valid. "
            "Please verify the namespace_id in your configuration."
        )
    return BoundNamespaceNotFound(
        f"KV namespace '{namespace}' not found, bound as '{binding['name']}'."
    )


def _missing_database(state: ServerState, ref: ScriptRef, binding: Binding) -> ApiError | None:
    if state.d1.database(ref.account_id, binding["id"]):
        return None
    return BoundDatabaseNotFound(
        f"D1 binding '{binding['name']}' references database '{binding['id']}' which was not found."
    )


def _missing_bucket(state: ServerState, ref: ScriptRef, binding: Binding) -> ApiError | None:
    name = binding["bucket_name"]
    if state.r2.buckets.find(ref.account_id, name, binding.get("jurisdiction")):
        return None
    return BoundBucketNotFound(
        f"R2 bucket '{name}' not found. Please use a different name and try again."
    )


def _missing_index(state: ServerState, ref: ScriptRef, binding: Binding) -> ApiError | None:
    if state.vectorize.index(ref.account_id, binding["index_name"]):
        return None
    return BoundIndexNotFound(
        f"Vectorize binding '{binding['name']}' references index '{binding['index_name']}' "
        "which was not found."
    )


def _missing_service(state: ServerState, ref: ScriptRef, binding: Binding) -> ApiError | None:
    target = ScriptRef(ref.account_id, binding["service"])
    if target == ref or (state.scripts.get(target) and not target.namespace):
        return None
    return BoundServiceNotFound(
        f"Service binding '{binding['name']}' references Worker '{target.name}' "
        "which was not found."
    )


def _missing_queue(state: ServerState, ref: ScriptRef, binding: Binding) -> ApiError | None:
    if state.queues.named(ref.account_id, binding["queue_name"]):
        return None
    return BoundQueueNotFound(
        f"Queue binding '{binding['name']}' references queue '{binding['queue_name']}' "
        "which was not found."
    )


def _missing_hyperdrive(state: ServerState, ref: ScriptRef, binding: Binding) -> ApiError | None:
    if state.hyperdrive.find(ref.account_id, binding["id"]):
        return None
    return BoundHyperdriveNotFound(
        f"Hyperdrive binding '{binding['name']}' references config '{binding['id']}' "
        "which was not found."
    )


def _missing_secret(state: ServerState, ref: ScriptRef, binding: Binding) -> ApiError | None:
    store, name = str(binding.get("store_id", "")), binding["secret_name"]
    secret = state.secrets_stores.named(ref.account_id, store, name)
    if secret is None:
        return BoundSecretNotFound(
            f"Secrets Store binding '{binding['name']}' references store '{store}' "
            f"and secret '{name}' which were not found."
        )
    return None if "workers" in secret.scopes else BoundSecretOutOfScope()


def _missing_certificate(state: ServerState, ref: ScriptRef, binding: Binding) -> ApiError | None:
    if state.certificates.find(ref.account_id, binding["certificate_id"]):
        return None
    return ScriptRejected(
        f"mTLS certificate binding '{binding['name']}' references certificate "
        f"'{binding['certificate_id']}' which was not found."
    )


def _missing_memory(state: ServerState, ref: ScriptRef, binding: Binding) -> ApiError | None:
    if state.resources.named(ref.account_id, ResourceKind.AGENT_MEMORY, binding["namespace"]):
        return None
    return ScriptRejected(
        f"Agent Memory binding '{binding['name']}' references namespace "
        f"'{binding['namespace']}' which was not found."
    )


def _missing_dispatch_namespace(
    state: ServerState, ref: ScriptRef, binding: Binding
) -> ApiError | None:
    kind, name = ResourceKind.DISPATCH_NAMESPACE, binding["namespace"]
    if state.resources.get(ref.account_id, kind, name) is None:
        return BoundDispatchNamespaceNotFound(
            f"Dispatch namespace binding '{binding['name']}' references namespace '{name}' "
            "which was not found."
        )
    worker = (binding.get("outbound") or {}).get("worker") or {}
    outbound = {"name": binding["name"], "service": worker.get("service")}
    return _missing_service(state, ref, outbound) if outbound["service"] else None


_CHECKS: Mapping[str, Callable[[ServerState, ScriptRef, Binding], ApiError | None]] = {
    "kv_namespace": _missing_namespace,
    "d1": _missing_database,
    "r2_bucket": _missing_bucket,
    "vectorize": _missing_index,
    "service": _missing_service,
    "dispatch_namespace": _missing_dispatch_namespace,
    "queue": _missing_queue,
    "hyperdrive": _missing_hyperdrive,
    "secrets_store_secret": _missing_secret,
    "mtls_certificate": _missing_certificate,
    "agent_memory": _missing_memory,
}
"""Each type of binding that names something, and its check.

The codes for buckets, queues and Hyperdrive configurations are those that Cloudflare answered to
such uploads in July 2026 (https://github.com/alchemy-run/distilled/pull/365).
"""


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
