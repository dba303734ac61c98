"""Running scripts: an instance each, started on request, handed over on a change, stopped idle."""

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from localedge.model import Json, ScriptRef
from localedge.runtime.instances.instance import Instance, InstanceSpec

OptionsBuilder = Callable[[ScriptRef, InstanceSpec], dict[str, Json]]
"""Returns Miniflare's options for a script and an instance spec."""


class InstanceHost(Protocol):
    """What starts and stops instances."""

    async def start(self, instance: str, options: dict[str, Json]) -> int:
        """Start an instance; return its port."""
        ...

    async def stop(self, instance: str) -> None:
        """End an instance at once."""
        ...


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long, in seconds, things may take.

    `idle`: an instance without a request or an open WebSocket is stopped after it. `drain`: so long
    an old instance may go on with the requests and streams that it has; WebSockets stay on it
    until they are closed. `handover`: so long new requests to a
    script with Durable Objects wait for them. Two workerd processes on one object's SQLite file
    do not corrupt it, but when both write, one fails with SQLITE_BUSY (tried with workerd
    1.20260205); the wait avoids that, and it ends before a caller gives up.
    """

    idle: float = 300
    handover: float = 5
    drain: float = 60


@dataclass(frozen=True, slots=True)
class InstanceKey:
    """Identifies an instance: the deployed versions of a script, or one version as a preview."""

    ref: ScriptRef
    preview: str = ""


Selector = Callable[[InstanceKey, InstanceSpec], bool]
"""Says whether an instance is meant, by its place and spec."""


@dataclass(slots=True, eq=False)
class _Slot:
    """What runs in one place; during a `transition` to something else, requests wait for it."""

    current: Instance | None = None
    transition: asyncio.Task[None] | None = None


@dataclass(frozen=True, slots=True)
class _Drain:
    """An old instance's last work: where it ran, and the task that waits for its end."""

    key: InstanceKey
    task: asyncio.Task[None]


class InstancePool:
    """Every running instance: one a script, and two while the old one finishes what it has."""

    def __init__(self, host: InstanceHost, options: OptionsBuilder, timeouts: Timeouts) -> None:
        self._host = host
        self._options = options
        self._timeouts = timeouts
        self._slots: dict[InstanceKey, _Slot] = {}
        self._old: dict[Instance, _Drain] = {}
        self._numbers = itertools.count(1)

    @contextlib.asynccontextmanager
    async def lease(
        self, key: InstanceKey, wanted: Callable[[], InstanceSpec]
    ) -> AsyncIterator[Instance]:
        """Lease an instance that covers the spec of `wanted`; it is not stopped meanwhile.

        `wanted` is called again after every wait, so that no request reaches a version that has
        left the deployment. Raises what it raises, and what `Host.start` raises.
        """
        instance = await self._serving(key, wanted)
        instance.acquire()
        try:
            yield instance
        finally:
            instance.release()

    async def stop(self, chosen: Selector) -> None:
        """End the chosen instances at once, and old ones that still finish requests."""
        for instance, drain in list(self._old.items()):
            if chosen(drain.key, instance.spec):
                drain.task.cancel()
                await self._host.stop(instance.name)
        await asyncio.gather(
            *(
                self._change(slot, partial(self._clear, key, slot, chosen))
                for key, slot in self._slots.items()
                if slot.current or slot.transition
            )
        )

    def sweep(self) -> None:
        """End each instance that has had no request for `Timeouts.idle` seconds."""
        before = time.monotonic() - self._timeouts.idle
        for key, slot in self._slots.items():
            current = slot.current
            if slot.transition or not current or current.busy or current.last_used > before:
                continue
            self._change(slot, partial(self._clear, key, slot, lambda *_: True))

    async def _serving(self, key: InstanceKey, wanted: Callable[[], InstanceSpec]) -> Instance:
        slot = self._slots.setdefault(key, _Slot())
        while True:
            if slot.transition:
                await asyncio.shield(slot.transition)
                continue
            spec, current = wanted(), slot.current
            if current and not current.broken and current.spec.covers(spec):
                return current
            self._change(slot, partial(self._renew, key, slot, spec))

    def _change(self, slot: _Slot, work: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        previous = slot.transition

        async def run() -> None:
            if previous:
                await asyncio.wait([previous])
            try:
                await work()
            finally:
                if slot.transition is task:
                    slot.transition = None

        task = slot.transition = asyncio.create_task(run())
        # The waiting request may have ended when this fails; the next request then tries again.
        task.add_done_callback(lambda it: it.cancelled() or it.exception())
        return task

    async def _renew(self, key: InstanceKey, slot: _Slot, spec: InstanceSpec) -> None:
        old, slot.current = slot.current, await self._start(key, spec)
        if old is None:
            return
        if old.spec.namespaces and not old.broken:
            await old.quiet(self._timeouts.handover)
        if old.broken or (old.spec.namespaces and not old.in_flight):
            await self._host.stop(old.name)
        else:
            task = asyncio.create_task(self._drain(old))
            self._old[old] = _Drain(key, task)
            task.add_done_callback(lambda _: self._old.pop(old))

    async def _start(self, key: InstanceKey, spec: InstanceSpec) -> Instance:
        ref = key.ref
        name = f"{ref.account_id}/{ref.name}#{next(self._numbers)}"
        port = await self._host.start(name, self._options(ref, spec))
        return Instance(name, port, spec)

    async def _drain(self, old: Instance) -> None:
        await old.quiet(self._timeouts.drain)
        # A new version restarts the Durable Objects, and so ends their WebSockets
        # (https://developers.cloudflare.com/durable-objects/best-practices/websockets/).
        if not old.spec.namespaces:
            await old.tunnels_closed()
        await self._host.stop(old.name)

    async def _clear(self, key: InstanceKey, slot: _Slot, chosen: Selector) -> None:
        if slot.current and chosen(key, slot.current.spec):
            ended, slot.current = slot.current, None
            await self._host.stop(ended.name)
