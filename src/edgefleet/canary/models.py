"""What was counted of two versions that serve at the same time."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counts:
    """Requests of one version in one window, and how many of them went wrong."""

    requests: int = 0
    errors: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        """Return both together."""
        return Counts(self.requests + other.requests, self.errors + other.errors)


@dataclass(frozen=True, slots=True)
class Table:
    """The old and the new version in the same window: a 2x2 table."""

    old: Counts = Counts()
    new: Counts = Counts()

    @property
    def served(self) -> int:
        """How many requests each of both served at least."""
        return min(self.old.requests, self.new.requests)

    def __add__(self, other: "Table") -> "Table":
        """Return both windows as one."""
        return Table(self.old + other.old, self.new + other.new)


@dataclass(frozen=True, slots=True)
class Window:
    """What came in one window: failures, and answers slower than nearly all of the old version's.

    `slowness` counts slow answers as errors; it is empty where a source does not tell them.
    """

    errors: Table = Table()
    slowness: Table = Table()

    def __add__(self, other: "Window") -> "Window":
        """Return both windows as one."""
        return Window(self.errors + other.errors, self.slowness + other.slowness)
