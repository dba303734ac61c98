"""`edgefleet rollback`."""

from pathlib import Path
from typing import Any

import click

from edgefleet.build.engine import ENGINES
from edgefleet.cli.options.locks import lock_options
from edgefleet.cli.options.renamed import RenamedOption, deprecation
from edgefleet.cli.options.shared import (
    PARALLEL,
    bundle_option,
    changing_parallel_option,
    env_option,
    expect_digest_option,
    format_option,
    health_timeout_option,
    replace_split_option,
    root_option,
    tenants_options,
)
from edgefleet.cli.options.types import well_formed_text
from edgefleet.cli.output.fleet_report import fleet_report
from edgefleet.cli.output.json_output import print_json, record_on_failure
from edgefleet.cli.output.rollback_preview import print_previews
from edgefleet.cli.output.show import show
from edgefleet.cli.tenant_selection import ALL, refuse_dev, select_tenants
from edgefleet.cli.wiring import Wiring
from edgefleet.config.target import SCHEMA_VERSION, Environment, Target
from edgefleet.core.model import Json
from edgefleet.errors import UsageError
from edgefleet.fleet.rollback import (
    FleetRollback,
    RollbackOptions,
    preview,
    roll_back,
    rollback_of_run,
    rollback_of_tenants,
)
from edgefleet.locks.locking import LockMode
from edgefleet.records.models import Record
from edgefleet.records.provenance import origin
from edgefleet.records.report import record_text
from edgefleet.records.signature import LONGEST_REASON
from edgefleet.rollback.named import CommitOptions, deploy_commit, find_version
from edgefleet.rollback.report import rollback_plan_text, rollback_text
from edgefleet.rollback.request import RollbackRequest
from edgefleet.rollback.rollback import rollback as run_rollback
from edgefleet.rollback.rules import PREVIOUS


class UnlessRun(RenamedOption):
    """An option that is required, unless `--run` says all of it."""

    def process_value(self, ctx: click.Context, value: Any) -> Any:
        """Return the value; raises `click.MissingParameter` where it is missing without `--run`."""
        if isinstance(ctx.params.get("run"), str) and self.value_is_missing(value):
            return None
        return super().process_value(ctx, value)


@click.command()
@click.option(
    "--run",
    is_eager=True,
    metavar="FILE|ID",
    help="Roll back what this run of deploy-all changed, by its record "
    "deployments/fleet-ENV-TIME.json; ID is the file's name without .json.",
)
@tenants_options(cls=UnlessRun)
@click.option("--ring", type=click.IntRange(0, 99), hidden=True)
@env_option(required=True, cls=UnlessRun)
@click.option(
    "--to",
    default=PREVIOUS,
    show_default=True,
    metavar="VERSION_ID|previous|GIT_REF",
    help="A version, also by its first eight digits; the last one recorded healthy; or a commit, "
    "which is built and deployed.",
)
@bundle_option("For --to GIT_REF: deploy")
@expect_digest_option
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    help="For --to GIT_REF: what makes the upload. [default: wrangler]",
)
@click.option(
    "--reason", callback=well_formed_text, help="Why; it stands in the record and at Cloudflare."
)
@click.option("--dry-run", is_flag=True, help="Say what would be done; change nothing.")
@changing_parallel_option(PARALLEL)
@click.option(
    "--allow-changed-secrets",
    cls=RenamedOption,
    former=["--accept-changed-secrets"],
    is_flag=True,
    help="Return to a version though secrets were changed since it was made.",
)
@replace_split_option
@health_timeout_option("the version")
@format_option("text", "json")
@click.option(
    "--take-over-lock",
    is_flag=True,
    help="Take the lock over from a run that is under way: it then puts nothing back.",
)
@lock_options
@root_option
def rollback(
    *,
    run: str | None,
    selector: str | None,
    exclude: str | None,
    ring: int | None,
    environment: Environment | None,
    to: str,
    bundle: Path | None,
    expect_digest: str | None,
    engine: str | None,
    reason: str | None,
    dry_run: bool,
    parallel: int,
    allow_changed_secrets: bool,
    replace_split: bool,
    health_timeout: float | None,
    output_format: str,
    take_over_lock: bool,
    wait: float,
    lock: str,
    root: Path | None,
) -> None:
    """Give an earlier version the traffic again, and prove it healthy.

    It ends with that version live and healthy, or with what was live before live again. The data
    in KV, D1, Durable Objects and Vectorize stays as it is (docs/runbooks/rollback-deployment.md).
    Several tenants go back to their previous versions, whatever becomes of each. With --run each
    target that a run of deploy-all changed goes back to the version that it ran before; a target
    in which another version is live by now is skipped.
    """
    if environment:
        refuse_dev(environment, selector or "NAME")
    if reason and len(reason.encode()) > LONGEST_REASON:
        raise UsageError(f"--reason is longer than {LONGEST_REASON} bytes", hint="shorten it")
    wiring = Wiring(root, lock_mode=LockMode(lock))
    options = RollbackOptions(
        reason=reason,
        dry_run=dry_run,
        parallel=parallel,
        allow_changed_secrets=allow_changed_secrets,
        replace_split=replace_split,
        health_timeout=health_timeout,
        wait=wait,
        take_over_lock=take_over_lock,
    )
    of_commit = CommitOptions(bundle, expect_digest, engine)
    _refuse_without_commit(of_commit, by_commit=to != PREVIOUS)
    if run is not None or selector is None or environment is None:
        if selector or exclude or ring is not None or to != PREVIOUS:
            raise UsageError(
                "--run goes without --tenants, --exclude and --to: the record names the targets "
                "and the version that each had before"
            )
        fleet = rollback_of_run(wiring, str(run), environment)
        if not fleet.results:
            wiring.progress.say("that run changed no target: there is nothing to roll back")
            return
        _roll_back_fleet(wiring, fleet, options, output_format)
        return
    selector = _selector(selector, ring)
    names = select_tenants(wiring.root, selector, exclude=exclude)
    if len(names) != 1 or names[0] != selector:
        if to != PREVIOUS:
            raise UsageError("--to goes with one tenant", hint="name it: --tenants NAME")
        fleet = rollback_of_tenants(wiring, names, environment)
        _roll_back_fleet(wiring, fleet, options, output_format)
        return
    (name,) = names
    target = Target(tenant=name, environment=environment)
    ports = wiring.ports(dry_run=dry_run)
    version_id = find_version(wiring, ports, target, to)
    asked = RollbackRequest(
        target=target,
        load=lambda: wiring.tenant_in(wiring.root, target),
        load_at=wiring.tenant_in,
        root=wiring.root,
        origin=origin(wiring.root, wiring.environ),
        to=version_id or to,
        reason=reason,
        dry_run=dry_run,
        accept_changed_secrets=allow_changed_secrets,
        take_over=replace_split,
        wait=wait,
        take_over_lock=take_over_lock,
        health_deadline=health_timeout,
    )
    wiring.progress.heading(f"{'dry run: ' if dry_run else ''}roll back {name} in {environment}")
    by_commit = to != PREVIOUS and version_id is None
    _refuse_without_commit(of_commit, by_commit=by_commit)
    if by_commit:
        with record_on_failure(ports.records, output_format):
            record = deploy_commit(wiring, ports, asked, of_commit)
        _print(record, record_text(record), output_format)
        return
    with record_on_failure(ports.records, output_format):
        record, way = run_rollback(asked, ports)
    if dry_run and way:
        preview = way.model_dump(mode="json") | {"schema_version": SCHEMA_VERSION, "dry_run": True}
        _print(preview, rollback_plan_text(way), output_format)
    else:
        _print(record, rollback_text(record), output_format)


def _refuse_without_commit(options: CommitOptions, *, by_commit: bool) -> None:
    if options.given and not by_commit:
        raise UsageError(
            "--bundle, --expect-digest and --engine go with --to GIT_REF: "
            "a version is uploaded already"
        )


def _roll_back_fleet(
    wiring: Wiring, fleet: FleetRollback, options: RollbackOptions, output_format: str
) -> None:
    if not options.dry_run:
        roll_back(wiring, fleet, options, fleet_report(wiring.root, output_format))
        return
    previews, notes = preview(wiring, fleet, options)
    for line in notes.lines():
        wiring.progress.say(line)
    print_previews(previews, output_format)


def _selector(selector: str, ring: int | None) -> str:
    """Return which tenants to roll back; `--tenants all --ring N` was once `--tenants ring:N`."""
    if (selector == ALL) != (ring is not None):
        raise UsageError(
            "--tenants all is refused: name the ring, or the tenants, to roll back",
            hint="--tenants ring:N, or --tenants NAME,NAME",
        )
    if ring is None:
        return selector
    click.echo(deprecation(f"--ring {ring}", f"--tenants ring:{ring}"), err=True)
    return f"ring:{ring}"


def _print(document: Record | Json, text: str, output_format: str) -> None:
    if output_format == "json":
        print_json(document)
    else:
        show(text)
