"""A stand-in for GitHub's REST API on loopback: a small part of it, out of one object.

It is not GitHub. It knows the endpoints that edgefleet asks, answers in the shapes of GitHub's
description of its API, gives lists in pages, refuses other tokens and missing permissions, and can
be told to fail: with a rate limit, a server's error, or no answer.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from support.github_state import REPOSITORY, TOKEN, Fault, GitHub, Refusal, Request
from support.serving import serving

__all__ = ["REPOSITORY", "TOKEN", "Fault", "GitHub", "github"]


@contextmanager
def github(**known: Any) -> Iterator[GitHub]:
    """Serve the stand-in on a free port until the block ends."""
    state = GitHub(**known)
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), _handler(state))) as state.url:
        yield state


def _handler(state: GitHub) -> type[BaseHTTPRequestHandler]:
    one_at_a_time = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # it would hold back each body for 40 ms

        def _answer(self) -> None:
            split = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(split.query).items()}
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = json.loads(content) if content else None
            with one_at_a_time:
                state.asked.append(f"{self.command} {self.path}")
                self._send(Request(self.command, split.path, query, body))

        def _send(self, request: Request) -> None:
            fault = state.fault(request)
            if fault is None:
                status, body = self._answered(request)
                self._write(status, *_page(state, request, body))
            elif fault.status:
                self._write(fault.status, {"message": fault.message}, fault.headers)
            else:
                self.close_connection = True

        def _answered(self, request: Request) -> tuple[int, Any]:
            try:
                return state.answer(request, self.headers.get("Authorization", ""))
            except Refusal as refusal:
                return refusal.status, {"message": refusal.message}

        def _write(self, status: int, body: Any, headers: dict[str, str]) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 - http.server's names

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


def _page(state: GitHub, request: Request, body: Any) -> tuple[Any, dict[str, str]]:
    """Return one page of a list, whole or below a key, and the Link header to the next."""
    key = next(iter(body)) if isinstance(body, dict) and len(body) == 1 else None
    items = body[key] if key else body
    if request.method != "GET" or not isinstance(items, list):
        return body, {}
    size = min(int(request.query.get("per_page", 30)), state.page_size)
    page = int(request.query.get("page", 1))
    shown = items[(page - 1) * size : page * size]
    query = urlencode({**request.query, "page": page + 1})
    link = {"Link": f'<{state.url}{request.path}?{query}>; rel="next"'}
    return (
        {"total_count": len(items), key: shown} if key else shown,
        link if len(items) > page * size else {},
    )
