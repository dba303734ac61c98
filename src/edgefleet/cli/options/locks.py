"""Options of commands that hold targets against other machines: `--wait` and `--lock`."""

import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

from edgefleet.cli.options.types import DurationType
from edgefleet.locks.locking import LockMode

Command = TypeVar("Command", bound=Callable[..., Any])

ON_GITHUB_SECONDS = 15 * 60.0
"""For how long a deploy waits by itself in a job of GitHub Actions, which no person looks at."""


def lock_options(command: Command) -> Command:
    """Add `--wait DURATION` and `--lock MODE`, given to the command as `wait` and `lock`."""
    return _lock_options(command, lambda: 0.0, "do not wait")


def lock_options_of_deploys(command: Command) -> Command:
    """Add the same options; in GitHub Actions a deploy waits for 15 minutes by itself."""
    return _lock_options(command, _wait_of_deploys, "do not wait; 15m in GitHub Actions")


def _wait_of_deploys() -> float:
    return ON_GITHUB_SECONDS if os.environ.get("GITHUB_ACTIONS") == "true" else 0.0


def _lock_options(command: Command, default: Callable[[], float], words: str) -> Command:
    wait = click.option(
        "--wait",
        type=DurationType(),
        default=default,
        metavar="DURATION",
        help=f"Wait so long for a run that holds the target, such as 15m. [default: {words}]",
    )
    mode = click.option(
        "--lock",
        type=click.Choice([mode.value for mode in LockMode]),
        envvar="EDGEFLEET_LOCK",
        default=LockMode.AUTO.value,
        show_default=True,
        help="Where the target is held: at the git remote (shared), on this machine (local), or "
        "at the remote where it can be pushed to (auto).",
    )
    return wait(mode(command))
