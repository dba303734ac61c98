"""uvicorn's HTTP protocol with two extensions: close without a response, leave HTTP for a tunnel.

ASGI has no messages for these, but allows extensions of the scope
(https://asgi.readthedocs.io/en/latest/extensions.html).
"""

import asyncio

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from localedge.control.fault_injection import DROP
from localedge.runtime.edge.tunnel import TUNNEL, Stream


class LocaledgeProtocol(HttpToolsProtocol):
    """Adds the extensions `DROP` and, for a request that asks for a WebSocket, `TUNNEL`.

    What a client sends behind such a request is held until the application has decided: it is the
    beginning of the tunnel, or else the next request.
    """

    _held: bytearray | None = None
    _tunnels = False

    def on_message_begin(self) -> None:
        """Start a request whose scope has the extension that drops it."""
        super().on_message_begin()
        self.scope["extensions"] = {DROP: {"close": self._drop}}

    def on_headers_complete(self) -> None:
        """Offer a tunnel to a request that asks for a WebSocket."""
        if self._asks_for_websocket():
            self.scope["extensions"] = {
                DROP: {"close": self._drop},
                TUNNEL: {"open": self._open_tunnel},
            }
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Parse requests, up to one that asks for another protocol."""
        if self._held is not None:
            self._held += data
            self.flow.pause_reading()
            return
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            rest = data[upgrade.args[0] :]
            if self._asks_for_websocket():
                self._held = bytearray(rest)
            elif rest:
                self.data_received(rest)
        except httptools.HttpParserError:
            self.send_400_response("Invalid HTTP request received.")

    def on_response_complete(self) -> None:
        """Go on with what was held: the request got an answer and no tunnel."""
        super().on_response_complete()
        held, self._held = self._held, None
        if held and not self.transport.is_closing():
            self.data_received(bytes(held))

    def _asks_for_websocket(self) -> bool:
        return self._get_upgrade() == b"websocket"

    def _open_tunnel(self) -> Stream:
        """Take the connection out of HTTP; this request gets no response from here."""
        self.cycle.disconnected = self._tunnels = True
        reader = asyncio.StreamReader()
        protocol = _TunnelProtocol(self, reader)
        self.transport.set_protocol(protocol)
        protocol.connection_made(self.transport)
        if self._held:
            reader.feed_data(bytes(self._held))
        self.flow.resume_reading()
        return Stream(reader, asyncio.StreamWriter(self.transport, protocol, reader, self.loop))

    def _drop(self) -> None:
        if not self.transport.is_closing():
            self.transport.abort()

    def shutdown(self) -> None:
        """Close the connection when the server stops; a tunnel has no end to wait for."""
        if self._tunnels:
            self.transport.close()
        else:
            super().shutdown()


class _TunnelProtocol(asyncio.StreamReaderProtocol):
    """Tells the HTTP protocol that it came from when the connection ends."""

    def __init__(self, origin: LocaledgeProtocol, reader: asyncio.StreamReader) -> None:
        super().__init__(reader)
        self._origin = origin

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._origin.connection_lost(exc)
