"""Shows a run over a fleet: a table that moves on a terminal, plain lines elsewhere; on stderr."""

import threading
from typing import Protocol, Self

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from edgefleet.core.clock import Clock
from edgefleet.fleet.models import Outcome, TargetResult

COLOURS = {
    Outcome.SUCCEEDED: "green",
    Outcome.UNCHANGED: "green",
    Outcome.HELD: "yellow",
    Outcome.INTERRUPTED: "yellow",
}
PER_SECOND = 8


class FleetDisplay(Protocol):
    """What a run over a fleet needs in order to be followed; called by many threads."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def say(self, text: str) -> None:
        """Say something that people must know."""
        ...

    def begun(self, tenant: str, phase: str) -> None:
        """Show that a target came to a phase."""
        ...

    def ended(self, member: TargetResult) -> None:
        """Show how a target ended."""
        ...


class LineDisplay:
    """A line for each target, when it has ended."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def say(self, text: str) -> None:
        """Say something that people must know."""
        with self._lock:
            self._console.print(text, markup=False, soft_wrap=True)

    def begun(self, tenant: str, phase: str) -> None:
        """Say nothing: a hundred targets have a thousand phases."""

    def ended(self, member: TargetResult) -> None:
        """Say how a target ended."""
        with self._lock:
            self._console.print(ending(member), soft_wrap=True)


class TableDisplay:
    """What is under way, as a table; what has ended scrolls away above it."""

    def __init__(self, total: int, clock: Clock, console: Console) -> None:
        self._total = total
        self._clock = clock
        self._lines = LineDisplay(console)
        self._lock = threading.Lock()
        self._under_way: dict[str, tuple[str, float]] = {}
        self._ended = 0
        self._live = Live(
            console=console,
            get_renderable=self._table,
            refresh_per_second=PER_SECOND,
            transient=True,
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def say(self, text: str) -> None:
        """Say something that people must know."""
        self._lines.say(text)

    def begun(self, tenant: str, phase: str) -> None:
        """Show that a target came to a phase."""
        with self._lock:
            since = self._under_way.get(tenant, ("", self._clock.monotonic()))[1]
            self._under_way[tenant] = (phase, since)

    def ended(self, member: TargetResult) -> None:
        """Show how a target ended."""
        with self._lock:
            self._under_way.pop(member.tenant, None)
            self._ended += 1
        self._lines.ended(member)

    def _table(self) -> Group:
        with self._lock:
            rows, ended = dict(self._under_way), self._ended
        now = self._clock.monotonic()
        table = Table("tenant", "phase", "time", box=None, padding=(0, 2, 0, 0))
        for tenant, (phase, since) in rows.items():
            table.add_row(tenant, phase, f"{now - since:.1f} s")
        return Group(table, Text(f"{ended} of {self._total} ended", style="bold"))


def fleet_display(total: int, clock: Clock) -> FleetDisplay:
    """Return what shows a run over `total` targets where we are."""
    console = Console(stderr=True, highlight=False)
    return TableDisplay(total, clock, console) if console.is_terminal else LineDisplay(console)


def ending(member: TargetResult) -> Text:
    """Return the line that says how a target ended."""
    line = Text(f"  {member.tenant:<24} ")
    line.append(f"{member.outcome:<14}", style=COLOURS.get(member.outcome, "red"))
    if member.seconds is not None:
        line.append(f" {member.seconds:6.1f} s")
    said = member.error.message if member.error else member.why or member.version_id or ""
    line.append(f"  {said.splitlines()[0] if said else ''}".rstrip())
    return line
