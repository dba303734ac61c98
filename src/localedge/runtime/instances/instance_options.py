"""Translates versions of one script to the options of the Miniflare instance that runs them."""

from collections.abc import Collection, Sequence
from urllib.parse import urlsplit

from localedge.model import Json, WorkerVersion
from localedge.runtime.instances import miniflare_modules
from localedge.runtime.instances.asset_workers import asset_workers, entry_worker
from localedge.runtime.instances.contexts import (
    InstanceContext,
    Owners,
    VersionContext,
    durable_objects,
    is_own_object,
    outbound,
)
from localedge.runtime.instances.instance import RunningWorkflow
from localedge.runtime.instances.miniflare_options import (
    ABSENT,
    ANALYTICS,
    OWN_WORKERS,
    SHIM_DATE,
    object_options,
    shim,
    translate,
)
from localedge.runtime.instances.workflow_workers import engine_worker, workflow_workers
from localedge.state.assets.contents import FOLDER as ASSETS

_WRAPPERS = {ABSENT: "absent.js", ANALYTICS: "analytics.js"}
_ROUTER = "localedge:router"
_STREAMING = ("experimental", "streaming_tail_worker")


def instance_options(
    instance: InstanceContext,
    versions: Sequence[WorkerVersion],
    owners: Owners,
    workflows: Collection[RunningWorkflow] = (),
) -> dict[str, Json]:
    """Return the options of the instance that runs `versions`, any of them on request.

    The first worker is the router; a version's worker is named by its id. The router is their tail,
    too: each Worker costs 4 MB of memory in each instance.
    """
    workers = [_router(instance, versions, workflows), *workflow_workers(workflows)]
    for version in versions:
        context = VersionContext(instance, version, owners)
        if version.code.modules:
            workers.append(_worker(context))
        workers += asset_workers(version, instance.folder / ASSETS)
        workers += [
            OWN_WORKERS[binding["type"]](context, binding)
            for binding in version.bindings
            if binding["type"] in OWN_WORKERS and not is_own_object(instance.ref, binding)
        ]
    wrapped = [it.get("wrappedBindings", {}) for it in workers]
    # Only where it is wrapped is its default export, a function, taken for what it is.
    for name in sorted({it["scriptName"] for bindings in wrapped for it in bindings.values()}):
        workers.append(shim(name, _WRAPPERS[name]))
    return {
        "workers": workers,
        "durableObjectsPersist": str(durable_objects(instance.folder)),
    }


def _router(
    instance: InstanceContext,
    versions: Sequence[WorkerVersion],
    workflows: Collection[RunningWorkflow],
) -> dict[str, Json]:
    front, ref = urlsplit(instance.bindings_url).netloc, instance.ref
    traces, streams = (
        f"{instance.bindings_url}/{it}/{ref.account_id}/{ref.name}" for it in ("traces", "streams")
    )
    return shim(_ROUTER, "router.js", "tail.js") | {
        "compatibilityDate": SHIM_DATE,
        "compatibilityFlags": [
            "service_binding_extra_handlers",
            *(_STREAMING if any(it.streamed for it in versions) else ()),
        ],
        "bindings": {"KEY": instance.key, "TARGET": traces, "STREAMS": streams},
        "serviceBindings": {
            "LOCALEDGE": {"external": {"address": front, "http": {}}},
            **{f"fetch:{version.id}": entry_worker(version) for version in versions},
            **{version.id: version.id for version in versions if version.code.modules},
            **{f"workflow:{it.name}": engine_worker(it.name) for it in workflows},
        },
    }


def _worker(context: VersionContext) -> dict[str, Json]:
    version = context.version
    tail = {"name": _ROUTER, "entrypoint": "Tail", "props": {"version": version.id}}
    worker = {
        "name": context.version.id,
        "outboundService": outbound(context.instance.networks),
        "tails": [tail],
        **({"streamingTails": [{**tail, "entrypoint": "Stream"}]} if version.streamed else {}),
        **miniflare_modules.source(context.version.code),
    }
    for binding in context.version.bindings:
        group, designator = translate(context, binding)
        if group == "ai":
            worker["ai"] = designator
        elif group == "email":
            worker.setdefault(group, {"send_email": []})["send_email"].append(designator)
        elif group == "unsafeBindings":
            worker.setdefault(group, []).append(designator)
        else:
            worker.setdefault(group, {})[binding["name"]] = designator
    return worker | {"additionalUnboundDurableObjects": _unbound_objects(context)}


def _unbound_objects(context: VersionContext) -> list[Json]:
    """Return the classes that the version itself does not bind: other scripts may."""
    bindings = context.version.bindings
    bound = {it["namespace_id"] for it in bindings if is_own_object(context.instance.ref, it)}
    return [
        object_options(name, namespace)
        for name, namespace in context.version.objects.items()
        if namespace not in bound and context.owners.get(namespace) == context.version.id
    ]
