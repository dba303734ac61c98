"""How often something that failed in passing is tried again, and after which waits.

The one policy for reads, uploads, traffic, settings and restores. It is for errors that say
nothing of the request itself (`ApiError.passing`); a refusal is final at once.
"""

import os
import random
import re
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from edgefleet.errors import UsageError

PLANNED_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 28.0)
"""The waits between attempts, where Cloudflare asks for no longer ones: a minute in sum."""

TOTAL_SECONDS = 60.0
"""No attempt begins later than this after the first one, nor is a longer wait kept."""

RESTORE_SECONDS = 330.0
"""The same for what is put back: Cloudflare's own refusals (429) last five minutes."""

VARIABLE = "EDGEFLEET_RETRY_SECONDS"
"""Names other seconds than `TOTAL_SECONDS`; all waits are longer or shorter by as much."""

UNSEEN_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Waits for what Cloudflare has accepted and does not show yet."""

JITTER = 0.2
"""The part of a planned wait that is left to chance: a fleet does not come back all at once."""

Sleep = Callable[[float], None]
T = TypeVar("T")


class Pauses:
    """The waits between the attempts at one thing.

    `sleep` lets time pass; whatever it raises, a wish to stop, ends the attempts. `monotonic`
    tells seconds, `jitter` a number from 0 to 1.
    """

    def __init__(
        self,
        sleep: Sleep,
        *,
        longest: float = TOTAL_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.sleep = sleep
        self._scale = _scale()
        self._longest = longest * self._scale
        self._monotonic = monotonic
        self._jitter = jitter
        self._planned = iter(PLANNED_SECONDS)
        self._began = monotonic()
        self._waited = 0.0

    def wait(self, asked: float | None = None) -> bool:
        """Wait before the next attempt; return False, at once, where there is to be none.

        `asked` are the seconds that Cloudflare asks to wait (Retry-After), where it does.
        """
        # A clock that does not move (a test's) still counts what was waited.
        left = self._longest - max(self._waited, self._monotonic() - self._began)
        planned = next(self._planned, None)
        if planned is None or left <= 0:
            return False
        ours = planned * self._scale * (1 - JITTER * self._jitter())
        seconds = min(max(ours, asked or 0.0), left)
        self._waited += seconds
        self.sleep(seconds)
        return True


def _scale() -> float:
    written = os.environ.get(VARIABLE)
    if not written:
        return 1.0
    if not re.fullmatch("[0-9]{1,4}", written):
        raise UsageError(
            f"{VARIABLE} is '{written}', and should be a number of seconds",
            hint=f"for example {VARIABLE}=60",
        )
    return int(written) / TOTAL_SECONDS


def looks(look: Callable[[], T], sleep: Sleep) -> Iterator[T]:
    """Yield what is seen, again and again within a bound, for as long as the caller asks.

    For what was written and is not shown yet: what Cloudflare answers may be older than that.
    """
    yield look()
    for seconds in UNSEEN_SECONDS:
        sleep(seconds)
        yield look()
