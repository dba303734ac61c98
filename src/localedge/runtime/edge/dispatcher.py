"""Dispatches a request to one version of a Worker, or answers with a page of the edge."""

import hmac
import json
from collections.abc import Callable
from urllib.parse import unquote

from starlette.types import Receive, Scope, Send

from localedge.model import ScriptRef, WorkerSource
from localedge.runtime.edge import headers as edge
from localedge.runtime.edge import version_selection
from localedge.runtime.edge.asgi import RequestBody, headers_by_name, request_target, send_page
from localedge.runtime.edge.compression import without_encoding
from localedge.runtime.edge.deployed_versions import DeployedVersions, NotDeployed
from localedge.runtime.edge.host_routing import Destination, resolve_host
from localedge.runtime.edge.proxy import (
    InstanceInterrupted,
    InstanceUnreachable,
    ProxiedRequest,
    Proxy,
)
from localedge.runtime.edge.tunnel import tunnel_opener
from localedge.runtime.instances.contexts import KEY_HEADER
from localedge.runtime.instances.instance import Instance, InstanceSpec
from localedge.runtime.instances.node_discovery import RuntimeUnavailable
from localedge.runtime.instances.node_process import InstanceFailed, NodeProcessEnded
from localedge.runtime.instances.pool import InstanceKey, InstancePool
from localedge.runtime.instances.remote_calls import (
    DISPATCH_HEADER,
    DISPATCH_LABEL,
    LEASE_HEADER,
    MISSING_HEADER,
    SERVICE_HEADER,
    SOCKET_HEADER,
    debug_socket,
    user_service,
)
from localedge.state.traces.logs import LogStore

_ATTEMPTS = 5
"""Attempts for a request without a response: an instance may end at the same moment."""


class Dispatcher:
    """Dispatches requests; restarts an instance whose process was killed."""

    def __init__(
        self,
        source: WorkerSource,
        deployed: DeployedVersions,
        pool: InstancePool,
        proxy: Proxy,
        logs: LogStore,
        key: str,
        url: Callable[[], str],
    ) -> None:
        self._source = source
        self._deployed = deployed
        self._pool = pool
        self._proxy = proxy
        self._logs = logs
        self._key = key
        self._url = url

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        ray = edge.new_ray()
        headers = headers_by_name(scope)
        internal = hmac.compare_digest(headers.get(KEY_HEADER, "").encode(), self._key.encode())
        destination = resolve_host(
            self._source, headers.get("host", ""), request_target(scope), internal=internal
        )
        dispatched = destination is not None and destination.ref.name == DISPATCH_LABEL
        if destination and dispatched:
            name = unquote(headers.get(DISPATCH_HEADER, ""))
            destination = Destination(ScriptRef(destination.ref.account_id, name))
        if destination is None:
            await send_page(send, edge.NOTHING_HERE, ray)
            return
        body, threw = (
            RequestBody(scope, receive),
            edge.worker_threw(destination.ref.name, self._url()),
        )
        request = _forward(scope, headers, body, ray, threw, internal=internal)
        page = await self._pass_on(destination, headers, request, send)
        if page:
            missing = dispatched and page is edge.NOTHING_HERE
            await send_page(send, page, ray, [(MISSING_HEADER.encode(), b"1")] if missing else [])

    async def _pass_on(
        self, to: Destination, headers: dict[str, str], request: ProxiedRequest, send: Send
    ) -> edge.ErrorPage | None:
        """Return the edge's page if no Worker responded."""
        try:
            for _ in range(_ATTEMPTS):
                if await self._try(to, headers, request, send):
                    return None
        except NotDeployed:
            return edge.NOTHING_HERE
        except InstanceFailed as failed:
            self._logs.add(to.ref, "error", str(failed))
            return request.threw
        except RuntimeUnavailable as missing:
            return edge.no_runtime(str(missing))
        except NodeProcessEnded:
            pass
        return edge.RUNTIME_GONE

    async def _try(
        self, to: Destination, headers: dict[str, str], request: ProxiedRequest, send: Send
    ) -> bool:
        key, wanted = self._place(to)
        async with self._pool.lease(key, wanted) as instance:
            # Nothing is awaited between the lease and this choice, so that both see one deployment.
            version = to.version_id or version_selection.choose_version(
                to.ref.name,
                self._deployed.shares(to.ref),
                headers,
                version_selection.random_position(),
            )
            if version not in instance.spec.versions:  # a preview that has just left it
                return False
            if request.lease:
                await _hold(instance, version, request, send)
                return True
            try:
                tunnel = await self._proxy.forward(
                    instance.port, request.to_version(version, self._key), send
                )
            except InstanceUnreachable:
                instance.broken = True
                return False
            except InstanceInterrupted:
                return False
            if tunnel:
                instance.keep_open(tunnel.pump())
            return True

    def _place(self, to: Destination) -> tuple[InstanceKey, Callable[[], InstanceSpec]]:
        ref, version = to.ref, to.version_id
        if not version or any(it.version_id == version for it in self._source.live(ref)):
            return InstanceKey(ref), lambda: self._deployed.spec(ref)
        return InstanceKey(ref, version), lambda: self._deployed.preview_spec(ref, version)


async def _hold(instance: Instance, version: str, request: ProxiedRequest, send: Send) -> None:
    """Name what a Worker can call, and keep it until the Worker closes the connection."""
    namespace = json.loads(request.lease).get("object")
    service = user_service(instance.spec.owners.get(namespace, "") if namespace else version)
    headers = [
        (SERVICE_HEADER.encode(), service.encode()),
        (SOCKET_HEADER.encode(), f"unix:{debug_socket(instance.name)}".encode()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await request.body.wait_for_disconnect()


def _forward(
    scope: Scope,
    headers: dict[str, str],
    body: RequestBody,
    ray: str,
    threw: edge.ErrorPage,
    *,
    internal: bool,
) -> ProxiedRequest:
    client = scope["client"][0] if scope.get("client") else "127.0.0.1"
    passed = edge.request_headers(scope["headers"], client, ray, internal=internal)
    tunnel = tunnel_opener(scope) if scope["method"] == "GET" else None
    accepted, lease = headers.get("accept-encoding", ""), ""
    if internal:  # a service binding passes a response on as it is
        accepted, lease = "", headers.get(LEASE_HEADER, "")
    elif without_encoding(accepted):  # then Miniflare decodes what the Worker encoded
        passed.append((b"Accept-Encoding", b"identity"))
    return ProxiedRequest(
        scope["method"], request_target(scope), passed, body, ray, threw, tunnel, accepted, lease
    )
