"""Bindings that point at something: does it exist, and which namespace is meant."""

from collections.abc import Iterable, Mapping

from localedge.model import Json, ScriptRef
from localedge.state.records import DurableClass
from localedge.state.server import ServerState
from localedge.wire.binding_errors import (
    ClassNotConfigured,
    DatabaseNotFound,
    IndexNotFound,
    KvNamespaceNotFound,
    ServiceTargetNotFound,
)
from localedge.wire.errors import ApiError

Binding = dict[str, Json]


def connect(
    state: ServerState,
    ref: ScriptRef,
    bindings: Iterable[Binding],
    classes: Mapping[str, DurableClass],
) -> tuple[Binding, ...]:
    """Return the bindings, each Durable Object one with its namespace.

    `classes` are those of the script itself, after its migrations. Raises the API's error for
    what does not exist.
    """
    return tuple(_connect(state, ref, binding, classes) for binding in bindings)


def referrers(state: ServerState, ref: ScriptRef) -> list[str]:
    """Return the other scripts of the account whose latest version binds to this one."""
    found = []
    for script in state.scripts.of_account(ref.account_id):
        latest = state.scripts.latest(script.ref)
        if script.ref != ref and latest and any(_points(item, ref) for item in latest.bindings):
            found.append(script.ref.name)
    return found


def _connect(
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
    if binding["type"] == "kv_namespace":
        if state.kv.namespace(account, binding["namespace_id"]) is None:
            return KvNamespaceNotFound(
                f"KV namespace '{binding['namespace_id']}' not found, bound as '{name}'."
            )
    elif binding["type"] == "d1":
        if state.d1.database(account, binding["id"]) is None:
            return DatabaseNotFound(
                f"D1 binding '{name}' references database '{binding['id']}' which was not found."
            )
    elif binding["type"] == "vectorize":
        if state.vectorize.index(account, binding["index_name"]) is None:
            return IndexNotFound(
                f"Vectorize binding '{name}' references index '{binding['index_name']}' "
                "which was not found."
            )
    elif binding["type"] == "service":
        target = ScriptRef(account, binding["service"])
        if target != ref and state.scripts.get(target) is None:
            return ServiceTargetNotFound(
                f"Service binding '{name}' references Worker '{target.name}' which was not found."
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


def _points(binding: Binding, ref: ScriptRef) -> bool:
    return ref.name in (
        binding.get("service"),
        binding.get("script_name"),
    )
