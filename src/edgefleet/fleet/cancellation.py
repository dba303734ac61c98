"""How the wish to stop reaches one target of many: at the start of a step, or in a wait.

A signal reaches the main thread alone, so a target's thread looks for the wish itself. It meets
it as the `KeyboardInterrupt` that a deploy of one target gets, once, and never during a restore.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from edgefleet.core.clock import Clock
from edgefleet.core.output.notes import NOTE, Notes
from edgefleet.core.output.progress import ProgressStep
from edgefleet.core.signals import Cancellation, cancellation_deferred
from edgefleet.fleet.display import FleetDisplay
from edgefleet.records.models import Phase


class TargetCancellation:
    """Tells one target that the run is to stop."""

    def __init__(self, halt: Cancellation, clock: Clock) -> None:
        self._halt = halt
        self._clock = clock
        self._deaf = False

    def check(self) -> None:
        """Raise `KeyboardInterrupt` if the run is to stop and the target was not told yet."""
        if self._halt.requested and not self._deaf and not cancellation_deferred():
            self._deaf = True
            raise KeyboardInterrupt

    def deafen(self) -> None:
        """Ignore further stops: the target failed, and is being restored."""
        self._deaf = True

    def wait(self, seconds: float) -> None:
        """Let time pass; the wish to stop ends the wait."""
        self.check()
        if self._deaf:
            self._clock.sleep(seconds)
            return
        self._halt.wait(seconds)
        self.check()


class InterruptibleClock:
    """A clock whose waits end when the run is to stop."""

    def __init__(self, clock: Clock, interruption: TargetCancellation) -> None:
        self._clock = clock
        self._interruption = interruption

    def now(self) -> datetime:
        """Return the time of day, UTC."""
        return self._clock.now()

    def monotonic(self) -> float:
        """Return seconds since some moment."""
        return self._clock.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self._interruption.wait(seconds)


class TargetProgress:
    """Shows one target's steps on the board of all."""

    def __init__(
        self, tenant: str, board: FleetDisplay, interruption: TargetCancellation, notes: Notes
    ) -> None:
        self._tenant = tenant
        self._board = board
        self._interruption = interruption
        self._notes = notes
        self.phase: Phase | None = None
        """The phase that was begun last."""

    def heading(self, text: str) -> None:
        """Say nothing: the board names each target."""

    def say(self, text: str) -> None:
        """Say something that people must know of this target; a note once its ring is done."""
        words = text.strip()
        if words.startswith(NOTE):
            self._notes.add(self._tenant, words)
        else:
            self._board.say(f"  {self._tenant}: {words}")

    @contextmanager
    def step(self, name: str) -> Iterator[ProgressStep]:
        """Show a step; it does not begin where the run is to stop."""
        self.phase = Phase(name)
        self._interruption.check()
        self._board.begun(self._tenant, name)
        try:
            yield ProgressStep()
        except BaseException:
            self._interruption.deafen()
            raise
