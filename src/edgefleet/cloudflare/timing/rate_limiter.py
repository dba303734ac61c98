"""A rate limiter that keeps edgefleet below Cloudflare's limit on requests.

`cloudflare/limits.py` names the limit: so many requests in five minutes for one user, or for one
token of an account. Cloudflare then refuses every request for the next five.
"""

import random
import re
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from weakref import WeakValueDictionary

from edgefleet.cloudflare.limits import API_REQUESTS, API_WINDOW_SECONDS
from edgefleet.core.clock import Clock
from edgefleet.errors import UsageError

VARIABLE = "EDGEFLEET_API_BUDGET"
WRITTEN = re.compile(r"(?P<requests>[1-9][0-9]{0,6})(?:/(?P<seconds>[1-9][0-9]{0,4}))?")

MARGIN = 1.02
"""Our window is longer by this factor: requests arrive less evenly than they leave."""

Sleep = Callable[[float], None]


class RateLimiter:
    """Allows so many requests of all threads in any window of so many seconds."""

    def __init__(
        self,
        clock: Clock,
        requests: int = API_REQUESTS,
        seconds: float = API_WINDOW_SECONDS,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._clock = clock
        self._window = seconds * MARGIN
        self._jitter = jitter
        self._lock = threading.Lock()
        self._made: deque[float] = deque(maxlen=requests)
        self._closed_until = 0.0

    def acquire(self, sleep: Sleep) -> None:
        """Wait until the caller may make a request, and count it; `sleep` lets time pass."""
        while wait := self._wait():
            # Not all at once, when the time has come.
            sleep(wait * (1 + 0.05 * self._jitter()))

    def back_off(self, wait: float) -> None:
        """Let no request through for so many seconds, since Cloudflare refused one (429)."""
        with self._lock:
            self._closed_until = max(self._closed_until, self._clock.monotonic() + wait)

    def _wait(self) -> float:
        """Count a request and return 0, or return how long none may be made."""
        with self._lock:
            now = self._clock.monotonic()
            full = len(self._made) == self._made.maxlen
            free_at = self._made[0] + self._window if full else now
            wait = max(free_at, self._closed_until) - now
            if wait > 0:
                return wait
            self._made.append(now)
            return 0.0


class RateLimiters:
    """A rate limiter for each owner of tokens, and for each account that has none.

    `owners` are pairs of an account's id and the owner of its token, where it has one.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        clock: Clock,
        owners: Iterable[tuple[str, str | None]] = (),
    ) -> None:
        self._limit = limit(environ)
        self._clock = clock
        self._owners = {account_id: owner for account_id, owner in owners if owner}
        self._lock = threading.Lock()
        self._shared: dict[str, RateLimiter] = {}
        self._own: WeakValueDictionary[str, RateLimiter] = WeakValueDictionary()
        """An account's own is forgotten with its last client: thousands cost nothing."""

    def of(self, account_id: str) -> RateLimiter:
        """Return the rate limiter of the token that opens this account."""
        owner = self._owners.get(account_id)
        with self._lock:
            if owner is None:
                return self._own.setdefault(account_id, self._new())
            return self._shared.setdefault(owner, self._new())

    def _new(self) -> RateLimiter:
        requests, seconds = self._limit
        return RateLimiter(self._clock, requests, seconds)


def limit(environ: Mapping[str, str]) -> tuple[int, float]:
    """Return how many requests, in how many seconds; raises `UsageError`."""
    value = environ.get(VARIABLE)
    if not value:
        return API_REQUESTS, API_WINDOW_SECONDS
    match = WRITTEN.fullmatch(value)
    if match is None:
        raise UsageError(
            f"{VARIABLE} is '{value}', and should be REQUESTS or REQUESTS/SECONDS",
            hint=f"export {VARIABLE}=600/300 leaves half of Cloudflare's limit to other programs",
        )
    return int(match["requests"]), float(match["seconds"] or API_WINDOW_SECONDS)
