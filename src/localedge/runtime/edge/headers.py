"""Request and response headers as Cloudflare's edge sets them, and its error pages."""

import html
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

Headers = list[tuple[bytes, bytes]]

_HOP_BY_HOP = frozenset(
    b"connection expect keep-alive proxy-authenticate proxy-authorization proxy-connection te "
    b"trailer transfer-encoding upgrade".split()
)
"""Headers that concern one connection only (RFC 9110, section 7.6.1; Expect is answered here)."""

_SET_BY_THE_EDGE = frozenset(
    b"cf-connecting-ip cf-ray cf-visitor x-forwarded-proto x-real-ip".split()
)

_PRIVATE = (b"mf-", b"localedge-")
"""Prefixes of headers that control Miniflare and localedge; those of a client are removed."""

URL_HEADER = b"localedge-url"
"""Carries the URL that a Worker requested from its service binding."""

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1><p>{text}</p><p>Ray ID: {ray}</p></body>
</html>
"""


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """A page of the edge itself: status, Cloudflare's error code if it has one, text."""

    status: int
    title: str
    text: str
    code: int = 0

    def render(self, ray: str) -> tuple[Headers, bytes]:
        """Return headers and body."""
        title = f"Error {self.code}: {self.title}" if self.code else self.title
        body = _PAGE.format(title=title, text=html.escape(self.text), ray=ray).encode()
        return [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
        ], body


NOTHING_HERE = ErrorPage(
    404,
    "There is nothing here yet",
    "No Worker with a deployment has this name. If you expect something to be here, deploy it, "
    "and enable its workers.dev route.",
)
RUNTIME_GONE = ErrorPage(
    502, "Bad gateway", "The Workers runtime ended while it answered; a new request starts it."
)


def worker_threw(script: str, url: str) -> ErrorPage:
    """Return the page for an exception; `url` is localedge's own, whose admin API has the log."""
    return ErrorPage(
        500,
        "Worker threw exception",
        "The Worker threw an exception that it did not catch; its log has the message: "
        f'curl -H "localedge-token: $TOKEN" {url}/__localedge__/logs/{script} '
        "(the token is in the `ready` line of localedge)",
        code=1101,
    )


def no_runtime(reason: str) -> ErrorPage:
    """Return the page for a machine that cannot run Workers; `reason` says what to do."""
    return ErrorPage(503, "No Workers runtime", reason)


def new_ray() -> str:
    """Return an id for one request, as CF-Ray carries it: 16 hex digits and a data centre."""
    return f"{secrets.token_hex(8)}-DFW"


def request_headers(headers: Headers, client: str, ray: str, *, internal: bool = False) -> Headers:
    """Return the headers for the Worker: no hop-by-hop headers, Cloudflare's own added.

    https://developers.cloudflare.com/fundamentals/reference/http-headers/ lists those. A request
    of another Worker's service binding (`internal`) keeps its original URL. Miniflare
    sets Accept-Encoding for the Worker, as Cloudflare's edge does; with the client's value it would
    compress responses, and delay streams until there is enough to compress (`edge.compression`
    delays none).
    """
    dropped = _HOP_BY_HOP | _SET_BY_THE_EDGE | {b"accept-encoding"}
    original = dict(headers).get(URL_HEADER) if internal else None
    if original:
        dropped |= {b"host"}
    kept = [(name, value) for name, value in headers if _passes(name, dropped)]
    if original:
        host = urlsplit(original).netloc
        kept = [(b"Host", host), (b"MF-Original-URL", original), *kept]
    address = client.encode()
    return [
        *kept,
        (b"CF-Connecting-IP", address),
        (b"X-Real-IP", address),
        (b"X-Forwarded-Proto", b"http"),
        (b"CF-Visitor", b'{"scheme":"http"}'),
        (b"CF-Ray", ray.encode()),
    ]


def response_headers(headers: Iterable[tuple[bytes, bytes]], ray: str) -> Headers:
    """Return the headers of a Worker's response for the client."""
    dropped = _HOP_BY_HOP | {b"cf-ray"}
    kept = [(name, value) for name, value in headers if _passes(name, dropped)]
    return [*kept, (b"CF-Ray", ray.encode())]


def _passes(name: bytes, dropped: frozenset[bytes]) -> bool:
    lowered = name.lower()
    return lowered not in dropped and not lowered.startswith(_PRIVATE)
