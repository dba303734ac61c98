"""Who may ask what: own host names, no web pages, controls with their token, bodies of a size.

Any page that a browser shows can send requests to 127.0.0.1, and one whose host name is made to
lead there (DNS rebinding) can read the answers. Such requests name another host, or say that a
page sent them (https://fetch.spec.whatwg.org/#origin-header, https://www.w3.org/TR/fetch-metadata/).
"""

import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from localedge.wire.envelope import failure
from localedge.wire.errors import ApiError, BodyTooLarge, CrossSite, Misdirected

CONTROL_HEADER = "localedge-token"
LARGEST_BODY = 100 * 1024 * 1024
"""Bytes of one request, to the API or to a Worker; Cloudflare's smaller plans take as much.

https://developers.cloudflare.com/workers/platform/limits/#request-limits
"""
NAMES = ("127.0.0.1", "localhost", "[::1]")
OPEN = ("health", "bindings/", "d1-files/")
"""Controls without the token: the first says nothing, a key in the path opens the others."""


class RequestGuard:
    """What one server lets in.

    `url` is the base of its addresses, `token` opens its controls, `largest` is how many bytes a
    request may have.
    """

    def __init__(self, url: str, token: str, largest: int = LARGEST_BODY) -> None:
        port = urlsplit(url).port
        self._hosts = frozenset(f"{name}:{port}" if port else name for name in NAMES)
        self._token = token
        self._largest = largest

    def refusal(self, headers: Mapping[str, str]) -> ApiError | None:
        """Return why a request to the API or to a control is refused, if it is."""
        if headers.get("host", "").lower() not in self._hosts:
            return Misdirected()
        origin = headers.get("origin")
        own = origin is None or origin.removeprefix("http://") in self._hosts
        if not own or headers.get("sec-fetch-site") in {"cross-site", "same-site"}:
            return CrossSite()
        return None

    def opens(self, control: str, headers: Mapping[str, str]) -> bool:
        """Say whether a request may use a control; `control` is its path below the controls'."""
        given = headers.get(CONTROL_HEADER, "")
        return control.startswith(OPEN) or hmac.compare_digest(given.encode(), self._token.encode())

    async def limited(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, unless its body is too large.

        One that says how long it is, is refused before it is read; another one raises
        `BodyTooLarge` where it turns out to be so.
        """
        declared = dict(scope["headers"]).get(b"content-length", b"")
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
