"""A proxy before localedge's API that changes its answers: each account's in its own way."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from typing import Any
from urllib.parse import urlsplit

from support.hostile import COMMANDS, DEEP, EVERY_SECONDS, TERMINAL
from support.serving import serving

Headers = Mapping[str, str]


def refusal(message: Any = "no", code: Any = 1, **more: Any) -> bytes:
    """Return an envelope that says no."""
    errors = [{"code": code, "message": message}]
    return json.dumps({"success": False, "errors": errors, "result": None, **more}).encode()


def result(value: Any) -> bytes:
    """Return an envelope that says yes."""
    return json.dumps({"success": True, "errors": [], "messages": [], "result": value}).encode()


WHOLE: Mapping[str, tuple[int, Headers, bytes]] = {
    "redirect": (302, {"Location": "http://127.0.0.1:1/stolen"}, b""),
    "redirect307": (307, {"Location": "http://127.0.0.1:1/stolen"}, b""),
    "deep": (200, {}, b"[" * DEEP),
    "deepresult": (200, {}, b'{"success": true, "result": ' + b"[" * DEEP),
    "errors5": (400, {}, refusal(errors=5)),
    "errstr": (400, {}, refusal(errors="no")),
    "surr": (400, {}, refusal("half \ud83d an emoji")),
    "hugecode": (400, {}, refusal(code=10**4000)),
    "manydigits": (400, {}, b'{"success": false, "errors": [{"code": ' + b"9" * 5000 + b"}]}"),
    "html": (200, {}, b"<html><script>"),
    "status100": (418, {}, b""),
    "nan": (200, {}, b'{"success": true, "result": NaN}'),
    "twice": (200, {}, b'{"success": true, "result": 1, "success": false}'),
    "longmsg": (400, {}, refusal("x" * 10_000_000)),
    "esc": (400, {}, refusal(COMMANDS + TERMINAL)),
    "shape": (200, {}, result({COMMANDS: [TERMINAL]})),
    "list": (200, {}, b"[]"),
    "badutf8": (200, {}, b'{"success": true, "result": "\xff"}'),
    "password": (400, {}, refusal("password " * 8000)),
}
"""Modes that are one answer."""

ENDLESS: Mapping[str, tuple[bytes, float]] = {
    "endless": (b" " * 65536, 0),
    "drip": (b" ", EVERY_SECONDS),
}
MODES = (*WHOLE, *ENDLESS, "echo")


@dataclass
class Tamper:
    """The proxy."""

    url: str
    modes: dict[str, str] = field(default_factory=dict)
    """How the answers to an account are changed, by its id; `*` is for all."""
    matches: Callable[[str, str], bool] = lambda _method, _path: True
    """Which requests, by method and path, are answered so; the others go through."""
    asked: list[str] = field(default_factory=list)
    """The modes of the requests that were answered so."""

    def mode(self, method: str, path: str) -> str:
        """Note and return what is done to the answer of a request; nothing for most."""
        parts = path.split("/")
        account = parts[parts.index("accounts") + 1] if "accounts" in parts else ""
        mode = self.modes.get(account.partition("?")[0], self.modes.get("*", ""))
        if not mode or not self.matches(method, path):
            return ""
        self.asked.append(mode)
        return mode


@contextlib.contextmanager
def tampering(api: str) -> Iterator[Tamper]:
    """Serve before an API on a free port; `url` is what stands for its base URL."""
    over = threading.Event()
    place = urlsplit(api)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = body_of(self.rfile, self.headers)
            mode = state.mode(self.command, self.path)
            echo: tuple[int, Headers, bytes] = (
                403,
                {},
                refusal(f"not with {self.headers['Authorization']}"),
            )
            if mode in ENDLESS:
                self._endless(*ENDLESS[mode])
            elif mode:
                self._whole(*WHOLE.get(mode, echo))
            else:
                self._whole(*_through(place.netloc, self.command, self.path, self.headers, body))

        def _whole(self, status: int, headers: Headers, body: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _endless(self, again: bytes, every: float) -> None:
            self.send_response(200)
            self.end_headers()
            with contextlib.suppress(OSError):
                while not over.wait(every):
                    self.wfile.write(again)
            self.close_connection = True

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 - http.server's names

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, *_: Any) -> None:
            pass  # the client has gone

    with serving(Server(("127.0.0.1", 0), Handler)) as url:
        state = Tamper(url + place.path)
        try:
            yield state
        finally:
            over.set()


def body_of(file: BufferedIOBase, headers: Message) -> bytes:
    """Return the body of a request, in chunks as wrangler sends its uploads, or of a length."""
    if headers.get("Transfer-Encoding") != "chunked":
        return file.read(int(headers.get("Content-Length") or 0))
    body = b""
    while size := int(file.readline(), 16):
        body += file.read(size)
        file.readline()
    file.readline()
    return body


OUR_OWN = ("host", "content-length", "transfer-encoding", "connection")
"""Headers of a request that the proxy makes itself."""
KEPT = ("Content-Type", "Retry-After", "cf-entrypoint")
"""Headers of an answer that go through."""


def _through(
    server: str, method: str, path: str, headers: Message, body: bytes
) -> tuple[int, Headers, bytes]:
    connection = HTTPConnection(server, timeout=30)
    passed = {name: value for name, value in headers.items() if name.lower() not in OUR_OWN}
    connection.request(method, path, body or None, passed)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return (
        answer.status,
        {one: answer.headers[one] for one in KEPT if one in answer.headers},
        content,
    )
