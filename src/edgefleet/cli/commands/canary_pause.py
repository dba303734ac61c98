"""`edgefleet canary pause`."""

from typing import Any

import click

from edgefleet.cli.canary_command import CanaryOptions, act, canary_command_options
from edgefleet.underway.request import CanaryAction


@click.command("pause")
@canary_command_options
def canary_pause(**options: Any) -> None:
    """Let no step of these canaries move until 'edgefleet canary continue --resume'.

    'continue' goes on judging: a bad version is restored. The deadline stays as it is.
    """
    act(CanaryOptions(**options), CanaryAction.PAUSE)
