"""`edgefleet canary continue`."""

from typing import Any

import click

from edgefleet.cli.canary_command import CanaryOptions, act, canary_command_options
from edgefleet.cli.options.shared import health_timeout_option
from edgefleet.underway.request import CanaryAction


@click.command("continue")
@canary_command_options
@click.option("--resume", is_flag=True, help="Let steps move again after a pause.")
@health_timeout_option("the new version")
def canary_continue(*, resume: bool, health_timeout: float | None, **options: Any) -> None:
    """Judge the canary of each tenant, and move it by one step at most.

    A step that is good and over is followed by the next one; the last one by all of the traffic and
    the health check as any client. A bad version is restored, exit 7. Too little traffic (11) and
    a source that fails (12) lead to what the policy says. A canary whose deadline has passed is
    restored. Where none is under way, nothing is done. It may be killed at any moment, and run
    again.
    """
    act(
        CanaryOptions(**options),
        CanaryAction.CONTINUE,
        resume=resume,
        health_timeout=health_timeout,
    )
