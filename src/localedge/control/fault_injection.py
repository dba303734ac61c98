"""Injects faults into requests of any ASGI application."""

import asyncio
from collections.abc import Callable, MutableMapping

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from localedge.control.faults import Fault, FaultKind
from localedge.model import Json
from localedge.wire.envelope import error_body
from localedge.wire.errors import ApiError, AuthenticationError, BadBody, NotFound, Throttled

DROP = "localedge.drop"
"""The ASGI extension through which the server lets an application close its connection."""
ERRORS: dict[int, type[ApiError]] = {
    400: BadBody,
    403: AuthenticationError,
    404: NotFound,
    429: Throttled,
}


class ConnectionDropped(Exception):
    """A fault closes the connection, and this server has no extension for that."""


async def inject_fault(
    app: ASGIApp, fault: Fault, scope: Scope, receive: Receive, send: Send
) -> None:
    """Answer one request with `fault` injected."""
    match fault.kind:
        case FaultKind.STATUS:
            await _error_response(fault)(scope, receive, send)
        case FaultKind.LATENCY:
            await asyncio.sleep(fault.seconds or 0)
            await app(scope, receive, send)
        case FaultKind.DROP_BEFORE:
            await _drop(scope, receive)
        case FaultKind.DROP_AFTER:
            await app(scope, receive, _discard)
            await _drop(scope, receive)
        case FaultKind.MALFORMED:
            await _truncated(app, scope, receive, send)


def _error_response(fault: Fault) -> JSONResponse:
    status = fault.status or 500
    usual = ERRORS.get(status, ApiError)
    body = error_body(fault.code or usual.code, fault.message or usual.text)
    return JSONResponse(body, status_code=status, headers=fault.headers)


async def _drop(scope: Scope, receive: Receive) -> None:
    extension: dict[str, Callable[[], None]] | None = scope.get("extensions", {}).get(DROP)
    if extension is None:
        raise ConnectionDropped
    extension["close"]()
    while (await receive())["type"] != "http.disconnect":
        continue


async def _discard(_: Message) -> None:
    return None


async def _truncated(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Run the request, and send the first half of the response body as if it were complete."""
    start: MutableMapping[str, Json] = {}
    body = bytearray()

    async def collect(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            body.extend(message.get("body", b""))

    await app(scope, receive, collect)
    half = bytes(body[: len(body) // 2])
    headers = [pair for pair in start["headers"] if pair[0].lower() != b"content-length"]
    length = (b"content-length", str(len(half)).encode())
    await send({**start, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": half})
