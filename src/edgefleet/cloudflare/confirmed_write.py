"""Writes whose response may be lost: read before repeating, and repeat within a bound."""

from collections.abc import Callable
from itertools import islice
from typing import TypeVar

from edgefleet.cloudflare.envelope import ApiError
from edgefleet.errors import CloudflareError
from edgefleet.http.retry import Pauses, Sleep, backoff, poll

LATE_SECONDS = tuple(islice(backoff(), 3))
"""Waits after a request without a response: the server may still be at work on it."""

T = TypeVar("T")


def refused(error: Exception | None) -> bool:
    """Whether Cloudflare refused a change: it was not made."""
    return isinstance(error, ApiError) and not error.is_transient


def write_and_confirm(write: Callable[[], None], done: Callable[[], bool], pauses: Pauses) -> None:
    """Make one change, also if its response is lost.

    After an error that says nothing of the change itself (no answer, throttled, a server's
    fault), `done` reads whether it happened; only if it did not, it is made again, after a pause.
    A refusal counts unless an attempt before it may have been what it is refused for. Raises
    `ApiError`.
    """
    unclear = False
    while True:
        try:
            write()
        except ApiError as error:
            if not error.is_transient:
                if unclear and done():
                    return
                raise
            if poll_for_result(error, done, pauses.sleep):
                return
            if not pauses.wait(error.retry_after):
                raise
            unclear = True
        else:
            return


def uploaded(
    upload: Callable[[], str], found: Callable[[], str | None], pauses: Pauses
) -> tuple[str, bool]:
    """Upload, also if the response is lost.

    Return the version's id, and whether it is certain that there is no second one: an attempt that
    was not answered may still be carried out. `found` looks for the version. Raises
    `CloudflareError`; it is no refusal where an attempt before may have been carried out.
    """
    certain = True
    while True:
        try:
            return upload(), certain
        except CloudflareError as error:
            if refused(error) and certain:
                raise
            if version_id := poll_for_result(error, found, pauses.sleep):
                return version_id, certain
            if refused(error):
                raise CloudflareError(error.message) from error
            # wrangler repeats its requests itself.
            if not isinstance(error, ApiError) or not pauses.wait(error.retry_after):
                raise
            certain = False


def poll_for_result(error: CloudflareError, read: Callable[[], T], sleep: Sleep) -> T:
    """Read whether a change happened in spite of its error; return the first true result.

    Without any response it reads for some seconds longer, since the change may still come.
    """
    unanswered = isinstance(error, ApiError) and error.status is None
    for found in poll(read, sleep, LATE_SECONDS if unanswered else ()):
        if found:
            break
    return found
