"""Proxies one request to an instance, streaming in both directions."""

import asyncio
import socket
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
from multidict import CIMultiDict
from starlette.types import Send
from yarl import URL

from localedge.model import Json
from localedge.runtime.edge import headers as edge
from localedge.runtime.edge.asgi import RequestBody, send_page
from localedge.runtime.edge.compression import Compressor, compressed_headers, compresses
from localedge.runtime.edge.tunnel import Tunnel, TunnelOpener
from localedge.runtime.edge.upgrade import Unanswered, UpgradeExchange
from localedge.runtime.instances.contexts import KEY_HEADER, VERSION_HEADER

_AUTOMATIC = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
"""Headers that aiohttp would add by itself."""

_EXCEPTION = "localedge-exception"
"""The router's answer carries it where the Worker threw."""

_KEEP_ALIVE_SECONDS = 3
"""Below workerd's own five, so that no request goes down a connection that it is closing."""


class _HalfClosedSocket(socket.socket):
    """A socket that still reads after the other side has stopped reading.

    A Worker may respond before it has read the whole request; the runtime then closes the
    connection. A failed write must not end the reading of that response.
    """

    @classmethod
    def of(cls, address: aiohttp.AddrInfoType) -> "_HalfClosedSocket":
        """Open one for an address as `getaddrinfo` gives it."""
        return cls(*address[:3])

    def send(self, data: Any, flags: int = 0) -> int:
        """Send; data that the other side no longer reads counts as sent."""
        try:
            return super().send(data, flags)
        except (BrokenPipeError, ConnectionResetError):
            return memoryview(data).nbytes


class InstanceUnreachable(Exception):
    """No process listens on the instance's port; no byte of the request has been sent."""


class InstanceInterrupted(Exception):
    """The instance ended before it responded; the request may safely be sent again."""


@dataclass(frozen=True, slots=True)
class ProxiedRequest:
    """A request as it goes to an instance; `target` is its path and query, as they came.

    `tunnel` opens the client's side where the request asks for a WebSocket. `accept_encoding` is
    what a client outside accepts. `lease` says what a Worker of localedge wants to call itself.
    `threw` is the page for an exception.
    """

    method: str
    target: str
    headers: edge.Headers
    body: RequestBody
    ray: str
    threw: edge.ErrorPage
    tunnel: TunnelOpener | None = None
    accept_encoding: str = ""
    lease: str = ""

    @property
    def repeatable(self) -> bool:
        """Whether it is safe to send it twice (RFC 9110, section 9.2.2) and is possible."""
        return self.method in {"GET", "HEAD", "OPTIONS"} and not self.body.present

    def to_version(self, version_id: str, key: str) -> "ProxiedRequest":
        """Return the request with the headers for the router: the version and the key."""
        version = (VERSION_HEADER.encode(), version_id.encode())
        return replace(self, headers=[*self.headers, version, (KEY_HEADER.encode(), key.encode())])


class Proxy:
    """An HTTP client that changes nothing: no decompression, no redirects, no cookies."""

    def __init__(self) -> None:
        self._session = _client(keepalive_timeout=_KEEP_ALIVE_SECONDS)
        # workerd silently closes a connection after a request whose body the Worker
        # has not read: the next request on it would be lost.
        self._unshared = _client(force_close=True)

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()
        await self._unshared.close()

    async def forward(self, port: int, request: ProxiedRequest, send: Send) -> Tunnel | None:
        """Send the request to the instance on `port` of 127.0.0.1, and its answer to `send`.

        Both go on at the pace of the slower side. A client that closes its connection ends the
        Worker's request. Returns the tunnel that a Worker made of a request for a WebSocket.
        Raises `InstanceUnreachable` and `InstanceInterrupted`; the request can then be sent again.
        """
        work = _upgrade if request.tunnel else self._exchange
        exchange = asyncio.create_task(work(port, request, send))
        gone = asyncio.create_task(request.body.wait_for_disconnect())
        try:
            await asyncio.wait({exchange, gone}, return_when=asyncio.FIRST_COMPLETED)
            return exchange.result() if exchange.done() else None
        finally:
            exchange.cancel()
            gone.cancel()
            await asyncio.wait({exchange, gone})

    async def event(self, port: int, headers: dict[str, str], given: Json) -> dict[str, Json]:
        """Ask the router to start a handler other than `fetch`; return what workerd says of it.

        Raises `InstanceUnreachable`, and `InstanceInterrupted` if the instance ends meanwhile.
        """
        url = f"http://127.0.0.1:{port}/"
        try:
            async with self._unshared.post(url, headers=headers, json=given) as answer:
                outcome: dict[str, Json] = await answer.json()
        except aiohttp.ClientConnectorError as error:
            raise InstanceUnreachable from error
        except aiohttp.ClientError as error:
            raise InstanceInterrupted from error
        return outcome

    async def _exchange(self, port: int, request: ProxiedRequest, send: Send) -> Tunnel | None:
        started = False
        client = self._unshared if request.body.present else self._session
        try:
            async with client.request(
                request.method,
                URL(f"http://127.0.0.1:{port}{request.target}", encoded=True),
                headers=CIMultiDict((_text(name), _text(it)) for name, it in request.headers),
                data=request.body.chunks() if request.body.present else None,
                allow_redirects=False,
            ) as answer:
                if _EXCEPTION in answer.headers:
                    await send_page(send, request.threw, request.ray)
                    return None
                started = True
                await _stream_response(answer, request, send)
        except aiohttp.ClientConnectorError as error:
            raise InstanceUnreachable from error
        except aiohttp.ClientError as error:
            # Once an answer has begun it can only be cut off, which the server does when the
            # application returns without having finished it.
            if not started and request.repeatable:
                raise InstanceInterrupted from error
            if not started:
                await send_page(send, edge.RUNTIME_GONE, request.ray)
        return None


async def _upgrade(port: int, request: ProxiedRequest, send: Send) -> Tunnel | None:
    try:
        exchange = await UpgradeExchange.begin(port, request.target, request.headers)
    except OSError as error:
        raise InstanceUnreachable from error
    tunnel = None
    try:
        if await exchange.accepted() and request.tunnel:
            tunnel = exchange.tunnel(request.tunnel, request.ray)
        elif _EXCEPTION.encode() in {name.lower() for name, _ in exchange.headers}:
            await send_page(send, request.threw, request.ray)
        else:
            await exchange.respond(request.ray, send)
    except Unanswered as error:
        raise InstanceInterrupted from error
    finally:
        if not tunnel:
            exchange.close()
    return tunnel


def _client(**connections: Any) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        connector=aiohttp.TCPConnector(limit=0, socket_factory=_HalfClosedSocket.of, **connections),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=10),
        skip_auto_headers=_AUTOMATIC,
    )


async def _stream_response(
    answer: aiohttp.ClientResponse, request: ProxiedRequest, send: Send
) -> None:
    headers = edge.response_headers(answer.raw_headers, request.ray)
    compressor = None
    if compresses(request.accept_encoding, request.method, answer.status, headers):
        compressor, headers = Compressor(), compressed_headers(headers)
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    async for chunk in answer.content.iter_any():
        body = compressor.chunk(chunk) if compressor else chunk
        await send({"type": "http.response.body", "body": body, "more_body": True})
    await send({"type": "http.response.body", "body": compressor.end() if compressor else b""})


def _text(raw: bytes) -> str:
    """Decode a header so that aiohttp, which encodes to UTF-8, writes the same bytes again."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
