"""Connections that left HTTP, as after `Upgrade: websocket`: bytes go both ways as they come."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import Scope

TUNNEL = "localedge.tunnel"
"""The ASGI extension through which an application takes the connection of a request."""

_CHUNK = 64 * 1024
_SECONDS_TO_END = 5.0
"""Time for one side's last bytes after the other has ended."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One side's connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


TunnelOpener = Callable[[], Stream]


def tunnel_opener(scope: Scope) -> TunnelOpener | None:
    """Return what opens the tunnel of a request that asks for one."""
    extension: dict[str, TunnelOpener] | None = scope.get("extensions", {}).get(TUNNEL)
    return extension["open"] if extension else None


@dataclass(frozen=True, slots=True)
class Tunnel:
    """A client and a Worker that exchange bytes."""

    client: Stream
    worker: Stream

    async def pump(self) -> None:
        """Pass on bytes, at the pace of the slower side, until one side has ended."""
        ways = [
            asyncio.create_task(_pass_on(self.client.reader, self.worker.writer)),
            asyncio.create_task(_pass_on(self.worker.reader, self.client.writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait(ways, timeout=_SECONDS_TO_END)
        finally:
            for way in ways:
                way.cancel()
            self.client.writer.close()
            self.worker.writer.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
        writer.write_eof()
