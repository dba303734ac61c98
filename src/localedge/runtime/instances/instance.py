"""One running Miniflare instance and its requests in flight."""

import asyncio
import contextlib
import time
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class RunningWorkflow:
    """A workflow that an instance runs; `owner` is the version of its class."""

    name: str
    class_name: str
    namespace_id: str
    owner: str


@dataclass(frozen=True, slots=True)
class InstanceSpec:
    """What an instance runs.

    Version ids, the owner of each Durable Object namespace, the script's workflows, and the
    Hyperdrive configurations of the versions, each with the time of its last change.
    """

    versions: frozenset[str]
    owners: Mapping[str, str]
    workflows: frozenset[RunningWorkflow] = frozenset()
    databases: frozenset[tuple[str, str]] = frozenset()

    @property
    def namespaces(self) -> frozenset[str]:
        """The Durable Object namespaces whose files the instance writes."""
        return frozenset(self.owners) | {it.namespace_id for it in self.workflows}

    def covers(self, wanted: "InstanceSpec") -> bool:
        """Return whether an instance with this spec can serve the `wanted` spec."""
        return (
            wanted.versions <= self.versions
            and wanted.workflows <= self.workflows
            and wanted.databases <= self.databases
            and all(self.owners.get(space) == owner for space, owner in wanted.owners.items())
        )


@dataclass(slots=True, eq=False)
class Instance:
    """A name for the host, a port on 127.0.0.1, a spec, and the requests in flight.

    `settle` is how many seconds after its last request an instance counts as busy: work that a
    Worker left to `waitUntil` goes on when the answer is out, and cannot be seen from here.
    `broken` says that nothing listens on the port any more.
    """

    name: str
    port: int
    spec: InstanceSpec
    settle: float = 0.25
    in_flight: int = 0
    last_used: float = field(default_factory=time.monotonic)
    broken: bool = False
    _free: asyncio.Event = field(default_factory=asyncio.Event)
    _tunnels: set[asyncio.Task[None]] = field(default_factory=set)

    def acquire(self) -> None:
        """Count one request as in flight."""
        self.in_flight += 1
        self._free.clear()

    def release(self) -> None:
        """Count it as done."""
        self.in_flight -= 1
        self.last_used = time.monotonic()
        if not self.in_flight:
            self._free.set()

    @property
    def busy(self) -> bool:
        """Whether a request is in flight or a WebSocket is open."""
        return bool(self.in_flight or self._tunnels)

    def keep_open(self, tunnel: Coroutine[Any, Any, None]) -> None:
        """Run the tunnel of a WebSocket; its request is done, and the instance goes on for it."""
        task = asyncio.create_task(tunnel)
        self._tunnels.add(task)
        task.add_done_callback(self._forget)

    async def tunnels_closed(self) -> None:
        """Wait until no WebSocket is open."""
        while self._tunnels:
            await asyncio.wait(set(self._tunnels))

    async def quiet(self, seconds: float) -> None:
        """Wait until no request is in flight and background work had its time, or `seconds`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.in_flight or self._unsettled() > 0:
                    await (
                        self._free.wait() if self.in_flight else asyncio.sleep(self._unsettled())
                    )

    def _forget(self, tunnel: asyncio.Task[None]) -> None:
        self._tunnels.discard(tunnel)
        self.last_used = time.monotonic()

    def _unsettled(self) -> float:
        return self.last_used + self.settle - time.monotonic()
