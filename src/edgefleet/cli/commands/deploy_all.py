"""`edgefleet deploy-all`."""

from contextlib import nullcontext
from pathlib import Path

import click

from edgefleet.build.engine import API
from edgefleet.cli.options.canary import canary_choice, steps_options
from edgefleet.cli.options.locks import lock_options_of_deploys
from edgefleet.cli.options.shared import (
    allow_irreversible_option,
    allow_options,
    bundle_option,
    changing_parallel_option,
    engine_option,
    env_option,
    expect_digest_option,
    force_option,
    format_option,
    health_timeout_option,
    no_cache_option,
    root_option,
    tenants_options,
)
from edgefleet.cli.options.types import well_formed_text
from edgefleet.cli.output.fleet_report import fleet_report
from edgefleet.cli.tenant_selection import ALL, refuse_dev, select_tenants
from edgefleet.cli.wiring import Wiring
from edgefleet.config.target import Environment
from edgefleet.errors import UsageError
from edgefleet.fleet.locking import hold_all, lock_owner, targets_of
from edgefleet.fleet.models import FleetOptions
from edgefleet.fleet.prepare import StoredBundle, prepare
from edgefleet.fleet.records.resume import record_to_resume, tenants_to_resume
from edgefleet.fleet.run import run_fleet
from edgefleet.locks.locking import LocalLocker, LockMode
from edgefleet.records.models import Action


@click.command()
@env_option(required=True)
@tenants_options(former="--only", default=ALL)
@changing_parallel_option(1)
@click.option(
    "--continue-on-error", is_flag=True, help="Finish a ring though some of its targets failed."
)
@click.option(
    "--max-failures",
    metavar="N|N%",
    help="How many failures are tolerated before no further target starts. [default: 0]",
)
@engine_option(API)
@bundle_option("Deploy")
@expect_digest_option
@force_option
@allow_options
@allow_irreversible_option
@click.option(
    "--resume",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    metavar="FILE",
    help="Do what is left of an earlier run, by its record deployments/fleet-*.json.",
)
@click.option(
    "--allow-rolled-back",
    is_flag=True,
    help="Resume though targets of that run were rolled back since; those are skipped.",
)
@steps_options
@click.option("--reason", callback=well_formed_text, help="Why; it stands in the records.")
@click.option(
    "--smoke",
    is_flag=True,
    help="Try each Worker once it is deployed with the smoke test of fleet.jsonc; one that fails "
    "is a failure, and stays live.",
)
@health_timeout_option("each new version")
@format_option("text", "json")
@lock_options_of_deploys
@no_cache_option
@root_option
def deploy_all(
    *,
    environment: Environment,
    selector: str,
    exclude: str | None,
    parallel: int,
    continue_on_error: bool,
    max_failures: str | None,
    engine: str,
    bundle: Path | None,
    expect_digest: str | None,
    force: bool,
    allow_foreign: bool,
    allow_older: bool,
    allow_irreversible: bool,
    resume: Path | None,
    allow_rolled_back: bool,
    canary: tuple[float, ...] | None,
    soak: float | None,
    keep: float | None,
    reason: str | None,
    smoke: bool,
    health_timeout: float | None,
    output_format: str,
    wait: float,
    lock: str,
    no_cache: bool,
    root: Path | None,
) -> None:
    """Deploy many tenants to one environment, ring by ring, and prove each healthy.

    Everything is checked before the first target is touched. Each target ends with the new
    version live and healthy, or as it was; pinned and frozen tenants are skipped. Exit 10 if
    any failed: the summary ends with the command that does what is left (docs/fleets.md). With
    a canary the targets of a ring take each step together, and are judged together: 7 if the
    version was bad, 11 at too little traffic, 12 if what counts failed (docs/canaries.md).
    """
    refuse_dev(environment, "NAME")
    wiring = Wiring(root, lock_mode=LockMode(lock), cache=not no_cache)
    choice = canary_choice(canary, soak, keep)
    options = FleetOptions(
        engine=engine,
        parallel=parallel,
        continue_on_error=continue_on_error,
        max_failures=max_failures,
        force=force,
        allow_foreign=allow_foreign,
        allow_older=allow_older,
        accept_irreversible=allow_irreversible,
        canary=not choice.off,
        steps=choice.steps,
        soak=choice.soak,
        keep=choice.keep,
        smoke=smoke,
        health_timeout=health_timeout,
    )
    before = None
    if resume:
        if selector != ALL or exclude:
            raise UsageError("--resume selects the tenants: leave out --tenants and --exclude")
        before = record_to_resume(resume, environment)
        names = tenants_to_resume(wiring, before, allow_rolled_back=allow_rolled_back)
        if not names:
            wiring.progress.say("nothing is left of that run: every target is done")
            return
    else:
        names = select_tenants(wiring.root, selector, exclude=exclude)
    if not names:
        raise UsageError("tenants/ is empty: there is nothing to deploy")
    bundles = StoredBundle(bundle, expect_digest)
    run = prepare(wiring, environment, names, options, bundles, before, reason=reason)
    record = run.record.model_copy(update={"resumes": resume.name if resume else None})
    targets = targets_of(run.tenants, environment)
    owner = lock_owner(Action.DEPLOY, record, reason)
    holding = hold_all(wiring, targets, owner, wait=wait) if targets else nullcontext(LocalLocker())
    with holding as locking:
        report = fleet_report(wiring.root, output_format)
        change = run.change(locking)
        run_fleet(wiring, record, change, run.cancellation, report, run.canaries)
