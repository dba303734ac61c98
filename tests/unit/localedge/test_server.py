"""The program's own socket."""

import asyncio
import socket

from localedge.server import listen


def test_answer_is_sent_without_waiting_for_an_acknowledgement() -> None:
    async def accepted() -> bool:
        settings: list[int] = []

        def take(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            taken = writer.get_extra_info("socket")
            settings.append(taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        listener = listen(0)
        async with await asyncio.start_server(take, sock=listener):
            reader, writer = await asyncio.open_connection(*listener.getsockname())
            await reader.read()
            writer.close()
        return bool(settings[0])

    assert asyncio.run(accepted())
