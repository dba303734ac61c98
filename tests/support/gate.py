"""A proxy before localedge that holds a request until the test lets it go on."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from support.serving import serving
from support.tamper import body_of

LONGEST_SECONDS = 100
"""How long a request is held where the test forgets it."""
OWN_HEADERS = ("content-length", "transfer-encoding", "connection", "host")


@dataclass
class Held:
    """Requests that are held, from the first that comes."""

    method: str
    path: str
    arrived: threading.Event = field(default_factory=threading.Event)
    may_go: threading.Event = field(default_factory=threading.Event)

    def wait(self) -> None:
        """Wait until the first has come."""
        assert self.arrived.wait(60), f"{self.method} {self.path} never came"

    def let_go(self) -> None:
        """Let them go on, and hold no more of them."""
        self.may_go.set()


class Gate:
    """The proxy; `port` is its own, on 127.0.0.1."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._lock = threading.Lock()
        self._held: list[Held] = []

    def hold(self, method: str, path: str) -> Held:
        """Hold every request of a method whose path matches a glob.

        A client that gives up an answer and asks again is held again. A path that starts with `http://`
        means a request to a Worker, without the port.
        """
        held = Held(method, path)
        with self._lock:
            self._held.append(held)
        return held

    def open(self) -> None:
        """Let everything go on, and hold nothing more."""
        with self._lock:
            for held in self._held:
                held.let_go()
            self._held.clear()

    def pass_through(self, method: str, path: str, host: str) -> None:
        """Return when a request may go on."""
        name = host.partition(":")[0]
        spelling = f"http://{name}{path}" if name.endswith(".workers.localhost") else path
        with self._lock:
            matching = (
                held
                for held in self._held
                if held.method == method and fnmatchcase(spelling, held.path)
            )
            held = next(matching, None)
        if held:
            held.arrived.set()
            held.may_go.wait(LONGEST_SECONDS)


@contextlib.contextmanager
def gate_before(port: int) -> Iterator[Gate]:
    """Serve on a free port what a localedge serves on another."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = body_of(self.rfile, self.headers)
            host = self.headers["Host"]
            gate.pass_through(self.command, self.path, host)
            headers = {n: v for n, v in self.headers.items() if n.lower() not in OWN_HEADERS}
            headers["Host"] = f"{host.partition(':')[0]}:{port}"
            with contextlib.closing(HTTPConnection("127.0.0.1", port, timeout=60)) as behind:
                behind.request(self.command, self.path, body or None, headers)
                answer = behind.getresponse()
                content = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in OWN_HEADERS:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            with contextlib.suppress(OSError):  # the client has gone
                self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 - http.server's names

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False
        request_queue_size = 64

        def handle_error(self, *_: Any) -> None:
            """Say nothing: the client has gone."""

    server = Server(("127.0.0.1", 0), Handler)
    gate = Gate(server.server_address[1])
    with serving(server):
        try:
            yield gate
        finally:
            gate.open()
