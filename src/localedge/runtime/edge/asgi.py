"""Helpers for ASGI requests and responses (https://asgi.readthedocs.io)."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from starlette.types import Receive, Scope, Send

from localedge.runtime.edge import headers as edge


class ClientDisconnected(Exception):
    """The client closed its connection before its request was complete."""


class RequestBody:
    """The incoming body of a request, and the disconnect of its client."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        names = {name for name, _ in scope["headers"]}
        self.present = bool(names & {b"content-length", b"transfer-encoding"})
        self._receive = receive
        self._ended = asyncio.Event()
        if not self.present:
            self._ended.set()

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body; raise `ClientDisconnected` if it is incomplete."""
        while not self._ended.is_set():
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnected
            if not message.get("more_body", False):
                self._ended.set()
            if chunk := message.get("body", b""):
                yield chunk

    async def wait_for_disconnect(self) -> None:
        """Wait until the client closes its connection after its request was complete."""
        await self._ended.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass


def request_target(scope: Scope) -> str:
    """Return path and query of a request as they came."""
    query = scope["query_string"].decode("latin-1")
    path: str = scope["raw_path"].decode("latin-1")
    return f"{path}?{query}" if query else path


def headers_by_name(scope: Scope) -> dict[str, str]:
    """Return headers by lower-case name, those that came several times joined by commas."""
    joined: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


async def send_page(
    send: Send, page: edge.ErrorPage, ray: str, more: Sequence[tuple[bytes, bytes]] = ()
) -> None:
    """Send a page of the edge, with `more` headers."""
    rendered, body = page.render(ray)
    headers = [*rendered, *more]
    await send({"type": "http.response.start", "status": page.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
