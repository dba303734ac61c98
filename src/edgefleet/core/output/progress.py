"""Says what a run is doing: a spinner on a terminal, plain lines elsewhere; always on stderr."""

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

import click

from edgefleet.core.clock import Clock
from edgefleet.core.output.terminal import colour_wanted


class ProgressStep:
    """One step under way; what it found out goes into `note`."""

    def __init__(self) -> None:
        self.note = ""


class Progress(Protocol):
    """What flows need in order to be followed."""

    def step(self, name: str) -> AbstractContextManager[ProgressStep]:
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

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._colour = colour_wanted()
        """None: where stderr is a terminal."""

    def heading(self, text: str) -> None:
        """Say what the steps that follow are about."""
        click.secho(text, bold=True, err=True, color=self._colour)

    def say(self, text: str) -> None:
        """Say something that people must know."""
        sys.stderr.write(f"{text}\n")  # and not click's way, which would write into a spinner

    @contextmanager
    def step(self, name: str) -> Iterator[ProgressStep]:
        """Show a step from its start to its end, whichever way it ends."""
        step = ProgressStep()
        started = self._clock.monotonic()
        try:
            with _spinner(f"{name} ...") if sys.stderr.isatty() else nullcontext():
                yield step
        except BaseException:
            self._line("failed", name, started, step.note)
            raise
        self._line("ok", name, started, step.note)

    def _line(self, end: str, name: str, started: float, note: str) -> None:
        seconds = self._clock.monotonic() - started
        ended = click.style(f"{end:<7}", fg="green" if end == "ok" else "red")
        line = f"  {name:<12}{ended}{seconds:6.1f} s  {note}".rstrip()
        click.echo(line, err=True, color=self._colour)


def _spinner(text: str) -> AbstractContextManager[object]:
    # Only a terminal needs rich, which takes a fifth of the time in which a command starts.
    from rich.console import Console

    return Console(stderr=True, highlight=False).status(text)
