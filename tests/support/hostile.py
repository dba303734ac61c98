"""A server that means harm: what it answers is named by a mode, and the mode by the host asked."""

import contextlib
import gzip
import json
import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from support.serving import serving

COMMANDS = "x\n::error::pwned\n::add-mask::a\n##[error]b\r\n::stop-commands::c\n```\n"
TERMINAL = "\x1b]0;title\x07\x1b[2J\x9b31m\u202e\u2066\x00"
EVERY_SECONDS = 0.1
"""How often a dripping server sends a byte: less than any timeout of a socket."""
DEEP = 60_000


def whole(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    """Return a complete answer."""
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def health(version: str = "v", **more: Any) -> dict[str, Any]:
    """Return what a Worker of no tenant says of itself."""
    return {"ok": True, "data": {"tenantId": "t", "version": {"id": version}, **more}}


def refusal(code: str) -> bytes:
    """Return an answer of a Worker that is not well, with its own word for it."""
    return whole(json.dumps({"ok": False, "error": {"code": code}}).encode(), "503 No")


WHOLE: Mapping[str, bytes] = {
    "deep": whole(b"[" * DEEP),
    "deepobj": whole(b'{"a":' * DEEP),
    "surrogate": whole(json.dumps(health("v\ud800", modelId="\udfff")).encode()),
    "surrogatecode": refusal("half \ud83d an emoji"),
    "esc": whole(json.dumps(health(TERMINAL, tenantId=TERMINAL)).encode()),
    "esccode": refusal(COMMANDS + TERMINAL),
    "escver": whole(json.dumps(health(COMMANDS)).encode()),
    "redirect": whole(b"", "302 Found", "Location: http://127.0.0.1:1/elsewhere"),
    "bigint": whole(b'{"ok": true, "data": ' + b"9" * 20_000 + b"}"),
    "nul": whole(b"\x00" * 1000),
    "nan": whole(b'{"ok": true, "data": NaN}'),
    "proto": whole(b'{"ok": true, "__proto__": {"a": 1}, "ok": false}'),
    "badstatus": b"HTTP/1.1 99999 What\r\n\r\n",
    "headers": b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 1000 + b"\r\n{}",
    "utf16": whole(json.dumps(health()).encode("utf-16")),
    "badutf8": whole(b'{"ok": "\xff\xfe\xed\xa0\x80"}'),
    "long": refusal("x" * 60_000),
    "password": refusal("password " * 6000),
    "gzip": whole(gzip.compress(b" " * 5_000_000), "200 OK", "Content-Encoding: gzip"),
    "cut": whole(b"{}").replace(b"Length: 2", b"Length: 1000"),
    "toolong": whole(b"{}").replace(b"Length: 2", b"Length: 99999999999999999999"),
    "chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nabcde\r\n",
}
"""Modes whose answer has an end."""

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

ENDLESS: Mapping[str, tuple[bytes, bytes, float]] = {
    "drip": (HEAD + b"\r\n{", b" ", EVERY_SECONDS),
    "dripheader": (HEAD + b"X-A: ", b"a", EVERY_SECONDS),
    "drip100": (b"", b"HTTP/1.1 100 Continue\r\n\r\n", EVERY_SECONDS),
    "flood100": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000, 0),
    "dripchunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n", EVERY_SECONDS),
    "endless": (HEAD + b"\r\n{", b" " * 65536, 0),
    "silent": (b"", b"", EVERY_SECONDS),
}
"""Modes that never end: what comes first, what comes again and again, after how many seconds."""

MODES = (*WHOLE, *ENDLESS)


@dataclass
class Hostile:
    """The server."""

    url: str
    modes: dict[str, str]
    """The mode of each host, by the first label of its name."""
    good: Callable[[str, Mapping[str, str]], bytes] | None = None
    """Answers for a host without a mode, by its first label and the headers of the request."""
    asked: list[str] = field(default_factory=list)
    """The first labels of the hosts that were asked, in turn."""

    def mode(self, host: str) -> str:
        """Return the mode of a host; the mode of `*` is everybody's."""
        return self.modes.get(host, self.modes.get("*", ""))


@contextlib.contextmanager
def hostile(**modes: str) -> Iterator[Hostile]:
    """Serve on a free port; `modes` are by the first label of a host, `everybody` is for all."""
    over = threading.Event()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                headers = self._request()
                host = headers.get("host", "").partition(".")[0]
                state.asked.append(host)
                mode = state.mode(host)
                if mode in ENDLESS:
                    self._endless(*ENDLESS[mode])
                elif mode in WHOLE:
                    self.wfile.write(WHOLE[mode])
                elif state.good:
                    self.wfile.write(state.good(host, headers))

        def _request(self) -> dict[str, str]:
            self.rfile.readline()
            lines = iter(self.rfile.readline, b"\r\n")
            parts = (line.decode("latin-1").partition(":") for line in lines if line)
            headers = {name.strip().lower(): value.strip() for name, _, value in parts}
            self.rfile.read(int(headers.get("content-length", "0")))
            return headers

        def _endless(self, first: bytes, again: bytes, every: float) -> None:
            self.wfile.write(first)
            while not over.wait(every):
                self.wfile.write(again)
                if not again and not self.connection.recv(1):
                    return

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, *_: Any) -> None:
            pass  # the client has gone

    with serving(Server(("127.0.0.1", 0), Handler)) as url:
        named = {("*" if name == "everybody" else name): mode for name, mode in modes.items()}
        state = Hostile(url, named)
        try:
            yield state
        finally:
            over.set()
