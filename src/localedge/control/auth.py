"""The gate of the API: who asks, may they, and how often have they asked."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request

from localedge.state.accounts import Token
from localedge.state.server import ServerState
from localedge.wire.errors import (
    ApiError,
    AuthenticationError,
    InvalidToken,
    MalformedAuthorization,
    MalformedKey,
    MissingAuthorization,
    RouteNotFound,
    Throttled,
    UnauthorizedResource,
)

ACCOUNT = re.compile(r"/accounts/([^/]+)")
BEARER = re.compile(r"Bearer ([\x21-\x7e]+)")
QUOTA = 1200
WINDOW = 300
"""Requests that one token may make in so many seconds, and then is refused for as long.

https://developers.cloudflare.com/fundamentals/api/reference/limits/
"""


@dataclass(slots=True)
class _Spent:
    since: float
    requests: int = 0


class Gate:
    """Lets a request pass or raises the API's error; `clock` gives seconds."""

    def __init__(
        self,
        state: ServerState,
        *,
        quota: int = QUOTA,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._state = state
        self._quota = quota
        self._clock = clock
        self._spent: dict[str, _Spent] = {}

    def open(self, request: Request, path: str) -> Token:
        """Return the token of a request that may pass; `path` is relative to the API's base."""
        token = self._state.accounts.token(_bearer(request))
        if token is None:
            raise _unknown(path)
        account = ACCOUNT.match(path)
        if account:
            self._check_account(token, account[1])
        return token

    def charge(self, token: Token) -> dict[str, str]:
        """Count a request; return the headers that say what is left. Raises `Throttled`."""
        spent = self._spent.get(token.id)
        if spent is None or self._clock() - spent.since >= WINDOW:
            spent = self._spent[token.id] = _Spent(self._clock())
        spent.requests += 1
        left = max(self._quota - spent.requests, 0)
        reset = max(round(spent.since + WINDOW - self._clock()), 1)
        headers = {
            "Ratelimit": f'"default";r={left};t={reset}',
            "Ratelimit-Policy": f'"default";q={self._quota};w={WINDOW}',
        }
        if spent.requests > self._quota:
            raise Throttled(headers={**headers, "Retry-After": str(reset)})
        return headers

    def forget(self) -> None:
        """Start to count anew."""
        self._spent.clear()

    def _check_account(self, token: Token, account_id: str) -> None:
        if account_id in token.account_ids:
            return
        if self._state.accounts.get(account_id) is None:
            raise RouteNotFound(
                f"Could not route to /client/v4/accounts/{account_id}, perhaps your object "
                "identifier is invalid?"
            )
        raise AuthenticationError


def _bearer(request: Request) -> str:
    header = request.headers.get("authorization")
    if header is None:
        raise MalformedKey if "x-auth-key" in request.headers else MissingAuthorization
    match = BEARER.fullmatch(header)
    if match is None:
        raise MalformedAuthorization
    return match[1]


def _unknown(path: str) -> ApiError:
    if path.endswith("/tokens/verify"):
        return InvalidToken()
    return AuthenticationError() if ACCOUNT.match(path) else UnauthorizedResource()
