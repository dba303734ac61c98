"""What counts the requests of both versions of a Worker while both serve."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from edgefleet.canary.models import Window

Mark = tuple[float, ...]
"""Where a source stands, in numbers that only it understands; empty: it has not begun."""


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

    def mark(self) -> Mark:
        """Return from where the next `take` counts, for `resume` on another machine."""
        ...

    def resume(self, began: datetime, mark: Mark) -> None:
        """Go on with a step that began at `began`, from a mark that was made in it."""
        ...
