"""`edgefleet plan`."""

from pathlib import Path

import click

from edgefleet.cli.deploy import refuse_dev
from edgefleet.cli.failures import Failures
from edgefleet.cli.json_output import print_json
from edgefleet.cli.options import (
    bundle_option,
    env_option,
    expect_digest_option,
    format_option,
    root_option,
    tenant_option,
)
from edgefleet.cli.select import select_tenants
from edgefleet.cli.show import show
from edgefleet.cli.wiring import Wiring
from edgefleet.errors import ChangesFound, EdgefleetError
from edgefleet.flows.access import open_account
from edgefleet.flows.plan import plan_target
from edgefleet.model.plan import Course, Plan
from edgefleet.model.target import Environment, Target
from edgefleet.reports.plan import plan_text


@click.command()
@tenant_option(or_all=True)
@env_option(required=True)
@click.option("--exit-code", is_flag=True, help="End with 3 where a deploy would change something.")
@bundle_option("Compare with")
@expect_digest_option
@format_option("text", "json")
@root_option
def plan(
    *,
    tenant: str,
    environment: Environment,
    exit_code: bool,
    bundle: Path | None,
    expect_digest: str | None,
    output_format: str,
    root: Path | None,
) -> None:
    """Show what a deploy would change, and how it would go about it; change nothing."""
    refuse_dev(environment, tenant)
    wiring = Wiring(root)
    tenants = wiring.tenants(select_tenants(wiring.root, tenant), (environment,))
    bundler = wiring.bundler((environment,), bundle, expect_digest)
    plans: list[Plan] = []
    failures = Failures()
    for one in tenants:
        target = Target(tenant=one.name, environment=environment)
        alone = len(tenants) == 1
        try:
            way = open_account(
                one, target, wiring.credentials, wiring.accounts.connect, allow_plain=alone
            )
            observe, records = wiring.accounts.observe, wiring.records.of(target)
            plans.append(plan_target(one, target, bundler(one), way, observe, records).plan)
        except EdgefleetError as error:
            failures.note(target, "look", error)
            continue
        if output_format == "text":
            show(plan_text(plans[-1]))
    if output_format == "json":
        print_json([found.model_dump(mode="json") for found in plans])
    failures.end()
    if exit_code and any(pending(found) for found in plans):
        raise ChangesFound("")


def pending(found: Plan) -> bool:
    """Whether a deploy would do anything."""
    return found.course is not Course.UNCHANGED
