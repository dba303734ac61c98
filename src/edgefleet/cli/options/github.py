"""Options of commands that change the repository at GitHub."""

import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

from edgefleet.github.repository import GitHub, github_of

Command = TypeVar("Command", bound=Callable[..., Any])


def repo_option(command: Command) -> Command:
    """Add `--repo OWNER/NAME`; `github_named` opens it."""
    return click.option(
        "--repo",
        metavar="OWNER/NAME",
        help="The repository. [default: that of the variable GITHUB_REPOSITORY]",
    )(command)


def github_named(repo: str | None) -> GitHub:
    """Return the repository of `--repo`, or that of the variables; raises as `github_of`."""
    return github_of({**os.environ, **({"GITHUB_REPOSITORY": repo} if repo else {})})
