"""`edgefleet history`."""

from collections.abc import Sequence
from pathlib import Path

import click

from edgefleet.cli.options.shared import (
    env_option,
    format_option,
    parallel_option,
    root_option,
    tenants_options,
)
from edgefleet.cli.output.json_output import print_json
from edgefleet.cli.output.show import show
from edgefleet.cli.output.target_errors import CHECK, target_errors
from edgefleet.cli.tenant_selection import ALL, refuse_dev, select_tenants
from edgefleet.cli.wiring import Wiring
from edgefleet.config.target import Environment, Target
from edgefleet.config.tenant import Tenant
from edgefleet.core.output.terminal import terminal_width
from edgefleet.deploy.checks.holds import in_force
from edgefleet.errors import CredentialError
from edgefleet.history.read import Told, cloudflare
from edgefleet.history.read import history as run_history
from edgefleet.history.report import history_footer, history_json, history_text
from edgefleet.locks.unlock import UnlockRecords


@click.command()
@tenants_options(default=ALL)
@env_option(required=False)
@click.option(
    "--limit",
    type=click.IntRange(min=1, max=1000),
    default=20,
    show_default=True,
    help="How many entries, the newest first.",
)
@click.option("--offline", is_flag=True, help="From records alone; Cloudflare is not asked.")
@format_option("text", "json")
@parallel_option
@root_option
def history(
    *,
    selector: str,
    exclude: str | None,
    environment: Environment | None,
    limit: int,
    offline: bool,
    output_format: str,
    parallel: int,
    root: Path | None,
) -> None:
    """List what was deployed: records, joined with Cloudflare's deployments.

    What edgefleet deployed on another machine (in CI, say) is known by the messages that it left at
    Cloudflare. Any other deployment is `unrecorded`: it was made with other tools (the dashboard,
    wrangler).
    Where it could not look at a target, it goes on with the others and ends with the code of the
    first such error. Pins and freezes that are in force stand below (not with --offline).
    """
    if environment:
        refuse_dev(environment, selector)
    wiring = Wiring(root)
    names = select_tenants(wiring.root, selector, exclude=exclude)
    environments = (environment,) if environment else wiring.fleet.deployable
    targets = [Target(tenant=name, environment=one) for name in names for one in environments]
    tenants = () if offline else wiring.tenants(names, environments)
    told = None if offline else _cloudflare(wiring, tenants, limit)
    found = run_history(
        targets,
        wiring.records,
        told,
        unlocks=UnlockRecords(wiring.records.folder),
        limit=limit,
        parallel=parallel,
    )
    entries, failed = found.entries, found.failures
    with target_errors() as errors:
        for target, error in failed:
            if isinstance(error, CredentialError):
                error.hint = f"{error.hint}; or read the records alone, with --offline"
            errors.add(target, CHECK, error)
        if output_format == "json":
            print_json([*history_json(entries), *errors.json()])
        elif entries or not failed:
            show(history_text(entries, terminal_width()))
        for words in history_footer(entries, found.known, whole=found.whole):
            wiring.progress.say(words)
        for one in tenants:
            if held := in_force(one.config, wiring.clock.now()):
                wiring.progress.say(f"{one.name} is {held}")
        wiring.say_plain()


def _cloudflare(wiring: Wiring, tenants: Sequence[Tenant], limit: int) -> Told:
    return cloudflare(tenants, wiring.credentials, wiring.connect_apart, limit=limit)
