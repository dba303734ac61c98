"""`edgefleet deploy-all`."""

from contextlib import nullcontext
from pathlib import Path

import click

from edgefleet.build.engine import API
from edgefleet.cli.commands.deploy import refuse_dev
from edgefleet.cli.fleet_prepare import Given, prepare
from edgefleet.cli.fleet_run import run_fleet
from edgefleet.cli.held_targets import held, run_of, targets_of
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
    root_option,
    tenants_options,
)
from edgefleet.cli.options.types import well_formed_text
from edgefleet.cli.tenant_selection import ALL, select_tenants
from edgefleet.cli.wiring import Wiring
from edgefleet.config.target import Environment
from edgefleet.config.tenant_files import tenant_names
from edgefleet.errors import UsageError
from edgefleet.fleet.models import FleetOptions, FleetRecord
from edgefleet.fleet.resume import remaining_tenants
from edgefleet.fleet.store import read_fleet
from edgefleet.fleet.undo import taken_back
from edgefleet.locks.locking import LocalLocker, LockMode
from edgefleet.records.models import Action
from edgefleet.records.store import ListedRecords


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
    help="How many failures are borne before the rest is left alone. [default: 0]",
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
    help="Resume though targets of that run were rolled back since; those are left alone.",
)
@click.option("--reason", callback=well_formed_text, help="Why; it stands in the records.")
@click.option(
    "--smoke",
    is_flag=True,
    help="Chat with each Worker once it is deployed; one that fails is a failure, and stays live. "
    "Tenants with API keys need EDGEFLEET_SMOKE_KEY_<TENANT>.",
)
@health_timeout_option("each new version")
@format_option("text", "json")
@lock_options_of_deploys
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
    reason: str | None,
    smoke: bool,
    health_timeout: float,
    output_format: str,
    wait: float,
    lock: str,
    root: Path | None,
) -> None:
    """Deploy many tenants to one environment, ring by ring, and prove each healthy.

    Everything is checked before the first target is touched. Each target ends with the new
    version live and healthy, or as it was; pinned and frozen tenants are left alone. Exit 10 if
    any failed: the summary ends with the command that does what is left (docs/fleets.md).
    """
    refuse_dev(environment, "NAME")
    wiring = Wiring(root, lock_mode=LockMode(lock))
    conduct = FleetOptions(
        engine=engine,
        parallel=parallel,
        continue_on_error=continue_on_error,
        max_failures=max_failures,
        force=force,
        allow_foreign=allow_foreign,
        allow_older=allow_older,
        accept_irreversible=allow_irreversible,
        smoke=smoke,
        health_timeout=health_timeout,
    )
    before = _resumed(resume, environment, selector, exclude)
    if before:
        names = _left(wiring, before, allow_rolled_back=allow_rolled_back)
    else:
        names = select_tenants(wiring.root, selector, exclude=exclude)
    if before and not names:
        wiring.progress.say("nothing is left of that run: every target is done")
        return
    if not names:
        raise UsageError("tenants/ is empty: there is nothing to deploy")
    run = prepare(
        wiring, environment, names, conduct, Given(bundle, expect_digest), before, reason=reason
    )
    record = run.record.model_copy(update={"resumes": resume.name if resume else None})
    targets = targets_of(run.going, environment)
    holder = run_of(Action.DEPLOY, record, reason)
    holding = held(wiring, targets, holder, wait=wait) if targets else nullcontext(LocalLocker())
    with holding as locking:
        run_fleet(wiring, record, run.change(locking), run.halt, output_format)


def _resumed(
    path: Path | None, environment: Environment, selector: str, exclude: str | None
) -> FleetRecord | None:
    if path is None:
        return None
    if selector != ALL or exclude:
        raise UsageError("--resume does what is left of a run; it goes with no selection")
    record = read_fleet(path)
    if record.environment is not environment or record.action is not Action.DEPLOY:
        what = f"a {record.action} in {record.environment}"
        raise UsageError(f"{path} is the record of {what}, not of a deploy to {environment}")
    return record


def _left(wiring: Wiring, before: FleetRecord, *, allow_rolled_back: bool) -> tuple[str, ...]:
    """Return the tenants that are left of a run; the record's words are names, no selectors.

    Raises `UsageError` where the release of that run was taken back since.
    """
    records = ListedRecords(wiring.records.folder)
    back = taken_back(before, records.of)
    if back and not allow_rolled_back:
        raise UsageError(
            f"the release of that run was rolled back since at {len(back)} of its "
            f"{len(before.members)} targets: {', '.join(back)}",
            hint="deploy a new release, or what is left of this one to the other targets: "
            "the same command with --allow-rolled-back",
        )
    if back:
        wiring.progress.say(f"note: rolled back since, and left alone: {', '.join(back)}")
    left = [name for name in remaining_tenants(before, records.last_change) if name not in back]
    there = tenant_names(wiring.root)
    for name in left:
        if name not in there:
            raise UsageError(f"there is no tenant '{name}', which is left of that run")
    return tuple(left)
