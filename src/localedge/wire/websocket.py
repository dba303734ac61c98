"""The server's side of a WebSocket (RFC 6455) over a plain connection: it sends texts.

What a client sends is read for its pings and its close; other messages are dropped.
"""

import asyncio
import base64
import hashlib
from collections.abc import Mapping

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA
_FINAL = 0x80
_MASKED = 0x80
_SHORT, _TWO_BYTES, _EIGHT_BYTES = 125, 126, 127
_LARGEST = 1 << 20


def handshake(headers: Mapping[str, str]) -> bytes | None:
    """Return the response that accepts a WebSocket, or None where the request lacks its key.

    Of the subprotocols that the client offers it takes the first.
    """
    key = headers.get("sec-websocket-key")
    if key is None:
        return None
    # The protocol asks for SHA-1, as a check against caches and not as protection.
    digest = hashlib.sha1((key.strip() + _GUID).encode(), usedforsecurity=False).digest()
    lines = [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {base64.b64encode(digest).decode()}",
    ]
    if offered := headers.get("sec-websocket-protocol"):
        lines.append(f"Sec-WebSocket-Protocol: {offered.partition(',')[0].strip()}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class WebSocket:
    """An open WebSocket; the client has got its `handshake`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, text: str) -> None:
        """Send a text message; wait where the client does not keep up."""
        self._write(_TEXT, text.encode())
        await self._writer.drain()

    async def closed(self) -> None:
        """Answer pings until the client closes or goes away."""
        try:
            while True:
                kind, payload = await self._frame()
                if kind == _PING:
                    self._write(_PONG, payload)
                elif kind == _CLOSE:
                    self._write(_CLOSE, payload[:2])
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            return

    def close(self, code: int = 1000) -> None:
        """Say goodbye, and close the connection when that is sent."""
        self._write(_CLOSE, code.to_bytes(2))
        self._writer.close()

    def _write(self, kind: int, payload: bytes) -> None:
        size = len(payload)
        if size <= _SHORT:
            length = bytes([size])
        elif size < 1 << 16:
            length = bytes([_TWO_BYTES]) + size.to_bytes(2)
        else:
            length = bytes([_EIGHT_BYTES]) + size.to_bytes(8)
        if not self._writer.is_closing():
            self._writer.write(bytes([_FINAL | kind]) + length + payload)

    async def _frame(self) -> tuple[int, bytes]:
        first, second = await self._reader.readexactly(2)
        size = second & ~_MASKED
        if size >= _TWO_BYTES:
            size = int.from_bytes(await self._reader.readexactly(2 if size == _TWO_BYTES else 8))
        if size > _LARGEST:
            raise ConnectionError("the message is too large")
        mask = await self._reader.readexactly(4) if second & _MASKED else bytes(4)
        payload = await self._reader.readexactly(size)
        return first & 0x0F, bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
