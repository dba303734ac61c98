"""A small HTTP server in a thread of the test's own process."""

import contextlib
import threading
from collections.abc import Iterator
from socketserver import TCPServer


@contextlib.contextmanager
def serving(server: TCPServer, scheme: str = "http") -> Iterator[str]:
    """Answer requests until the block ends; yield the URL."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"{scheme}://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
