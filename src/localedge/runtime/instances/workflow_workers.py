"""The Workers that run a script's workflows, by Miniflare's engine."""

from collections.abc import Iterable
from typing import Any

from localedge.model import Json
from localedge.runtime.instances import miniflare_modules
from localedge.runtime.instances.instance import RunningWorkflow
from localedge.runtime.instances.miniflare_options import SHIM_DATE, WORKERS

ENGINE = "workflow_engine.js"
_MINIFLARES = {
    "type": "ESModule",
    "path": "/binding.worker.js",
    "miniflare": "workflows/binding.worker.js",
}


def engine_worker(name: str) -> str:
    """Return the name of the Worker that runs a workflow."""
    return f"localedge:workflow:{name}"


def workflow_workers(workflows: Iterable[RunningWorkflow]) -> list[dict[str, Json]]:
    """Return a Worker for each workflow; its instances are Durable Objects, which stay loaded."""
    return [_engine(it) for it in sorted(workflows, key=lambda it: it.name)]


def _engine(workflow: RunningWorkflow) -> dict[str, Any]:
    code = (WORKERS / ENGINE).read_bytes()
    return {
        "name": engine_worker(workflow.name),
        "modulesRoot": "/",
        "modules": [miniflare_modules.entry(ENGINE, "ESModule", code), _MINIFLARES],
        "compatibilityDate": SHIM_DATE,
        "compatibilityFlags": ["experimental"],
        "bindings": {"WORKFLOW_NAME": workflow.name, "BINDING_NAME": workflow.name},
        "durableObjects": {
            "ENGINE": {
                "className": "Engine",
                "useSQLite": True,
                "unsafeUniqueKey": workflow.namespace_id,
                "unsafePreventEviction": True,
            }
        },
        "serviceBindings": {
            "USER_WORKFLOW": {"name": workflow.owner, "entrypoint": workflow.class_name}
        },
    }
