"""The WebSockets that tails are read from; the id of a tail opens it."""

import asyncio
import json

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from localedge.runtime.edge.tunnel import tunnel_opener
from localedge.state.traces.tails import Tail, TailStore
from localedge.wire.websocket import WebSocket, handshake

NOT_A_SOCKET = PlainTextResponse("This address is for WebSockets.\n", status_code=426)
NO_TAIL = PlainTextResponse("There is no tail of this id.\n", status_code=404)


class TailSockets:
    """An ASGI application: `/{tail}` sends the events of the tail, a message for each."""

    def __init__(self, tails: TailStore) -> None:
        self._tails = tails

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events until the client or the tail ends."""
        request, open_tunnel = Request(scope), tunnel_opener(scope)
        tail = self._tails.get(request.path_params["tail"])
        accepted = handshake(request.headers)
        if tail is None:
            await NO_TAIL(scope, receive, send)
        elif open_tunnel is None or accepted is None:
            await NOT_A_SOCKET(scope, receive, send)
        else:
            client = open_tunnel()
            client.writer.write(accepted)
            await _serve(WebSocket(client.reader, client.writer), tail)


async def _serve(socket: WebSocket, tail: Tail) -> None:
    sending = asyncio.create_task(_send_events(socket, tail))
    closed = asyncio.create_task(socket.closed())
    await asyncio.wait({sending, closed}, return_when=asyncio.FIRST_COMPLETED)
    for task in (sending, closed):
        task.cancel()
    await asyncio.gather(sending, closed, return_exceptions=True)
    socket.close()


async def _send_events(socket: WebSocket, tail: Tail) -> None:
    while (event := await tail.events.get()) is not None:
        await socket.send(json.dumps(event))
