"""`edgefleet canary abort`."""

from typing import Any

import click

from edgefleet.cli.canary_command import CanaryOptions, act, canary_command_options
from edgefleet.underway.request import CanaryAction


@click.command("abort")
@canary_command_options
def canary_abort(**options: Any) -> None:
    """End these canaries: the version before gets everything.

    While the version before is kept at 0 %, this is a rollback to it, with its settings.
    """
    act(CanaryOptions(**options), CanaryAction.ABORT)
