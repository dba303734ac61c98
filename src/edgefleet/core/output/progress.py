"""Show what a run is doing, on stderr: a spinner on a terminal, plain lines elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

import click

from edgefleet.core.clock import Clock
from edgefleet.core.output.terminal import colour_wanted


class ProgressStep:
    """A running step; its result goes into `note`."""

    def __init__(self) -> None:
        self.note = ""


class Progress(Protocol):
    """The progress display that code depends on."""

    def step(self, name: str) -> AbstractContextManager[ProgressStep]:
        """Show a step from its start to its end."""
        ...

    def heading(self, text: str) -> None:
        """Show a heading for the steps that follow."""
        ...

    def say(self, text: str) -> None:
        """Show a message that people must read."""
        ...


class ConsoleProgress:
    """A line for each step: its name, result, seconds and note."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._colour = colour_wanted()
        """None: where stderr is a terminal."""

    def heading(self, text: str) -> None:
        """Show a heading for the steps that follow."""
        click.secho(text, bold=True, err=True, color=self._colour)

    def say(self, text: str) -> None:
        """Show a message that people must read."""
        sys.stderr.write(f"{text}\n")  # click.echo would write into a spinner

    @contextmanager
    def step(self, name: str) -> Iterator[ProgressStep]:
        """Show a step from its start to its end, also if it fails."""
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
    # Only a terminal needs rich, whose import takes a fifth of a command's start-up time.
    from rich.console import Console

    return Console(stderr=True, highlight=False).status(text)
