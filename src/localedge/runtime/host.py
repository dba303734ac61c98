"""The one Node.js process that hosts every Miniflare instance, spoken to in JSON lines."""

import asyncio
import contextlib
import itertools
import json
import os
import shutil
import signal
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

from localedge.model import Json
from localedge.runtime.nodejs import RuntimeUnavailable, find_miniflare, find_node

LogSink = Callable[[str, str, str], None]
"""Takes one line of a Worker's log: the instance's name, the level, the message."""

_SCRIPT = Path(__file__).with_name("host.mjs")
_LONGEST_LINE = 1 << 20
_SECONDS_TO_EXIT = 5.0


class InstanceFailed(Exception):
    """workerd did not start; the message holds what it wrote."""


class HostGone(Exception):
    """The Node.js process ended while an answer was awaited."""


class RuntimeHost:
    """Starts and stops Miniflare instances by name, no more at once than the machine has cores.

    Node.js starts with the first instance, and again after it was ended by someone else; then
    `folder`, which is for its working files, is emptied.
    """

    def __init__(self, folder: Path, log: LogSink, node_modules: Path | None = None) -> None:
        self._folder = folder
        self._log = log
        self._node_modules = node_modules
        self._process: Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._cores = asyncio.Semaphore(os.cpu_count() or 1)
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Json]]] = {}

    @property
    def pid(self) -> int | None:
        """The Node.js process, which leads the process group of every workerd."""
        return self._process.pid if self._process else None

    async def start(
        self, instance: str, options: Mapping[str, Json], seconds: float | None = None
    ) -> int:
        """Start an instance with Miniflare's `options`; return its port on 127.0.0.1.

        Raises `InstanceFailed` with workerd's words, `HostGone`, `RuntimeUnavailable`, and
        `TimeoutError` where it is not ready after `seconds`; then it is still to be stopped.
        """
        async with self._cores, asyncio.timeout(seconds):
            answer = await self._call("start", instance, options)
        return int(answer["port"])

    async def stop(self, instance: str) -> None:
        """End an instance at once; one that does not exist (any more) is ended already."""
        if self._process is not None:
            with contextlib.suppress(HostGone):
                await self._call("stop", instance)

    async def close(self) -> None:
        """End every instance and Node.js itself."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), _SECONDS_TO_EXIT)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        if self._reader:
            await self._reader

    async def _call(
        self, method: str, instance: str, options: Mapping[str, Json] | None = None
    ) -> dict[str, Json]:
        process = await self._running()
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        request = {"id": number, "method": method, "instance": instance, "options": options}
        try:
            await _write(process, json.dumps(request).encode() + b"\n")
            result: dict[str, Json] = await answer
        finally:
            self._waiting.pop(number, None)
        if "error" in result:
            raise InstanceFailed(result["error"])
        return result

    async def _running(self) -> Process:
        async with self._starting:
            if self._process is None or self._process.returncode is not None:
                self._process = await self._spawn()
            return self._process

    async def _spawn(self) -> Process:
        node, miniflare = find_node(), find_miniflare(self._node_modules)
        await asyncio.to_thread(_empty, self._folder)
        process = await asyncio.create_subprocess_exec(
            node, _SCRIPT, miniflare,
            stdin=PIPE, stdout=PIPE, stderr=PIPE,
            limit=_LONGEST_LINE,
            start_new_session=True,
            env=_environment(self._folder),
        )  # fmt: skip
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._reader = asyncio.create_task(self._read(process, ready))
        await ready
        return process

    async def _read(self, process: Process, ready: asyncio.Future[None]) -> None:
        errors: deque[str] = deque(maxlen=20)
        gather_errors = asyncio.create_task(_gather(process.stderr, errors))
        async for line in _lines(process.stdout):
            message = json.loads(line)
            if "ready" in message:
                ready.set_result(None)
            elif "instance" in message:
                self._log(message["instance"], message["level"], message["message"])
            elif (answer := self._waiting.get(message["id"])) and not answer.done():
                answer.set_result(message)
        await process.wait()
        await gather_errors
        words = "".join(errors).strip()
        if not ready.done():
            ready.set_exception(RuntimeUnavailable(f"Node.js could not load Miniflare: {words}"))
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(HostGone(f"the Workers runtime's Node.js ended: {words}"))


async def _write(process: Process, line: bytes) -> None:
    if process.stdin:
        # A process that has ended is noticed, with its last words, where its answers are read.
        with contextlib.suppress(ConnectionError):
            process.stdin.write(line)
            await process.stdin.drain()


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
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | {"TMPDIR": str(folder), "NO_COLOR": "1"}
