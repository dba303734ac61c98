"""Guards every request: own host names only, no web pages, the admin token, the body size.

Any web page in a browser can send requests to 127.0.0.1, and a page whose host name resolves to
127.0.0.1 (DNS rebinding) can read the responses. Such requests name another host, or carry headers
that a page sent them (https://fetch.spec.whatwg.org/#origin-header, https://www.w3.org/TR/fetch-metadata/).
"""

import hmac
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from localedge.control.page import FILES
from localedge.wire.envelope import failure
from localedge.wire.errors import ApiError, BodyTooLarge, CrossSite, Misdirected

CONTROL_HEADER = "localedge-token"
LARGEST_BODY = 100 * 1024 * 1024
"""Bytes of one request, to the API or to a Worker; the limit of Cloudflare's smaller plans.

https://developers.cloudflare.com/workers/platform/limits/#request-limits
"""
NAMES = ("127.0.0.1", "localhost", "[::1]")
R2_UPLOAD = re.compile(r"/client/v4/accounts/[^/]+/r2/buckets/[^/]+/objects/.*", re.DOTALL)
R2_BINDING_UPLOAD = b"mf-header-cf-r2-metadata-size"
"""R2 reads its uploads in pieces and has its own limit."""
OPEN = ("health", "bindings/", "d1-files/", "tails/")
"""Admin paths without the token: `health` tells nothing, the others need a key in their path.

The page for browsers (`control.page`) needs none either: it holds no data.
"""


class RequestGuard:
    """Decides which requests one server accepts.

    `url` is the base of its addresses, `token` opens the admin API, `largest` is the size
    limit of a request in bytes.
    """

    def __init__(self, url: str, token: str, largest: int = LARGEST_BODY) -> None:
        port = urlsplit(url).port
        self._hosts = frozenset(f"{name}:{port}" if port else name for name in NAMES)
        self._token = token
        self._largest = largest

    def is_own_host(self, host: str) -> bool:
        """Return whether a Host header names the server itself, which no route can take over."""
        return host.lower() in self._hosts

    def rejection(self, headers: Mapping[str, str]) -> ApiError | None:
        """Return the error for a request to the API or the admin API that must be rejected."""
        if not self.is_own_host(headers.get("host", "")):
            return Misdirected()
        origin = headers.get("origin")
        own = origin is None or origin.removeprefix("http://") in self._hosts
        if not own or headers.get("sec-fetch-site") in {"cross-site", "same-site"}:
            return CrossSite()
        return None

    def allows_admin(self, path: str, headers: Mapping[str, str]) -> bool:
        """Return whether a request may use the admin API; `path` is relative to its base."""
        token = headers.get(CONTROL_HEADER, "")
        return (
            path in FILES
            or path.startswith(OPEN)
            or hmac.compare_digest(token.encode(), self._token.encode())
        )

    async def call_with_body_limit(
        self, app: ASGIApp, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Call `app` with a request, unless the body is too large.

        A request with a Content-Length is rejected before the body is read; for any other,
        `receive` raises `BodyTooLarge` as soon as the limit is passed.
        """
        headers = dict(scope["headers"])
        if R2_UPLOAD.fullmatch(scope["path"]) or R2_BINDING_UPLOAD in headers:
            await app(scope, receive, send)
            return
        declared = headers.get(b"content-length", b"")
        if declared.isdigit() and int(declared) > self._largest:
            await failure(BodyTooLarge())(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._largest:
                raise BodyTooLarge
            return message

        await app(scope, counted, send)
