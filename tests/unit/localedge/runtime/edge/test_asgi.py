"""A request's body is read once, and a client that goes is noticed."""

import asyncio
from collections.abc import Iterable

import pytest
from starlette.types import Message, Receive

from localedge.runtime.edge.asgi import ClientDisconnected, RequestBody

CHUNKED = {"headers": [(b"transfer-encoding", b"chunked")]}


def receiving(*messages: Message) -> Receive:
    waiting = iter(messages)

    async def receive() -> Message:
        return next(waiting)

    return receive


def part(body: bytes, *, more: bool) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


async def read(body: RequestBody) -> Iterable[bytes]:
    return [chunk async for chunk in body.chunks()]


def test_a_body_comes_in_parts_and_empty_parts_are_left_out() -> None:
    body = RequestBody(
        CHUNKED, receiving(part(b"a", more=True), part(b"", more=True), part(b"b", more=False))
    )

    assert body.present
    assert asyncio.run(read(body)) == [b"a", b"b"]


def test_a_body_that_stays_incomplete_is_an_error() -> None:
    body = RequestBody(CHUNKED, receiving(part(b"a", more=True), {"type": "http.disconnect"}))

    with pytest.raises(ClientDisconnected):
        asyncio.run(read(body))


def test_the_news_that_the_client_has_gone_comes_after_the_body() -> None:
    async def main() -> None:
        body = RequestBody(CHUNKED, receiving(part(b"a", more=False), {"type": "http.disconnect"}))
        gone = asyncio.create_task(body.wait_for_disconnect())
        await asyncio.sleep(0)
        assert not gone.done()
        assert await read(body) == [b"a"]
        await asyncio.wait_for(gone, 60)

    asyncio.run(main())


def test_without_a_length_or_an_encoding_there_is_no_body() -> None:
    async def main() -> None:
        messages = receiving(part(b"", more=False), {"type": "http.disconnect"})
        body = RequestBody({"headers": [(b"host", b"x")]}, messages)
        assert not body.present
        await asyncio.wait_for(body.wait_for_disconnect(), 1)

    asyncio.run(main())
