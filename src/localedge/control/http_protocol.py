"""uvicorn's HTTP protocol, with a way to close a connection without an answer.

ASGI has no such message; an extension of the scope is the way that ASGI leaves for it
(https://asgi.readthedocs.io/en/latest/extensions.html).
"""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from localedge.control.fault_injection import DROP


class DroppingProtocol(HttpToolsProtocol):
    """Adds the extension that `control.faulty` uses; passes over upgrades silently."""

    def on_message_begin(self) -> None:
        """Begin a request whose scope can drop the connection."""
        super().on_message_begin()
        self.scope["extensions"] = {DROP: {"close": self._drop}}

    def _unsupported_upgrade_warning(self) -> None:
        """Stay quiet: each use of a binding tries a WebSocket first and is well served without."""

    def _drop(self) -> None:
        if not self.transport.is_closing():
            self.transport.abort()
