"""Errors at some of many targets: collected while the others go on, printed together at the end."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import click

from edgefleet.build.built import NotBuilt
from edgefleet.cli.output.json_output import error_json
from edgefleet.config.target import Target, unknown_target
from edgefleet.core.model import Json
from edgefleet.errors import EdgefleetError

CHECK = "check"
"""The task without which nothing is known of a target."""


class TargetError(NamedTuple):
    """What a command could not do at a target, and why."""

    target: Target
    task: str
    """A verb, such as `check` or `repair`."""
    error: EdgefleetError


class TargetErrors:
    """The errors of one command over many targets."""

    def __init__(self) -> None:
        self._errors: list[TargetError] = []

    def add(self, target: Target, task: str, error: EdgefleetError) -> None:
        """Keep why the command could not do its task at a target."""
        self._errors.append(TargetError(target, task, error))
        error.said = True

    def __len__(self) -> int:
        return len(self._errors)

    def summary(self) -> Iterator[str]:
        """Yield a line for each target; each hint follows the targets that share it."""
        by_hint: dict[str, list[TargetError]] = {}
        for one in self._errors:
            by_hint.setdefault(one.error.hint, []).append(one)
        for hint, errors in by_hint.items():
            for target, task, error in errors:
                yield f"error: {target}: could not {task}: {error.message}"
            if hint:
                yield f"  -> {hint}"

    def json(self, task: str = CHECK) -> list[dict[str, Json]]:
        """Return an entry for each target at which this task failed: nothing is known of it."""
        return [
            unknown_target(target, error_json(error) | _unbuilt(error))
            for target, failed, error in self._errors
            if failed == task
        ]

    def raise_first(self) -> None:
        """Raise the first error, whose exit code the command ends with, if there is any."""
        if self._errors:
            raise self._errors[0].error


def _unbuilt(error: EdgefleetError) -> dict[str, Json]:
    return {"commit": error.commit} if isinstance(error, NotBuilt) else {}


@contextmanager
def target_errors() -> Iterator[TargetErrors]:
    """Yield what collects errors; print the summary at the end, then raise the first error.

    An error that ends the block early comes after the summary.
    """
    errors = TargetErrors()
    try:
        yield errors
    finally:
        for line in errors.summary():
            click.echo(line, err=True)
    errors.raise_first()
