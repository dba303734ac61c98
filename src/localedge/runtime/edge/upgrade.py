"""Asks an instance for a WebSocket, and makes a tunnel to it."""

import asyncio
from dataclasses import dataclass, field

import httptools
from starlette.types import Send

from localedge.runtime.edge import headers as edge
from localedge.runtime.edge.tunnel import Stream, Tunnel, TunnelOpener

_CHUNK = 64 * 1024
_UPGRADE: edge.Headers = [(b"Connection", b"Upgrade"), (b"Upgrade", b"websocket")]


class Unanswered(Exception):
    """The instance closed the connection before it answered."""


@dataclass(slots=True)
class _Answer:
    """What the parser has seen of an answer."""

    headers: edge.Headers = field(default_factory=list)
    body: list[bytes] = field(default_factory=list)
    begun: bool = False
    complete: bool = False
    rest: bytes = b""

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Take the end of the headers."""
        self.begun = True

    def on_body(self, chunk: bytes) -> None:
        """Take a part of the body."""
        self.body.append(chunk)

    def on_message_complete(self) -> None:
        """Take the end of the answer."""
        self.complete = True


class UpgradeExchange:
    """One request for a WebSocket, on a separate connection to the instance on `port`.

    Raises `OSError` where nothing listens there.
    """

    def __init__(self, worker: Stream) -> None:
        self._worker = worker
        self._answer = _Answer()
        self._parser = httptools.HttpResponseParser(self._answer)

    @classmethod
    async def begin(cls, port: int, target: str, headers: edge.Headers) -> "UpgradeExchange":
        """Connect, and send the request."""
        worker = Stream(*await asyncio.open_connection("127.0.0.1", port))
        lines = [f"GET {target} HTTP/1.1".encode("latin-1")]
        lines += [name + b": " + value for name, value in [*headers, *_UPGRADE]]
        worker.writer.write(b"\r\n".join(lines) + b"\r\n\r\n")
        return cls(worker)

    async def accepted(self) -> bool:
        """Wait for the answer; return whether it is 101. Raises `Unanswered`."""
        while not self._answer.begun:
            if not await self._read():
                raise Unanswered
        return self.status == 101

    @property
    def status(self) -> int:
        """The status of the answer."""
        status: int = self._parser.get_status_code()
        return status

    @property
    def headers(self) -> edge.Headers:
        """The headers of the answer."""
        return self._answer.headers

    def tunnel(self, open_client: TunnelOpener, ray: str) -> Tunnel:
        """Take over the client's connection, and send it the 101."""
        client = open_client()
        passed = [*edge.response_headers(self.headers, ray), *_UPGRADE]
        lines = [b"HTTP/1.1 101 Switching Protocols", *(name + b": " + it for name, it in passed)]
        client.writer.write(b"\r\n".join(lines) + b"\r\n\r\n" + self._answer.rest)
        return Tunnel(client, self._worker)

    async def respond(self, ray: str, send: Send) -> None:
        """Send an answer that is not 101 to the client, like any other."""
        headers = edge.response_headers(self.headers, ray)
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        while True:
            body, self._answer.body = b"".join(self._answer.body), []
            done = self._answer.complete
            await send({"type": "http.response.body", "body": body, "more_body": not done})
            if done or not await self._read():
                return

    def close(self) -> None:
        """Close the connection to the instance."""
        self._worker.writer.close()

    async def _read(self) -> bool:
        """Read on; return whether the instance sent something."""
        try:
            data = await self._worker.reader.read(_CHUNK)
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._answer.rest = data[upgrade.args[0] :]
        except (ConnectionError, httptools.HttpParserError):
            return False
        return bool(data)
