"""Writes whose answer may be lost: look before repeating, and repeat once."""

from collections.abc import Callable
from typing import TypeVar

from edgefleet.errors import CloudflareError
from edgefleet.ports.envelope import ApiError

LONGEST_WAIT_SECONDS = 30.0
LATE_SECONDS = (0.5, 1.0, 2.0)
"""Waits for a change whose answer was given up: a server may still be at it."""

Sleep = Callable[[float], None]
T = TypeVar("T")


def settled(write: Callable[[], None], done: Callable[[], bool], sleep: Sleep) -> None:
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
        if look_again(error, done, sleep):
            return
        sleep(min(error.wait or 0.0, LONGEST_WAIT_SECONDS))
        _once_more(write, done, sleep)


def _once_more(write: Callable[[], None], done: Callable[[], bool], sleep: Sleep) -> None:
    try:
        write()
    except ApiError as error:
        if not error.passing or not look_again(error, done, sleep):
            raise


def look_again(error: CloudflareError, look: Callable[[], T], sleep: Sleep) -> T:
    """Look whether a change happened in spite of its error; return the first true finding.

    Where no answer came at all it is looked for some seconds longer, so that a change that comes
    late is not taken for one that never comes.
    """
    found = look()
    if isinstance(error, ApiError) and error.status is None:
        for wait in LATE_SECONDS:
            if found:
                break
            sleep(wait)
            found = look()
    return found
