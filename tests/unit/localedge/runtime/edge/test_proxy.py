"""Requests to an instance share connections, but none after a request with a body."""

import asyncio
from typing import Any

import pytest

from localedge.runtime.edge.asgi import RequestBody
from localedge.runtime.edge.headers import ErrorPage
from localedge.runtime.edge.proxy import ProxiedRequest, Proxy


class Instance:
    """An instance as workerd is: it leaves bodies unread, and counts its connections."""

    def __init__(self) -> None:
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
                await writer.drain()
        except asyncio.IncompleteReadError:
            writer.close()


async def asked(method: str, body: bytes, times: int) -> tuple[list[int], int]:
    """Return the statuses of some requests in turn, and over how many connections they went."""
    instance, proxy, statuses = Instance(), Proxy(), []

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    async with await asyncio.start_server(instance.serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        for _ in range(times):
            await proxy.forward(port, request(method, body), send)
        await proxy.close()
    return statuses, instance.connections


def request(method: str, body: bytes) -> ProxiedRequest:
    headers = [(b"content-length", str(len(body)).encode())] if body else []
    parts = [{"type": "http.request", "body": body}] if body else []

    async def receive() -> Any:
        if parts:
            return parts.pop()
        return await asyncio.get_running_loop().create_future()  # the client stays

    incoming = RequestBody({"headers": headers}, receive)
    return ProxiedRequest(method, "/", headers, incoming, "ray", ErrorPage(500, "", ""))


@pytest.mark.parametrize(("method", "body", "connections"), [("GET", b"", 1), ("POST", b"any", 3)])
def test_a_connection_ends_with_a_body(method: str, body: bytes, connections: int) -> None:
    assert asyncio.run(asked(method, body, 3)) == ([200] * 3, connections)
