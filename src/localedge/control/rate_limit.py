"""The API's rate limit: requests of one token in five minutes.

https://developers.cloudflare.com/fundamentals/api/reference/limits/
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from localedge.state.accounts import Token
from localedge.wire.errors import Throttled

QUOTA = 1200
"""Requests that one token may make in one window."""
WINDOW_SECONDS = 300


@dataclass(slots=True)
class _Window:
    started: float
    requests: int = 0


class RateLimiter:
    """Counts the requests of each token in fixed windows; `clock` gives seconds."""

    def __init__(self, *, quota: int = QUOTA, clock: Callable[[], float] = time.monotonic) -> None:
        self._quota = quota
        self._clock = clock
        self._windows: dict[str, _Window] = {}

    def acquire(self, token: Token) -> dict[str, str]:
        """Count a request; return the headers that state what is left. Raises `Throttled`."""
        window = self._windows.get(token.id)
        if window is None or self._clock() - window.started >= WINDOW_SECONDS:
            window = self._windows[token.id] = _Window(self._clock())
        window.requests += 1
        remaining = max(self._quota - window.requests, 0)
        reset = max(round(window.started + WINDOW_SECONDS - self._clock()), 1)
        headers = {
            "Ratelimit": f'"default";r={remaining};t={reset}',
            "Ratelimit-Policy": f'"default";q={self._quota};w={WINDOW_SECONDS}',
        }
        if window.requests > self._quota:
            raise Throttled(headers={**headers, "Retry-After": str(reset)})
        return headers

    def reset(self) -> None:
        """Drop every count."""
        self._windows.clear()
