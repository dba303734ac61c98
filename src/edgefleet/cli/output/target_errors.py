"""What went wrong at some of many targets: said as it comes, while the others go on."""

import click

from edgefleet.cli.output.json_output import error_json
from edgefleet.config.target import Target, unknown_target
from edgefleet.core.model import Json
from edgefleet.errors import EdgefleetError

LOOK = "look"
"""The task at a target of which nothing is known then."""


class TargetErrors:
    """The failures of one command; each is said once, and a hint that many share once for all."""

    def __init__(self) -> None:
        self.errors: list[EdgefleetError] = []
        self._unseen: list[tuple[Target, EdgefleetError]] = []
        self._hints: set[str] = set()

    def note(self, target: Target, task: str, error: EdgefleetError) -> None:
        """Say what could not be done at a target, and what to do about it."""
        click.echo(f"error: {target}: could not {task}: {error.message}", err=True)
        if error.hint and error.hint not in self._hints:
            self._hints.add(error.hint)
            click.echo(f"  -> {error.hint}", err=True)
        if task == LOOK:
            self._unseen.append((target, error))
        error.said = True
        self.errors.append(error)

    def json(self) -> list[dict[str, Json]]:
        """Return an entry for each target of which nothing is known."""
        return [unknown_target(target, error_json(error)) for target, error in self._unseen]

    def end(self) -> None:
        """Raise the first one, if there is any."""
        if self.errors:
            raise self.errors[0]
