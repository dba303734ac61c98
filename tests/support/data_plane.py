"""A data plane on a port of 127.0.0.1, with what is deployed held in memory."""

import asyncio
import contextlib
import http.client
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import requests
import uvicorn

from localedge.control.http_protocol import LocaledgeProtocol
from localedge.model import (
    Code,
    Json,
    Module,
    ScriptRef,
    TrafficShare,
    WorkerVersion,
    WorkflowClass,
)
from localedge.runtime.instances.instance import Instance
from localedge.runtime.instances.pool import InstanceKey
from localedge.runtime.workers_runtime import WorkersRuntime
from localedge.state.database import Database
from localedge.state.traces.logs import LogStore

T = TypeVar("T")

ACCOUNT = "0123456789abcdef0123456789abcdef"
SUBDOMAIN = "acme"
ESM = "application/javascript+module"


def code(source: str, *, name: str = "index.js", flags: Sequence[str] = ()) -> Code:
    """Return a bundle of one module."""
    module = Module(name, ESM, source.encode())
    return Code(name, (module,), "2026-01-01", tuple(flags))


def ref(name: str) -> ScriptRef:
    """Name a script of the only account."""
    return ScriptRef(ACCOUNT, name)


@dataclass
class MemorySource:
    """What is deployed, as a test wants it."""

    deployments: dict[ScriptRef, list[TrafficShare]] = field(default_factory=dict)
    versions: dict[tuple[ScriptRef, str], WorkerVersion] = field(default_factory=dict)
    changes: dict[str, str] = field(default_factory=dict)
    routes: dict[tuple[str, str], ScriptRef] = field(default_factory=dict)
    workflows: dict[ScriptRef, list[WorkflowClass]] = field(default_factory=dict)

    def find_script(self, subdomain: str, name: str) -> ScriptRef | None:
        found = ref(name)
        known = found in self.deployments or any(it == found for it, _ in self.versions)
        return found if subdomain == SUBDOMAIN and known else None

    def routed(self, host: str, target: str) -> ScriptRef | None:
        return self.routes.get((host, target))

    def workflow_classes(self, ref: ScriptRef) -> Sequence[WorkflowClass]:
        return self.workflows.get(ref, [])

    def live(self, ref: ScriptRef) -> Sequence[TrafficShare]:
        return self.deployments.get(ref, [])

    def hyperdrive_changed(self, account_id: str, config_id: str) -> str:
        return self.changes.get(config_id, "")

    def version(self, ref: ScriptRef, version_id: str) -> WorkerVersion | None:
        for (script, known), version in self.versions.items():
            if script == ref and known.startswith(version_id):
                return version
        return None

    def upload(self, name: str, source: str, *bindings: Mapping[str, Json]) -> str:
        """Keep a version; return its id."""
        number = len(self.versions) + 1
        version_id = f"{number:08x}-0000-4000-8000-000000000000"
        created = "2026-01-02T03:04:05.678901Z"
        tag = f"tag-{number}"
        version = WorkerVersion(version_id, number, created, tag, code(source), bindings)
        self.versions[ref(name), version_id] = version
        return version_id

    def deploy(self, name: str, *shares: tuple[str, float]) -> None:
        """Put a traffic split in force."""
        self.deployments[ref(name)] = [TrafficShare(*share) for share in shares]

    def publish(self, name: str, source: str, *bindings: Mapping[str, Json]) -> str:
        """Upload a version and give it all traffic."""
        version_id = self.upload(name, source, *bindings)
        self.deploy(name, (version_id, 100))
        return version_id


def eventually(holds: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until something holds; fail where it does not in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


class Site:
    """A data plane that serves, and the loop it runs in."""

    def __init__(self, plane: WorkersRuntime, source: MemorySource) -> None:
        self.data_plane = plane
        self.source = source
        self.loop = asyncio.new_event_loop()
        config = uvicorn.Config(
            plane,
            port=0,
            http=LocaledgeProtocol,
            ws="none",
            lifespan="off",
            proxy_headers=False,
            log_level="critical",
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def port(self) -> int:
        """The port on 127.0.0.1."""
        port: int = self._server.servers[0].sockets[0].getsockname()[1]
        return port

    @property
    def url(self) -> str:
        """Where running Workers reach the plane."""
        return f"http://127.0.0.1:{self.port}"

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine of the plane in its loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def ask(
        self, name: str, path: str = "/", *, method: str = "GET", **options: Any
    ) -> requests.Response:
        """Send a request to a Worker."""
        headers = {"Host": f"{name}.{SUBDOMAIN}.workers.localhost:{self.port}"}
        headers |= options.pop("headers", {})
        url = f"http://127.0.0.1:{self.port}{path}"
        return requests.request(method, url, headers=headers, timeout=30, **options)

    @contextlib.contextmanager
    def connection(self, name: str, path: str = "/") -> Iterator[http.client.HTTPConnection]:
        """Send a GET to a Worker on a separate connection, and close that at the end."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        host = f"{name}.{SUBDOMAIN}.workers.localhost:{self.port}"
        connection.request("GET", path, headers={"Host": host})
        try:
            yield connection
        finally:
            connection.close()

    def instance(self, name: str) -> Instance | None:
        """Return what runs of a script."""
        slot = self.data_plane._pool._slots.get(InstanceKey(ref(name)))
        return slot.current if slot else None

    def in_flight(self, name: str) -> int:
        """Say how many requests of a script are on their way."""
        instance = self.instance(name)
        return instance.in_flight if instance else 0

    def open(self) -> None:
        """Serve; return when the port answers."""
        self._thread.start()
        while not self._server.started:
            self._thread.join(0.01)

    def close(self) -> None:
        """Stop serving, and end what runs."""
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(30)

    def _serve(self) -> None:
        async def main() -> None:
            await self.data_plane.start()
            try:
                await self._server.serve()
            finally:
                await self.data_plane.close()

        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(main())
        self.loop.close()


@contextlib.contextmanager
def serving(
    folder: Path,
    source: MemorySource | None = None,
    **options: Any,
) -> Iterator[Site]:
    """Serve what `source` holds, and end everything afterwards."""
    source = source or MemorySource()
    site: Site
    url = options.pop("bindings_url", None) or (lambda: site.url)
    database = Database(folder / "logs")
    runtime = WorkersRuntime(source, folder, url, LogStore(database), **options)
    site = Site(runtime, source)
    site.open()
    try:
        yield site
    finally:
        site.close()
        database.close()
