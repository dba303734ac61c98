"""`edgefleet tag`."""

from contextlib import nullcontext
from pathlib import Path

import click

from edgefleet.cli.options.locks import lock_options
from edgefleet.cli.options.shared import env_option, format_option, root_option, tenant_option
from edgefleet.cli.output.json_output import print_json
from edgefleet.cli.tenant_selection import refuse_dev, select_one
from edgefleet.cli.wiring import Wiring
from edgefleet.config.target import Environment, Target
from edgefleet.core.git import Tags
from edgefleet.fleet.locking import hold_all, lock_owner
from edgefleet.history.git_tag import tag as run_tag
from edgefleet.locks.locking import LockMode
from edgefleet.records.provenance import origin


@click.command()
@tenant_option
@env_option(required=True)
@click.option("--create", is_flag=True, help="Make the tag, annotated, in this repository.")
@format_option("text", "json")
@lock_options
@root_option
def tag(
    *,
    tenant: str,
    environment: Environment,
    create: bool,
    output_format: str,
    wait: float,
    lock: str,
    root: Path | None,
) -> None:
    """Print the git tag of a target's last successful deploy; with --create, make it.

    It names the commit that the record in deployments/ tells of. Nothing is pushed.
    """
    refuse_dev(environment, tenant)
    wiring = Wiring(root, lock_mode=LockMode(lock))
    name = select_one(wiring.root, tenant, "tag")
    target = Target(tenant=name, environment=environment)
    run = lock_owner("tag", origin(wiring.root, wiring.environ), None)
    with hold_all(wiring, [target], run, wait=wait) if create else nullcontext():
        found = run_tag(target, wiring.records.of(target), Tags(wiring.root), create=create)
    if output_format == "json":
        print_json(found)
    else:
        click.echo(found.name)
    if create:
        how = "made" if found.created else "it was made before"
        wiring.progress.say(f"{how}, in this repository; push it: git push origin {found.name}")
