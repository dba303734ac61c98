"""The backend of every binding of every running Worker.

workerd's own clients (KV, D1, R2, Vectorize, AI, Queues) send their requests here, so that one
store serves the API and the Workers.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from localedge.model import Json, ScriptRef, WorkerSource
from localedge.runtime.bindings import ai as ai_binding
from localedge.runtime.bindings import d1 as d1_binding
from localedge.runtime.bindings import kv as kv_binding
from localedge.runtime.bindings import queue as queue_binding
from localedge.runtime.bindings import r2 as r2_binding
from localedge.runtime.bindings import secrets_store as secrets_binding
from localedge.runtime.bindings import vectorize as vectorize_binding
from localedge.runtime.bindings import workflow as workflow_binding
from localedge.runtime.bindings.call import BindingCall, read_call
from localedge.runtime.bindings.workflow import WorkflowCalls
from localedge.state.ai.log import AiLog
from localedge.state.d1.store import D1Store
from localedge.state.kv.store import KvStore
from localedge.state.queues.messages import MessageStore
from localedge.state.queues.store import QueueStore
from localedge.state.r2.store import R2Store
from localedge.state.secrets_store.store import SecretsStores
from localedge.state.traces.store import TraceStore
from localedge.state.vectorize.store import VectorizeStore
from localedge.wire.errors import ApiError

TRACES, STREAMS = "traces", "streams"
"""Below them, running Workers say what they did; the second is for streaming tail Workers."""
METHODS = ["GET", "POST", "PUT", "DELETE"]
VERSIONS_KEPT = 512

Binding = Mapping[str, Json]
BindingHandler = Callable[[BindingCall], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class BindingStores:
    """What the bindings lead to."""

    kv: KvStore
    d1: D1Store
    vectorize: VectorizeStore
    ai: AiLog
    r2: R2Store
    secrets_stores: SecretsStores
    queues: QueueStore
    messages: MessageStore
    workflows: WorkflowCalls
    traces: TraceStore


def create_bindings_app(source: WorkerSource, stores: BindingStores) -> ASGIApp:
    """Return the app; a path names a version: `/<account_id>/<script>/<version_id>`."""
    servers: Mapping[str, BindingHandler] = {
        "kv_namespace": lambda call: kv_binding.serve(call, stores.kv),
        "d1": lambda call: d1_binding.serve(call, stores.d1),
        "vectorize": lambda call: vectorize_binding.serve(call, stores.vectorize),
        "ai": lambda call: ai_binding.serve(call, stores.ai),
        "r2_bucket": lambda call: r2_binding.serve(call, stores.r2),
        "secrets_store_secret": lambda call: secrets_binding.serve(call, stores.secrets_stores),
        "workflow": lambda call: workflow_binding.serve(call, stores.workflows),
        "queue": lambda call: queue_binding.serve(call, stores.queues, stores.messages),
    }

    # A version never changes, and reading it reads all its modules.
    @lru_cache(VERSIONS_KEPT)
    def bindings(ref: ScriptRef, version_id: str) -> Mapping[str, Binding]:
        version = source.version(ref, version_id)
        if version is None:
            raise LookupError(f"no version {version_id} of {ref.name}")
        return {binding["name"]: binding for binding in version.bindings}

    async def endpoint(request: Request) -> Response:
        # Each use of a binding begins with an attempt at a WebSocket, for RPC that none of these
        # clients uses; it alone lacks the header.
        name = request.headers.get("mf-binding")
        if name is None:
            return Response("localedge speaks HTTP to bindings, not RPC", 404)
        ref = _script(request)
        try:
            binding = bindings(ref, request.path_params["version_id"])[name]
            server = servers[binding["type"]]
        except LookupError as absent:
            return Response(f"localedge serves no such binding: {absent}", 400)
        try:
            return await server(read_call(ref, binding, request))
        except ApiError as error:
            return Response(error.message, error.status)

    async def trace(request: Request) -> Response:
        events = json.loads(await request.body())
        version = request.path_params["version_id"]
        await stores.traces.record(_script(request), version, events)
        return Response(status_code=204)

    async def stream(request: Request) -> Response:
        await stores.traces.stream(_script(request), json.loads(await request.body()))
        return Response(status_code=204)

    # The name of a script in a dispatch namespace has a slash.
    path = "/{account_id}/{script:path}/{version_id}"
    return Starlette(
        routes=[
            Route(f"/{TRACES}{path}", trace, methods=["POST"]),
            Route(f"/{STREAMS}{path}", stream, methods=["POST"]),
            Route(path, endpoint, methods=METHODS),
        ]
    )


def _script(request: Request) -> ScriptRef:
    return ScriptRef(request.path_params["account_id"], request.path_params["script"])
