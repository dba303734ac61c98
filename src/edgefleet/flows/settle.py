"""Writes whose answer may be lost: look before repeating, and repeat once."""

import time
from collections.abc import Callable

from edgefleet.ports.cloudflare import ApiError

LONGEST_WAIT_SECONDS = 30.0


def settled(
    write: Callable[[], None],
    done: Callable[[], bool],
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Make one change, whatever becomes of its answer.

    After an error that says nothing of the change itself (no answer, throttled, a server's
    fault), `done` reads whether it happened; only if it did not, it is made once more. A write
    that may be repeated freely has a `done` that is never true. Raises `ApiError`.
    """
    try:
        write()
    except ApiError as error:
        if not error.passing:
            raise
        if done():
            return
        sleep(min(error.wait or 0.0, LONGEST_WAIT_SECONDS))
        _once_more(write, done)


def _once_more(write: Callable[[], None], done: Callable[[], bool]) -> None:
    try:
        write()
    except ApiError as error:
        if not error.passing or not done():
            raise
