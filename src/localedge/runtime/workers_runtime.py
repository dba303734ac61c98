"""The data plane: an ASGI application that answers for every Worker that is deployed."""

import asyncio
import contextlib
import secrets
import shutil
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.types import Receive, Scope, Send

from localedge.model import Inspector, Json, LogLine, ScriptRef, WorkerSource
from localedge.runtime.data_points import DataPoints, WritePoint
from localedge.runtime.edge import version_selection
from localedge.runtime.edge.deployed_versions import DeployedVersions, NotDeployed
from localedge.runtime.edge.dispatcher import Dispatcher
from localedge.runtime.edge.proxy import InstanceInterrupted, InstanceUnreachable, Proxy
from localedge.runtime.edge.queue_events import batch_event, read_result
from localedge.runtime.instances.contexts import (
    EVENT_HEADER,
    KEY_HEADER,
    VERSION_HEADER,
    InstanceContext,
    durable_objects,
)
from localedge.runtime.instances.instance import InstanceSpec
from localedge.runtime.instances.instance_options import instance_options
from localedge.runtime.instances.miniflare_host import MiniflareHost
from localedge.runtime.instances.node_discovery import RuntimeUnavailable
from localedge.runtime.instances.node_process import InstanceFailed
from localedge.runtime.instances.pool import InstanceKey, InstancePool, Timeouts
from localedge.runtime.instances.upload_inspector import WorkerdInspector
from localedge.state.data_plane import EngineFailed
from localedge.state.queues.models import NO_RUNTIME, DeliveryResult, Message, Metrics
from localedge.state.traces.logs import LogStore

_ATTEMPTS = 5
"""Attempts to start a handler: an instance may end at the same moment."""


class WorkersRuntime:
    """Runs what `source` says is deployed; `folder` keeps Durable Objects.

    `bindings_url` is where localedge serves KV, D1, R2, Vectorize and AI to running Workers; it
    is read whenever an instance starts. `logs` gets what Workers log. A Worker starts on its first
    request and is stopped after `idle_seconds` without one; alarms of its Durable Objects run only
    while it is up. A request to a script whose deployment has changed waits until the new versions
    run; requests already on their way, and open WebSockets, end on the old ones (see `Timeouts`).
    Workers reach the public internet and `networks` (CIDR blocks), nothing else of this machine.
    """

    def __init__(
        self,
        source: WorkerSource,
        folder: Path,
        bindings_url: Callable[[], str] | str,
        logs: LogStore,
        *,
        idle_seconds: float = 300,
        handover_seconds: float = 5,
        drain_seconds: float = 60,
        node_modules: Path | None = None,
        networks: tuple[str, ...] = (),
        write_point: WritePoint = lambda *_: None,
    ) -> None:
        self._source = source
        self._folder = folder.resolve()
        self._bindings_url = bindings_url
        self._networks = networks
        self._key = secrets.token_urlsafe(24)
        self._logs = logs
        points = DataPoints(self._key, logs, write_point)
        self._host = MiniflareHost(self._folder / "miniflare", points.record, node_modules)
        self._deployed = DeployedVersions(source)
        self._timeouts = Timeouts(idle_seconds, handover_seconds, drain_seconds)
        self._pool = InstancePool(self._host, self._options, self._timeouts)
        self._tasks: set[asyncio.Task[None]] = set()
        self.inspector: Inspector = WorkerdInspector(self._host)

    async def start(self) -> None:
        """Get ready to answer; nothing runs yet."""
        self._proxy = Proxy()
        self._dispatcher = Dispatcher(
            self._source,
            self._deployed,
            self._pool,
            self._proxy,
            self._logs,
            self._key,
            self._own_url,
        )
        self._keep(self._sweep())

    async def close(self) -> None:
        """End every Worker, and Node.js; running requests are aborted."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._pool.stop(lambda *_: True)
        await self._host.close()
        await self._proxy.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request to `*.workers.localhost`."""
        if scope["type"] == "http":
            await self._dispatcher.handle(scope, receive, send)

    def changed(self, ref: ScriptRef) -> None:
        """Handle a changed deployment, or changed classes.

        Every request compares the running versions with the deployed ones.
        """
        self._deployed.forget(ref)

    def removed(self, ref: ScriptRef) -> None:
        """Stop the instances of a deleted script; `drop_storage` deletes its data."""
        self._logs.clear(ref)
        self._keep(self._pool.stop(lambda key, _: key.ref == ref))

    async def drop_storage(self, namespace_ids: Collection[str]) -> None:
        """Stop the instances that run these namespaces, then delete their Durable Objects."""
        await self._pool.stop(lambda _, spec: any(it in spec.namespaces for it in namespace_ids))
        for namespace in namespace_ids:
            await _delete(durable_objects(self._folder) / namespace)

    async def reset(self) -> None:
        """Stop everything, and delete everything that Workers stored here."""
        await self._pool.stop(lambda *_: True)
        await _delete(durable_objects(self._folder))
        self._logs.clear()

    async def scheduled(self, ref: ScriptRef, cron: str, at_ms: int) -> str:
        """Run the `scheduled` handler of a live version as if `cron` were due at `at_ms`.

        `at_ms` is in milliseconds since the epoch. Returns workerd's outcome: `ok`, `exception`.
        Raises `NotDeployed`, `InstanceFailed`, `RuntimeUnavailable`.
        """
        answer = await self._event(ref, "scheduled", {"cron": cron, "time": at_ms})
        return str(answer["outcome"])

    async def queue(
        self, ref: ScriptRef, queue: str, batch: Sequence[Message], metrics: Metrics
    ) -> DeliveryResult:
        """Deliver a batch to the `queue` handler of a live version; a failure is its outcome."""
        try:
            return read_result(await self._event(ref, "queue", batch_event(queue, batch, metrics)))
        except RuntimeUnavailable:
            return DeliveryResult(NO_RUNTIME)
        except (NotDeployed, InstanceFailed, InstanceInterrupted) as failed:
            self._logs.add(ref, "error", f"Queue {queue}: {failed!r}")
            return DeliveryResult("exception")

    async def workflow(self, ref: ScriptRef, name: str, call: Mapping[str, Json]) -> Json:
        """Ask the engine of a workflow; raise `EngineFailed` with the reason where it refuses."""
        try:
            answer = await self._event(ref, "workflow", {"name": name, "call": call})
        except (NotDeployed, InstanceFailed, InstanceInterrupted, RuntimeUnavailable) as failed:
            raise EngineFailed(f"the workflow {name} cannot be run: {failed!r}") from failed
        if "error" in answer:
            raise EngineFailed(answer["error"])
        return answer["result"]

    async def tail(self, ref: ScriptRef, events: Sequence[Mapping[str, Json]]) -> None:
        """Give events of another script to the `tail` handler of a live version."""
        try:
            await self._event(ref, "tail", {"events": events})
        except (NotDeployed, InstanceFailed, InstanceInterrupted, RuntimeUnavailable) as failed:
            self._logs.add(ref, "error", f"tail: {failed!r}")

    async def stream(self, ref: ScriptRef, events: Sequence[Mapping[str, Json]]) -> None:
        """Give an invocation of another script to the `tailStream` handler of a live version."""
        try:
            await self._event(ref, "stream", {"events": events})
        except (NotDeployed, InstanceFailed, InstanceInterrupted, RuntimeUnavailable) as failed:
            self._logs.add(ref, "error", f"tailStream: {failed!r}")

    def logs(self, ref: ScriptRef) -> list[LogLine]:
        """Return the newest log lines of a script, oldest first."""
        return self._logs.lines(ref)

    async def _event(self, ref: ScriptRef, event: str, given: Json) -> dict[str, Json]:
        """Start a handler of a live version, which the traffic split chooses."""
        for _ in range(_ATTEMPTS):
            async with self._pool.lease(
                InstanceKey(ref), lambda: self._deployed.spec(ref)
            ) as instance:
                version = version_selection.version_at(
                    self._deployed.shares(ref), version_selection.random_position()
                )
                headers = {VERSION_HEADER: version, EVENT_HEADER: event, KEY_HEADER: self._key}
                with contextlib.suppress(InstanceUnreachable):
                    return await self._proxy.event(instance.port, headers, given)
                instance.broken = True
        raise InstanceFailed(f"the runtime of {ref.name} ends as soon as it starts")

    def _backend(self) -> str:
        return self._bindings_url if isinstance(self._bindings_url, str) else self._bindings_url()

    def _own_url(self) -> str:
        return "http://" + urlsplit(self._backend()).netloc

    def _options(self, ref: ScriptRef, spec: InstanceSpec) -> dict[str, Json]:
        url = self._backend()
        versions = [self._deployed.version(ref, it) for it in sorted(spec.versions)]
        instance = InstanceContext(ref, self._folder, url, self._key, self._networks)
        return instance_options(instance, versions, spec.owners, spec.workflows)

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(min(self._timeouts.idle / 4, 15))
            self._pool.sweep()


async def _delete(folder: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        await asyncio.to_thread(shutil.rmtree, folder)
