"""Says what a run is doing: a spinner on a terminal, plain lines elsewhere; always on stderr."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

from rich.console import Console

from edgefleet.ports.clock import Clock


class Step:
    """One step under way; what it found out goes into `note`."""

    def __init__(self) -> None:
        self.note = ""


class Progress(Protocol):
    """What flows need in order to be followed."""

    def step(self, name: str) -> AbstractContextManager[Step]:
        """Show a step from its start to its end."""
        ...

    def heading(self, text: str) -> None:
        """Say what the steps that follow are about."""
        ...

    def say(self, text: str) -> None:
        """Say something that people must know."""
        ...


class ConsoleProgress:
    """A line for each step: its name, how it ended, its seconds, what it found."""

    def __init__(self, clock: Clock, console: Console | None = None) -> None:
        self._clock = clock
        self._console = console or Console(stderr=True, highlight=False)

    def heading(self, text: str) -> None:
        """Say what the steps that follow are about."""
        self._console.print(text, style="bold", markup=False)

    def say(self, text: str) -> None:
        """Say something that people must know."""
        self._console.print(text, markup=False, soft_wrap=True)

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Show a step from its start to its end, whichever way it ends."""
        step = Step()
        started = self._clock.monotonic()
        terminal = self._console.is_terminal
        try:
            with self._console.status(f"{name} ...") if terminal else nullcontext():
                yield step
        except BaseException:
            self._line("failed", name, started, step.note)
            raise
        self._line("ok", name, started, step.note)

    def _line(self, end: str, name: str, started: float, note: str) -> None:
        seconds = self._clock.monotonic() - started
        colour = "green" if end == "ok" else "red"
        self._console.print(f"  {name:<12}", end="", markup=False)
        self._console.print(f"{end:<7}", end="", style=colour)
        self._console.print(f"{seconds:6.1f} s  {note}".rstrip(), markup=False, soft_wrap=True)
