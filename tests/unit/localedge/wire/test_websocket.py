"""The server's side of a WebSocket, against a client of another make."""

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp

from localedge.wire.websocket import WebSocket, handshake

Scene = Callable[[aiohttp.ClientWebSocketResponse], Awaitable[None]]


async def play(serve: Callable[[WebSocket], Awaitable[None]], scene: Scene) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:-2]
        pairs = (line.split(": ", 1) for line in head)
        accepted = handshake({name.lower(): value for name, value in pairs})
        assert accepted is not None
        writer.write(accepted)
        await serve(WebSocket(reader, writer))
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(connected, "127.0.0.1")
    port = server.sockets[0].getsockname()[1]
    async with server, aiohttp.ClientSession() as session:
        socket = await session.ws_connect(
            f"http://127.0.0.1:{port}/", protocols=["trace-v1"], autoping=False
        )
        await scene(socket)


def test_texts_of_each_length_arrive() -> None:
    texts = ["", "é" * 60, "b" * 126, "c" * 70_000]

    async def serve(socket: WebSocket) -> None:
        for text in texts:
            await socket.send(text)
        socket.close()

    async def scene(socket: aiohttp.ClientWebSocketResponse) -> None:
        assert socket.protocol == "trace-v1"
        assert [await socket.receive_str() for _ in texts] == texts
        assert (await socket.receive()).data == 1000

    asyncio.run(asyncio.wait_for(play(serve, scene), 30))


def test_ping_is_answered_and_close_ends_it() -> None:
    ended = asyncio.Event()

    async def serve(socket: WebSocket) -> None:
        await socket.closed()
        ended.set()

    async def scene(socket: aiohttp.ClientWebSocketResponse) -> None:
        await socket.send_str("x" * 70_000)
        await socket.ping(b"there?")
        message = await socket.receive()
        assert (message.type, message.data) == (aiohttp.WSMsgType.PONG, b"there?")
        await socket.close()
        await ended.wait()

    asyncio.run(asyncio.wait_for(play(serve, scene), 30))


def test_a_request_without_a_key_is_no_handshake() -> None:
    assert handshake({"upgrade": "websocket"}) is None
