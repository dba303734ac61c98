"""uvicorn's HTTP protocol with an extension that closes a connection without a response.

ASGI has no message for that, but allows extensions of the scope
(https://asgi.readthedocs.io/en/latest/extensions.html).
"""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from localedge.control.fault_injection import DROP


class DroppingProtocol(HttpToolsProtocol):
    """Adds the extension that `control.fault_injection` uses; logs no warning for upgrades."""

    def on_message_begin(self) -> None:
        """Start a request whose scope has the extension."""
        super().on_message_begin()
        self.scope["extensions"] = {DROP: {"close": self._drop}}

    def _unsupported_upgrade_warning(self) -> None:
        """Log nothing: each use of a binding tries a WebSocket first, then falls back to HTTP."""

    def _drop(self) -> None:
        if not self.transport.is_closing():
            self.transport.abort()
