"""`edgefleet canary explain`."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

import click

from edgefleet.cli.options.canary import canary_choice, steps_options
from edgefleet.cli.options.shared import env_option, format_option, root_option, tenants_options
from edgefleet.cli.output.json_output import print_json
from edgefleet.cli.output.show import show
from edgefleet.cli.output.target_errors import CHECK, target_errors
from edgefleet.cli.tenant_selection import refuse_dev, select_tenants
from edgefleet.cli.wiring import Wiring
from edgefleet.config.target import Environment
from edgefleet.core.output.terminal import terminal_width
from edgefleet.errors import EdgefleetError, UsageError
from edgefleet.fleet.explain.explain import measured_targets
from edgefleet.fleet.explain.models import ExplainedRing
from edgefleet.fleet.explain.report import explanation_text
from edgefleet.fleet.explain.rules import DEFAULT_GOAL, cannot_decide, explained, require_goal


@click.command("explain")
@tenants_options(former=None)
@env_option(required=True)
@steps_options
@click.option(
    "--errors",
    default=DEFAULT_GOAL,
    metavar="N%|Nx",
    show_default=True,
    help="The regression to see: so many of the requests fail, or so many times as many.",
)
@format_option("text", "json")
@root_option
def canary_explain(
    *,
    selector: str,
    exclude: str | None,
    environment: Environment,
    canary: tuple[float, ...] | None,
    soak: float | None,
    keep: float | None,
    errors: str,
    output_format: str,
    root: Path | None,
) -> None:
    """Say how long each step of a canary must last to see a regression, from the last day.

    The traffic is that which the policy's source counts; nothing is changed. Targets of a ring with
    the same policy are taken together, as deploy-all judges them. A plan that cannot come to a
    verdict before its deadline ends with 2.
    """
    refuse_dev(environment, selector)
    wiring = Wiring(root)
    names = select_tenants(wiring.root, selector, exclude=exclude)
    tenants = wiring.tenants(names, (environment,))
    choice = canary_choice(canary, soak, keep)
    require_goal(errors)
    with target_errors() as failed:
        targets = []
        ports = partial(replace, wiring.ports(), connect=wiring.connect_apart)
        for target, found in measured_targets(tenants, environment, choice, ports):
            if isinstance(found, EdgefleetError):
                failed.add(target, CHECK, found)
            elif found is None:
                wiring.progress.say(
                    f"note: {target} is not deployed: its first upload has no canary"
                )
            else:
                targets.append(found)
        rings = explained(targets, errors)
        if output_format == "json":
            listed = [ring.model_dump(mode="json", by_alias=True) for ring in rings]
            print_json([*listed, *failed.json()])
        else:
            for ring in rings:
                show(explanation_text(ring, terminal_width()))
        _require_verdicts(rings)


def _require_verdicts(rings: Iterable[ExplainedRing]) -> None:
    """Raise `UsageError` where a canary would come to no verdict before its deadline."""
    if why := "; ".join(filter(None, map(cannot_decide, rings))):
        raise UsageError(
            f"this plan cannot decide: {why}",
            hint="raise 'deadline' or lower 'minimumRequests' of the policy, or take more tenants "
            "into the ring (docs/canaries.md)",
        )
