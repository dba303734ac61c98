"""One Node.js process that hosts Miniflare instances, spoken to in JSON lines."""

import asyncio
import contextlib
import itertools
import json
import os
import shutil
import signal
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from localedge.model import Json
from localedge.runtime.instances.node_discovery import RuntimeUnavailable
from localedge.runtime.instances.remote_calls import debug_socket

LogSink = Callable[[str, str, str], None]
"""Takes one line of a Worker's log: the instance's name, the level, the message."""

_SCRIPT = Path(__file__).with_name("miniflare_host.mjs")
_KEPT = ("PATH", "HOME", "NODE_COMPILE_CACHE")
"""With the last one, Miniflare takes a fifth less time to load:
https://nodejs.org/api/module.html#module-compile-cache"""
_LONGEST_LINE = 1 << 20
_SECONDS_TO_EXIT = 5.0


class InstanceFailed(Exception):
    """workerd did not start; the message holds what it wrote."""


class NodeProcessEnded(Exception):
    """The Node.js process ended while an answer was awaited."""


class NodeProcess:
    """A running host; it leads the process group of every workerd, and they end with it."""

    @classmethod
    async def start(cls, node: Path, miniflare: Path, folder: Path, log: LogSink) -> "NodeProcess":
        """Start Node.js; `folder`, which is for its working files, is emptied before.

        Raises `RuntimeUnavailable` where Node.js cannot load Miniflare.
        """
        await asyncio.to_thread(_empty, folder)
        process = await asyncio.create_subprocess_exec(
            node, _SCRIPT, miniflare,
            stdin=PIPE, stdout=PIPE, stderr=PIPE,
            limit=_LONGEST_LINE,
            start_new_session=True,
            env=_environment(folder),
        )  # fmt: skip
        host = cls(process, log)
        await host._ready
        return host

    def __init__(self, process: Process, log: LogSink) -> None:
        self._process = process
        self._log = log
        self._numbers = itertools.count(1)
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting: dict[int, asyncio.Future[dict[str, Json]]] = {}
        self._reader = asyncio.create_task(self._read())

    @property
    def pid(self) -> int:
        """The id of the process, and of the process group that it leads."""
        return self._process.pid

    @property
    def ended(self) -> bool:
        """Whether the process has ended."""
        return self._reader.done() or self._process.returncode is not None

    async def call(self, method: str, instance: str, options: Json = None) -> dict[str, Json]:
        """Call a method of `miniflare_host.mjs`; raise `InstanceFailed` or `NodeProcessEnded`."""
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        request = {
            "id": number,
            "method": method,
            "instance": instance,
            "socket": debug_socket(instance),
            "options": options,
        }
        try:
            await self._write(json.dumps(request).encode() + b"\n")
            result: dict[str, Json] = await answer
        finally:
            del self._waiting[number]
        if "error" in result:
            raise InstanceFailed(result["error"])
        return result

    async def close(self) -> None:
        """End every instance, and the process."""
        if self._process.stdin:
            self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), _SECONDS_TO_EXIT)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        await self._reader

    async def _write(self, line: bytes) -> None:
        if self.ended or not self._process.stdin:
            raise NodeProcessEnded("the Workers runtime's Node.js has ended")
        # If the process ends meanwhile, `_read` reports that with its last stderr lines.
        with contextlib.suppress(ConnectionError):
            self._process.stdin.write(line)
            await self._process.stdin.drain()

    async def _read(self) -> None:
        errors: deque[str] = deque(maxlen=20)
        gather_errors = asyncio.create_task(_gather(self._process.stderr, errors))
        async for line in _lines(self._process.stdout):
            self._take(json.loads(line))
        await self._process.wait()
        await gather_errors
        stderr = "".join(errors).strip()
        if not self._ready.done():
            missing = RuntimeUnavailable(f"Node.js could not load Miniflare: {stderr}")
            self._ready.set_exception(missing)
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(
                    NodeProcessEnded(f"the Workers runtime's Node.js ended: {stderr}")
                )

    def _take(self, message: dict[str, Json]) -> None:
        if "ready" in message:
            self._ready.set_result(None)
        elif "instance" in message:
            self._log(message["instance"], message["level"], message["message"])
        elif (answer := self._waiting.get(message["id"])) and not answer.done():
            answer.set_result(message)


async def _lines(stream: asyncio.StreamReader | None) -> AsyncIterator[bytes]:
    while stream and (line := await stream.readline()):
        yield line


async def _gather(stream: asyncio.StreamReader | None, lines: deque[str]) -> None:
    async for line in _lines(stream):
        lines.append(line.decode(errors="replace"))


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _environment(folder: Path) -> dict[str, str]:
    """Pass on what Node.js and workerd need, and none of the caller's secrets.

    Miniflare's working files go below `folder`, so that none is left elsewhere after a kill -9.
    """
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {"TMPDIR": str(folder), "NO_COLOR": "1"}
