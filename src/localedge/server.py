"""The HTTP server of localedge: one port of this machine, until a signal ends it."""

import asyncio
import contextlib
import logging
import signal
import socket
import threading
from collections.abc import Iterator, Sequence

import click
import uvicorn
from starlette.types import ASGIApp

from localedge.control.http_protocol import LocaledgeProtocol

ADDRESS = "127.0.0.1"
GRACE_SECONDS = 5
"""Time that running requests get to finish when the server stops."""


def serve_app(
    app: ASGIApp, listener: socket.socket, url: str, token: str, exports: Sequence[str] = ()
) -> None:
    """Serve until SIGINT or SIGTERM.

    Prints the `ready` line, with the token of the admin API, and `exports` after it.
    """
    _UvicornServer(_config(app), url, token, exports).run(sockets=[listener])


@contextlib.contextmanager
def serve_meanwhile(app: ASGIApp, listener: socket.socket) -> Iterator[None]:
    """Serve while the block runs, and print nothing."""
    server = _QuietServer(_config(app))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])))
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=LocaledgeProtocol,
        loop="asyncio",  # the proxy's sockets are Python's own, which uvloop would go around
        ws="none",  # an upgrade is a tunnel to the Worker, see LocaledgeProtocol
        timeout_keep_alive=600,  # workerd keeps connections, and may send while one is closed
        proxy_headers=False,  # a client must not set its own address by X-Forwarded-For
        lifespan="on",
        server_header=False,
        access_log=False,
        log_level=logging.WARNING,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def listen(port: int) -> socket.socket:
    """Return a socket on this port; 0 is a free one. Raises `click.UsageError` if it is taken."""
    # asyncio turns Nagle's algorithm off only where the protocol is named; with it on, each answer
    # on a connection that is used again waits 40 ms for the client's acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((ADDRESS, port))
        listener.listen(2048)
    except OSError as taken:
        raise click.UsageError(
            f"port {port} cannot be used: {taken.strerror}. "
            "Take another --port, or 0 for a free one."
        ) from taken
    return listener


class _QuietServer(uvicorn.Server):
    """Leaves signals to the main thread."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _UvicornServer(uvicorn.Server):
    """Prints the `ready` line; exits with code 0 after SIGINT or SIGTERM."""

    def __init__(
        self, config: uvicorn.Config, url: str, token: str, exports: Sequence[str]
    ) -> None:
        super().__init__(config)
        self._url = url
        self._token = token
        self._exports = exports

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        workers = self._url.replace(ADDRESS, "<script>.<subdomain>.workers.localhost")
        click.echo(
            f"ready api={self._url}/client/v4 workers={workers} "
            f"controls={self._url}/__localedge__ token={self._token}"
        )
        for line in self._exports:
            click.echo(line)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield
