"""What counts the requests of both versions of a Worker while both serve."""

from dataclasses import dataclass
from typing import Protocol

from edgefleet.canary.models import Window


class SourceUnread(Exception):
    """A source could not be read this time; the next look may succeed."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What came since the last look."""

    window: Window
    covered: float
    """Seconds of the step that all looks together cover."""
    sample_interval: float = 1.0
    """Of so many requests the source counted one; the window holds those alone."""


class Source(Protocol):
    """Counts what two versions served, from one look to the next."""

    @property
    def name(self) -> str:
        """`worker`, `analytics` or `logs`."""
        ...

    @property
    def delay(self) -> float:
        """By how many seconds it may be late; it waits this out itself."""
        ...

    def begin(self) -> None:
        """Begin a step: what came before does not count. Raises `SourceUnread`."""
        ...

    def take(self) -> Taken:
        """Return what came since `begin`, or since the last time. Raises `SourceUnread`."""
        ...
