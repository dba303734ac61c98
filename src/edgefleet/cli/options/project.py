"""Options of commands that write files of the repository."""

from collections.abc import Callable
from importlib.metadata import version
from typing import Any, TypeVar

import click

from edgefleet.errors import UsageError
from edgefleet.onboard.project.workflows import ActionSource
from edgefleet.toolchain.own_version import source_commit

Command = TypeVar("Command", bound=Callable[..., Any])


def dry_run_option(command: Command) -> Command:
    """Add `--dry-run`."""
    return click.option(
        "--dry-run", is_flag=True, help="Show what would be written; write nothing."
    )(command)


def actions_option(command: Command) -> Command:
    """Add `--actions OWNER/NAME@COMMIT`, given to the command as an `ActionSource` or None."""
    return click.option(
        "--actions",
        type=ActionSourceType(),
        help="Write workflows for GitHub, which use edgefleet's actions of this repository and "
        "commit. Without @COMMIT: the one that this edgefleet is of.",
    )(command)


class ActionSourceType(click.ParamType[ActionSource]):
    """`OWNER/NAME@COMMIT`: a repository with edgefleet's actions, and all 40 digits of a commit.

    Without a commit it is that of the edgefleet which runs, as `own` returns it.
    """

    name = "OWNER/NAME@COMMIT"

    def __init__(self, own: Callable[[], str] = source_commit) -> None:
        self._own = own

    def convert(
        self,
        value: str | ActionSource,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> ActionSource:
        """Return where actions come from."""
        if isinstance(value, ActionSource):
            return value
        repository, at, named = value.partition("@")
        commit = named if at else self._own()
        try:
            return ActionSource(repository=repository, commit=commit, version=version("edgefleet"))
        except UsageError as error:
            self.fail(f"{error.message} (write OWNER/NAME@COMMIT)", param, ctx)


def yes_option(command: Command) -> Command:
    """Add `--yes`."""
    return click.option("--yes", is_flag=True, help="Ask nothing on a terminal.")(command)
