"""When a failed request is repeated, and after which waits: the one policy of all clients.

A request is repeated after an error that may pass by itself (such as `ApiError.is_transient`);
a refusal is final at once.
"""

import os
import random
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from edgefleet.errors import UsageError

VARIABLE = "EDGEFLEET_RETRY_SECONDS"
"""Names other seconds than `DEFAULT.seconds`; all waits are longer or shorter by as much."""

Sleep = Callable[[float], None]
T = TypeVar("T")


def backoff(first: float = 0.5, longest: float = 28.0) -> Iterator[float]:
    """Yield waits in seconds without end: each is twice the one before, up to the longest."""
    while True:
        yield min(first, longest)
        first *= 2


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often, how long and after which waits something is tried again; times are seconds."""

    seconds: float
    """No attempt begins later than this after the first one."""
    attempts: int | None = 8
    """With the first one; None for as many as there is time for."""
    first_wait: float = 0.5
    longest_wait: float = 28.0
    """Of our own waits; a server may ask for longer ones (Retry-After)."""
    jitter: float = 0.2
    """The part of a wait that is left to chance, so that a fleet does not come back all at once."""
    adjustable: bool = True
    """Whether `VARIABLE` applies."""
    shorten_last: bool = True
    """Whether a wait that would last beyond `seconds` is shortened; otherwise it is left out."""

    def waits(self) -> Iterator[float]:
        """Yield the waits between attempts, before chance and without what a server asks for."""
        count = None if self.attempts is None else self.attempts - 1
        return islice(backoff(self.first_wait, self.longest_wait), count)


DEFAULT = RetryPolicy(seconds=60.0)
"""For requests to Cloudflare: the waits are a minute in sum."""

RESTORE = RetryPolicy(seconds=330.0)
"""For what a restore writes: Cloudflare refuses requests (429) for five minutes at most."""

NOT_SHOWN_WAITS = tuple(islice(backoff(), 5))
"""Waits for what Cloudflare has accepted and does not show yet."""


class Pauses:
    """The waits between the attempts at one thing.

    `sleep` lets time pass; whatever it raises, such as a wish to stop, ends the attempts.
    `monotonic` returns seconds, `jitter` a number from 0 to 1.
    """

    def __init__(
        self,
        sleep: Sleep,
        policy: RetryPolicy = DEFAULT,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.sleep = sleep
        self._policy = policy
        self._scale = _scale() if policy.adjustable else 1.0
        self._monotonic = monotonic
        self._jitter = jitter
        self._waits = policy.waits()
        self._began = monotonic()
        self._waited = 0.0

    def wait(self, retry_after: float | None = None) -> bool:
        """Wait before the next attempt; return False, at once, where there is to be none.

        `retry_after` are the seconds that the server asks to wait, where it does.
        """
        # A clock that does not move (a test's) still counts what was waited.
        elapsed = max(self._waited, self._monotonic() - self._began)
        left = self._policy.seconds * self._scale - elapsed
        planned = next(self._waits, None)
        if planned is None or left <= 0:
            return False
        own = planned * self._scale * (1 - self._policy.jitter * self._jitter())
        seconds = max(own, retry_after or 0.0)
        if seconds > left and not self._policy.shorten_last:
            return False
        seconds = min(seconds, left)
        self._waited += seconds
        self.sleep(seconds)
        return True


def _scale() -> float:
    value = os.environ.get(VARIABLE)
    if not value:
        return 1.0
    if not re.fullmatch("[0-9]{1,4}", value):
        raise UsageError(
            f"{VARIABLE} is '{value}', and should be a number of seconds",
            hint=f"export {VARIABLE}=60",
        )
    return int(value) / DEFAULT.seconds


def poll(
    read: Callable[[], T], sleep: Sleep, waits: Iterable[float] = NOT_SHOWN_WAITS
) -> Iterator[T]:
    """Yield what is read, at once and after each wait, for as long as the caller iterates.

    For what was written and does not show yet: Cloudflare's answer may be older than the write.
    """
    yield read()
    for seconds in waits:
        sleep(seconds)
        yield read()
