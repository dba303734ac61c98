"""Options of commands that write files of the repository."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def dry_run_option(command: Command) -> Command:
    """Add `--dry-run`."""
    return click.option(
        "--dry-run", is_flag=True, help="Show what would be written; write nothing."
    )(command)


def yes_option(command: Command) -> Command:
    """Add `--yes`."""
    return click.option("--yes", is_flag=True, help="Ask nothing on a terminal.")(command)
