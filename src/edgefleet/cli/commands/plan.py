"""`edgefleet plan`."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import click

from edgefleet.cli.locked_by import LockedBy
from edgefleet.cli.options.shared import (
    bundle_option,
    env_option,
    expect_digest_option,
    format_option,
    no_cache_option,
    parallel_option,
    root_option,
    tenants_options,
)
from edgefleet.cli.output.json_output import print_json
from edgefleet.cli.output.show import show
from edgefleet.cli.output.target_errors import CHECK, TargetErrors, target_errors
from edgefleet.cli.tenant_selection import refuse_dev, select_tenants
from edgefleet.cli.wiring import Wiring
from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.config.account_session import open_account
from edgefleet.config.files.kept_tenants import names_of
from edgefleet.config.target import Environment, Target, target_entry
from edgefleet.config.tenant import Tenant
from edgefleet.core.parallel import in_parallel
from edgefleet.deploy.checks.holds import hold, in_force
from edgefleet.errors import ChangesFound, EdgefleetError
from edgefleet.fleet.locking import targets_of
from edgefleet.plan.accounts import Accounts
from edgefleet.plan.plan import plan_target
from edgefleet.plan.report import plans_text
from edgefleet.plan.saved_plans import write_plans
from edgefleet.records.provenance import origin
from edgefleet.records.store import ListedRecords
from edgefleet.state.models import DeployStrategy, Plan


@click.command()
@tenants_options()
@env_option(required=True)
@click.option("--exit-code", is_flag=True, help="End with 3 where a deploy would change something.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the plans to a file, too, for --plan of deploy.",
)
@bundle_option("Compare with")
@expect_digest_option
@format_option("text", "json")
@parallel_option
@no_cache_option
@root_option
def plan(
    *,
    selector: str,
    exclude: str | None,
    environment: Environment,
    exit_code: bool,
    output: Path | None,
    bundle: Path | None,
    expect_digest: str | None,
    output_format: str,
    parallel: int,
    no_cache: bool,
    root: Path | None,
) -> None:
    """Show what a deploy would change, and how it would go about it; change nothing.

    Of several targets, those with the same plan are shown together. A pin or a freeze is shown;
    --exit-code passes such a target over, since a deploy skips it. Where it could not look
    at a target, it goes on with the others and ends with the code of the first such error.
    """
    refuse_dev(environment, selector)
    wiring = Wiring(root, cache=not no_cache)
    tenants = wiring.tenants(select_tenants(wiring.root, selector, exclude=exclude), (environment,))
    locked_by = LockedBy(wiring, targets_of(names_of(tenants), environment))
    found: list[tuple[Plan, str | None]] = []
    bundler = wiring.bundler(environment, bundle, expect_digest)
    with target_errors() as errors:
        for target, one in _plans(wiring, tenants, environment, bundler, parallel):
            if isinstance(one, EdgefleetError):
                errors.add(target, CHECK, one)
            else:
                found.append(one)
        if output:
            write_plans(output, (one for one, _ in found))
        _print(found, errors, locked_by, output_format)
        wiring.say_plain()
    if exit_code and any(pending(one) and not held for one, held in found):
        raise ChangesFound("")


def _print(
    found: Sequence[tuple[Plan, str | None]],
    errors: TargetErrors,
    locked_by: LockedBy,
    output_format: str,
) -> None:
    if output_format == "json":
        plans = [
            target_entry(
                one.target,
                {
                    **one.model_dump(mode="json"),
                    "held": held,
                    "locked_by": locked_by.json(one.target),
                },
            )
            for one, held in found
        ]
        print_json([*plans, *errors.json()])
    elif found:
        show(plans_text(found))


def _plans(
    wiring: Wiring,
    tenants: Sequence[Tenant],
    environment: Environment,
    bundler: Callable[[Tenant], Bundle],
    parallel: int,
) -> Iterator[tuple[Target, tuple[Plan, str | None] | EdgefleetError]]:
    """Yield each target's plan with the hold that is in force, or why edgefleet could not look."""
    alone = len(tenants) == 1
    records = ListedRecords(wiring.records.folder)
    now = wiring.clock.now()
    held = any(in_force(tenant.config, now) for tenant in tenants)
    here = origin(wiring.root, wiring.environ) if held else None  # git is asked only for a hold

    def one(tenant: Tenant) -> tuple[Plan, str | None]:
        target = Target(tenant=tenant.name, environment=environment)
        accounts = Accounts(wiring.api, seen=wiring.seen)
        way = open_account(tenant, target, wiring.credentials, accounts.connect, allow_plain=alone)
        told = records.of(target)
        bundle, manifests = bundler(tenant), wiring.manifests
        planned = plan_target(tenant, target, bundle, way, accounts.observe, told, manifests)
        return planned.plan, hold(tenant.config, now, here) if here else None

    targets = targets_of(names_of(tenants), environment)
    yield from zip(targets, in_parallel(tenants, one, parallel=parallel), strict=True)


def pending(found: Plan) -> bool:
    """Whether a deploy would do anything."""
    return found.course is not DeployStrategy.UNCHANGED
