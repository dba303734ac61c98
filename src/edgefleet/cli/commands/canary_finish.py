"""`edgefleet canary finish`."""

from typing import Any

import click

from edgefleet.cli.canary_command import CanaryOptions, act, canary_command_options
from edgefleet.cli.options.shared import health_timeout_option
from edgefleet.underway.request import CanaryAction


@click.command("finish")
@canary_command_options
@click.option("--ignore-hold", is_flag=True, help="Finish though the tenant is pinned or frozen.")
@health_timeout_option("the new version")
def canary_finish(*, ignore_hold: bool, health_timeout: float | None, **options: Any) -> None:
    """Give everything to the new versions now, whatever is left of their steps.

    Each is checked as any client does, and the version before restored if it is not healthy. A
    pinned or frozen tenant is refused, as by a deploy.
    """
    act(
        CanaryOptions(**options),
        CanaryAction.FINISH,
        heed_hold=not ignore_hold,
        health_timeout=health_timeout,
    )
