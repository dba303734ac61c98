"""WebSockets of Workers and of Durable Objects pass through localedge, also while it redeploys."""

import asyncio
import http.client
from collections.abc import Awaitable, Callable, Iterator

import aiohttp
import pytest

from support.data_plane import SUBDOMAIN, Site, eventually, ref, serving

SOCKETS = 50

ECHO = """
export default {
  async fetch(request, env) {
    if (request.headers.get("Upgrade") !== "websocket") return new Response("VERSION");
    if (new URL(request.url).pathname === "/no") return new Response("no socket", { status: 403 });
    if (new URL(request.url).pathname === "/throw") throw new Error("no");
    const [client, server] = Object.values(new WebSocketPair());
    server.accept();
    server.binaryType = "arraybuffer";
    server.addEventListener("message", ({ data }) => {
      if (data === "close") server.close(4001, "as asked");
      else server.send(typeof data === "string" ? `VERSION ${data}` : data);
    });
    server.addEventListener("close", ({ code, reason }) => {
      console.log(`closed ${code} ${reason}`);
      server.close(code, reason);
    });
    return new Response(null, { status: 101, webSocket: client });
  },
};
"""

ROOM = """
import { DurableObject } from "cloudflare:workers";
export class Room extends DurableObject {
  async fetch() {
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server, ["guest"]);
    server.serializeAttachment({ since: "VERSION" });
    return new Response(null, { status: 101, webSocket: client });
  }
  webSocketMessage(socket, message) {
    const { since } = socket.deserializeAttachment();
    for (const it of this.ctx.getWebSockets("guest")) it.send(`${since}: ${message}`);
  }
  webSocketClose(socket, code, reason) { socket.close(code, reason); }
}
export default {
  fetch: (request, env) => env.ROOMS.get(env.ROOMS.idFromName("one")).fetch(request),
};
"""
ROOMS = {
    "type": "durable_object_namespace",
    "name": "ROOMS",
    "class_name": "Room",
    "namespace_id": "b" * 32,
}

GATE = "export default { fetch: (request, env) => env.ECHO.fetch(request) };"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving(tmp_path_factory.mktemp("plane")) as site:
        yield site


Connect = Callable[..., Awaitable[aiohttp.ClientWebSocketResponse]]


def play(site: Site, scene: Callable[[Connect], Awaitable[None]]) -> None:
    async def main() -> None:
        async with aiohttp.ClientSession() as session:

            async def connect(name: str, path: str = "/") -> aiohttp.ClientWebSocketResponse:
                host = f"{name}.{SUBDOMAIN}.workers.localhost:{site.port}"
                url = f"http://127.0.0.1:{site.port}{path}"
                return await session.ws_connect(url, headers={"Host": host}, max_msg_size=0)

            await scene(connect)

    asyncio.run(asyncio.wait_for(main(), 120))


def test_text_and_binary_messages_go_both_ways(site: Site) -> None:
    site.source.publish("echo", ECHO)
    big = bytes(range(256)) * 4000

    async def scene(connect: Connect) -> None:
        socket = await connect("echo")
        await socket.send_str("hello")
        assert await socket.receive_str() == "VERSION hello"
        for _ in range(20):
            await socket.send_bytes(big)
        for _ in range(20):
            assert await socket.receive_bytes() == big
        await socket.close()

    play(site, scene)


def test_each_side_gets_the_close_code_of_the_other(site: Site) -> None:
    site.source.publish("close", ECHO)

    async def scene(connect: Connect) -> None:
        socket = await connect("close")
        await socket.send_str("close")
        message = await socket.receive()
        assert (message.type, message.data, message.extra) == (
            aiohttp.WSMsgType.CLOSE, 4001, "as asked"
        )  # fmt: skip

        socket = await connect("close")
        await socket.close(code=3456, message=b"enough")
        assert socket.close_code == 3456

    play(site, scene)
    logs = site.data_plane.logs
    eventually(lambda: "closed 3456 enough" in [it.message for it in logs(ref("close"))])


def test_an_upgrade_that_a_worker_refuses_is_a_response(site: Site) -> None:
    site.source.publish("refuse", ECHO)
    headers = {
        "Host": f"refuse.{SUBDOMAIN}.workers.localhost:{site.port}",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)

    for path, status, text in (("/no", 403, "no socket"), ("/throw", 500, "Error 1101")):
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        assert answer.status == status
        assert text in answer.read().decode()
    connection.request("GET", "/", headers={"Host": headers["Host"]})
    assert connection.getresponse().read() == b"VERSION"
    connection.close()


def test_hibernating_object_sends_to_all_of_a_room(site: Site) -> None:
    site.source.publish("rooms", ROOM, ROOMS)

    async def scene(connect: Connect) -> None:
        one, two = await connect("rooms"), await connect("rooms")
        await one.send_str("hi")
        assert await one.receive_str() == await two.receive_str() == "VERSION: hi"
        await one.close(code=3000)
        assert one.close_code == 3000
        await two.close()

    play(site, scene)


def test_new_version_restarts_objects_and_ends_their_sockets(site: Site) -> None:
    site.source.publish("restarted", ROOM, ROOMS)

    async def scene(connect: Connect) -> None:
        socket = await connect("restarted")
        await socket.send_str("hi")
        await socket.receive_str()
        site.source.publish("restarted", ROOM.replace("VERSION", "new"), ROOMS)
        again = await connect("restarted")
        await again.send_str("hi")
        assert await again.receive_str() == "new: hi"
        assert (await socket.receive()).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
        await again.close()

    play(site, scene)


def test_a_service_binding_passes_a_socket_on(site: Site) -> None:
    site.source.publish("echo", ECHO)
    site.source.publish("gate", GATE, {"type": "service", "name": "ECHO", "service": "echo"})

    async def scene(connect: Connect) -> None:
        socket = await connect("gate")
        await socket.send_str("through")
        assert await socket.receive_str() == "VERSION through"
        await socket.close()

    play(site, scene)


def test_open_sockets_stay_on_the_old_version(site: Site) -> None:
    site.source.publish("held", ECHO.replace("VERSION", "old"))

    async def scene(connect: Connect) -> None:
        sockets = await asyncio.gather(*(connect("held") for _ in range(SOCKETS)))
        done, seen = asyncio.Event(), list[tuple[int, str]]()

        async def ask_on() -> None:
            while not done.is_set():
                answer = await asyncio.to_thread(site.ask, "held")
                seen.append((answer.status_code, answer.text))

        asking = [asyncio.create_task(ask_on()) for _ in range(2)]
        for version in ("new", "newer"):
            site.source.publish("held", ECHO.replace("VERSION", version))
            answers = await asyncio.gather(*(asyncio.to_thread(site.ask, "held") for _ in range(9)))
            assert {(it.status_code, it.text) for it in answers} == {(200, version)}
            for number, socket in enumerate(sockets):
                await socket.send_str(str(number))
            replies = [await socket.receive_str() for socket in sockets]
            assert replies == [f"old {number}" for number in range(SOCKETS)]
        done.set()
        await asyncio.gather(*asking)
        assert set(seen) <= {(200, "old"), (200, "new"), (200, "newer")}
        assert (200, "newer") in seen
        for socket in sockets:
            await socket.close()
            assert socket.close_code == 1000

    play(site, scene)
    eventually(lambda: not site.data_plane._pool._old)
