"""`edgefleet deploy`."""

from pathlib import Path

import click

from edgefleet.build.engine import WRANGLER
from edgefleet.cli.options.canary import canary_choice, canary_options
from edgefleet.cli.options.locks import lock_options_of_deploys
from edgefleet.cli.options.renamed import RenamedOption
from edgefleet.cli.options.shared import (
    allow_irreversible_option,
    allow_options,
    bundle_option,
    engine_option,
    env_option,
    expect_digest_option,
    force_option,
    format_option,
    health_timeout_option,
    no_cache_option,
    replace_split_option,
    root_option,
    tenant_option,
)
from edgefleet.cli.options.types import well_formed_text
from edgefleet.cli.output.json_output import print_json, record_on_failure
from edgefleet.cli.output.show import show
from edgefleet.cli.tenant_selection import refuse_dev, select_one
from edgefleet.cli.wiring import Wiring
from edgefleet.config.target import Environment, Target
from edgefleet.deploy.pipeline import deploy as run_deploy
from edgefleet.deploy.request import DeployRequest
from edgefleet.locks.locking import LockMode
from edgefleet.plan.saved_plans import read_plan
from edgefleet.records.provenance import origin
from edgefleet.records.report import record_text


@click.command()
@tenant_option
@env_option(required=True)
@click.option("--dry-run", is_flag=True, help="Do everything up to the upload, and stop there.")
@force_option
@click.option(
    "--ignore-hold",
    cls=RenamedOption,
    former=["--over-hold"],
    is_flag=True,
    help="Deploy though the tenant is pinned or frozen.",
)
@engine_option(WRANGLER)
@click.option("--reason", callback=well_formed_text, help="Why; it stands in the record.")
@click.option(
    "--plan",
    "plan_file",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="Deploy only what this file of plan's --output says, on the state that it saw.",
)
@canary_options
@replace_split_option
@allow_options
@allow_irreversible_option
@bundle_option("Deploy")
@expect_digest_option
@health_timeout_option("the new version")
@format_option("text", "json")
@lock_options_of_deploys
@no_cache_option
@root_option
def deploy(
    *,
    tenant: str,
    environment: Environment,
    dry_run: bool,
    force: bool,
    ignore_hold: bool,
    engine: str,
    reason: str | None,
    plan_file: Path | None,
    canary: tuple[float, ...] | None,
    soak: float | None,
    keep: float | None,
    first_step: bool,
    replace_split: bool,
    allow_foreign: bool,
    allow_older: bool,
    allow_irreversible: bool,
    bundle: Path | None,
    expect_digest: str | None,
    health_timeout: float | None,
    output_format: str,
    wait: float,
    lock: str,
    no_cache: bool,
    root: Path | None,
) -> None:
    """Deploy one tenant to one environment, and prove it healthy.

    It ends with the new version live and healthy, or with what was live before live again. With
    a canary the new version gets its traffic step by step, and each step is judged by what both
    versions serve (docs/canaries.md). With --first-step it ends once the first one is good.
    """
    refuse_dev(environment, tenant)
    wiring = Wiring(root, lock_mode=LockMode(lock), cache=not no_cache)
    name = select_one(wiring.root, tenant, "deploy")
    target = Target(tenant=name, environment=environment)
    request = DeployRequest(
        target=target,
        load=wiring.loader(name, environment),
        bundle=wiring.bundler(environment, bundle, expect_digest),
        origin=origin(wiring.root, wiring.environ),
        dry_run=dry_run,
        force=force,
        heed_hold=not ignore_hold,
        engine=engine,
        reason=reason,
        take_over=replace_split,
        allow_foreign=allow_foreign,
        allow_older=allow_older,
        accept_irreversible=allow_irreversible,
        saved_plan=read_plan(plan_file, target) if plan_file else None,
        wait=wait,
        health_deadline=health_timeout,
        canary=canary_choice(canary, soak, keep),
        first_step=first_step,
    )
    wiring.progress.heading(f"{'dry run: ' if dry_run else ''}deploy {name} to {environment}")
    ports = wiring.ports(dry_run=dry_run)
    with record_on_failure(ports.records, output_format):
        record = run_deploy(request, ports)
    if output_format == "json":
        print_json(record)
    else:
        show(record_text(record))
