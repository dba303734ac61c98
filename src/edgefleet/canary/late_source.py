"""Evidence from Cloudflare's analytics and logs, for Workers that do not count by themselves.

They are late, so that a window counts once it is older than the delay; and they sample a busy
script: of ten requests one is counted then, and says no more than one.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from edgefleet.canary.models import Counts, Table, Window
from edgefleet.canary.sources import Mark, SourceUnread, Taken
from edgefleet.cloudflare.models import ServedByVersion
from edgefleet.core.clock import Clock
from edgefleet.errors import CloudflareError

SHORTEST_WINDOW = timedelta(seconds=1)
"""Cloudflare's times have whole seconds here."""


class Served(Protocol):
    """Asks Cloudflare what versions served in a window; raises `CloudflareError`."""

    def __call__(
        self, versions: Sequence[str], since: datetime, until: datetime
    ) -> tuple[ServedByVersion, ...]:
        """Return what each served; one that served nothing is left out."""
        ...


class LateSource:
    """Reads one window after the other, each as late as the delay."""

    def __init__(
        self, name: str, served: Served, versions: tuple[str, str], delay: float, clock: Clock
    ) -> None:
        self.name = name
        """`analytics` or `logs`."""
        self._served = served
        self._versions = versions
        """The old one and the new one."""
        self.delay = delay
        self._clock = clock
        self._began = self._until = clock.now()

    def begin(self) -> None:
        """Leave out the second in which the step began."""
        second = self._clock.now().replace(microsecond=0)
        self._began = self._until = second + timedelta(seconds=1)

    def take(self) -> Taken:
        """Return what both served from the last window on, up to the delay before now."""
        until = (self._clock.now() - timedelta(seconds=self.delay)).replace(microsecond=0)
        if until - self._until < SHORTEST_WINDOW:
            return Taken(Window(), self._covered())
        try:
            listed = self._served(self._versions, self._until, until)
        except CloudflareError as error:
            why = f"{error.message} ({error.hint})" if error.hint else error.message
            raise SourceUnread(why) from error
        found = {row.version_id: row for row in listed}
        old, new = (_counted(found.get(version)) for version in self._versions)
        self._until = until
        interval = max((row.sample_interval for row in listed), default=1.0)
        return Taken(Window(Table(old, new)), self._covered(), interval)

    def mark(self) -> Mark:
        """Return the end of the last window."""
        return (self._until.timestamp(),)

    def resume(self, began: datetime, mark: Mark) -> None:
        """Go on from the end of the last window; the second of the beginning is left out."""
        self._began = began.replace(microsecond=0) + timedelta(seconds=1)
        self._until = datetime.fromtimestamp(mark[0], UTC) if mark else self._began

    def _covered(self) -> float:
        return max((self._until - self._began).total_seconds(), 0.0)


def _counted(row: ServedByVersion | None) -> Counts:
    """Return how many requests were counted, and not what was estimated from them."""
    if row is None:
        return Counts()
    requests = round(row.requests / row.sample_interval)
    return Counts(requests, min(round(row.errors / row.sample_interval), requests))
