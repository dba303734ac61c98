"""Cloudflare's clock, as its answers tell it: the one clock that all machines can read."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from edgefleet.errors import CloudflareError


class ServerClock:
    """Goes on from the `Date` of the newest answer (RFC 9110, 6.6.1), which counts seconds."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._date: datetime | None = None
        self._at = 0.0

    @property
    def known(self) -> bool:
        """Whether an answer told the time."""
        return self._date is not None

    def note(self, date: str | None) -> None:
        """Take the time from an answer's `Date`; one that is missing or odd changes nothing."""
        try:
            read = parsedate_to_datetime(date or "")
        except ValueError:
            return
        self._date = read if read.tzinfo else read.replace(tzinfo=UTC)
        self._at = self._monotonic()

    def now(self) -> datetime:
        """Return the time; raises `CloudflareError` as long as no answer told it."""
        if self._date is None:
            raise CloudflareError(
                "no answer of Cloudflare told the time of day", hint="look at its 'Date' header"
            )
        return self._date + timedelta(seconds=self._monotonic() - self._at)
