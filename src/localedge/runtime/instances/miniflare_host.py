"""Starts and stops Miniflare instances by name, in a Node.js process that is there when needed."""

import asyncio
import contextlib
import os
from pathlib import Path

from localedge.model import Json
from localedge.runtime.instances.node_discovery import RuntimeUnavailable, find_miniflare, find_node
from localedge.runtime.instances.node_process import LogSink, NodeProcess, NodeProcessEnded


class MiniflareHost:
    """Hosts every instance; no more start at once than the machine has cores.

    Node.js starts with the first instance, and again after the process was killed. `folder` is
    for working files alone.
    """

    def __init__(self, folder: Path, log: LogSink, node_modules: Path | None = None) -> None:
        self._folder = folder
        self._log = log
        self._node_modules = node_modules
        self._cores = asyncio.Semaphore(os.cpu_count() or 1)
        self._node: asyncio.Task[NodeProcess] | None = None

    @property
    def pid(self) -> int | None:
        """The Node.js process, which leads the process group of every workerd."""
        return self._node.result().pid if self._node and _runs(self._node) else None

    async def start(
        self, instance: str, options: dict[str, Json], seconds: float | None = None
    ) -> int:
        """Start an instance with Miniflare's `options`; return its port on 127.0.0.1.

        Raises `InstanceFailed` with workerd's message, `NodeProcessEnded`, `RuntimeUnavailable`,
        and `TimeoutError` if it is not ready after `seconds`; the caller must stop it then.
        """
        async with self._cores, asyncio.timeout(seconds):
            try:
                answer = await (await self._running()).call("start", instance, options)
            except NodeProcessEnded:
                # The process was killed; only the attempt to use it shows that.
                answer = await (await self._running()).call("start", instance, options)
        return int(answer["port"])

    async def stop(self, instance: str) -> None:
        """End an instance at once; one that does not exist (any more) is ended already."""
        if self._node and _runs(self._node):
            with contextlib.suppress(NodeProcessEnded):
                await self._node.result().call("stop", instance)

    async def close(self) -> None:
        """End every instance and Node.js itself."""
        node, self._node = self._node, None
        if node:
            with contextlib.suppress(RuntimeUnavailable):
                await (await node).close()

    async def _running(self) -> NodeProcess:
        if self._node is None or (self._node.done() and not _runs(self._node)):
            self._node = asyncio.create_task(self._start())
        # The first caller may be cancelled; the process serves all callers.
        return await asyncio.shield(self._node)

    async def _start(self) -> NodeProcess:
        miniflare = find_miniflare(self._node_modules)
        return await NodeProcess.start(find_node(miniflare), miniflare, self._folder, self._log)


def _runs(node: asyncio.Task[NodeProcess]) -> bool:
    return node.done() and node.exception() is None and not node.result().ended
