"""`edgefleet tenant add`."""

from datetime import UTC, datetime
from pathlib import Path

import click

from edgefleet.cli.options.completion import complete_tenant
from edgefleet.cli.options.project import dry_run_option, yes_option
from edgefleet.cli.options.shared import format_option, root_option
from edgefleet.cli.output.project_change import carry_out, close
from edgefleet.cli.output.show import show
from edgefleet.config.files.fleet_file import fleet_of
from edgefleet.config.files.tenant_files import find_root
from edgefleet.config.report import findings_text
from edgefleet.config.validate import validate
from edgefleet.onboard.project.models import ProjectChange
from edgefleet.onboard.tenants.copied_tenant import copied_files, notes_of_copy
from edgefleet.onboard.tenants.new_tenant import (
    NewTenant,
    new_files,
    planned_tenant,
    require_free,
)


@click.command("add")
@click.argument("name")
@click.option("--account", required=True, metavar="ID", help="Its Cloudflare account: 32 digits.")
@click.option(
    "--like",
    shell_complete=complete_tenant,
    metavar="OTHER",
    help="A tenant whose settings it starts with: its files, without ids, hosts, pins and freezes.",
)
@click.option("--ring", type=click.IntRange(0, 99), help="When it is deployed among all.")
@click.option("--tags", metavar="TAG,...", help="Words to select it by, with commas.")
@dry_run_option
@yes_option
@format_option("text", "json")
@root_option
def tenant_add(
    *,
    name: str,
    account: str,
    like: str | None,
    ring: int | None,
    tags: str | None,
    dry_run: bool,
    yes: bool,
    output_format: str,
    root: Path | None,
) -> None:
    """Write the files of the new tenant NAME.

    What its environments cannot share, such as buckets and queues, gets a name in each.
    Then edgefleet says what its files lack: 'edgefleet provision' makes resources and writes ids.
    """
    home = find_root(Path.cwd(), root)
    words = tuple(word.strip() for word in tags.split(",")) if tags else ()
    new = NewTenant(name=name, account_id=account, ring=ring, tags=words)
    change = add_tenant(home, new, output_format, like=like, dry_run=dry_run, yes=yes)
    close(change, output_format=output_format, dry_run=dry_run)


def add_tenant(
    root: Path,
    new: NewTenant,
    output_format: str,
    *,
    like: str | None = None,
    dry_run: bool,
    yes: bool,
) -> ProjectChange:
    """Write the files of a new tenant, and say what they lack."""
    fleet = fleet_of(root)
    require_free(root, fleet, new)
    if like is None:
        wanted, notes = new_files(root, fleet, new)
    else:
        wanted, notes = copied_files(root, like, new), tuple(notes_of_copy(root, like, new))
    change = planned_tenant(root, fleet, new, wanted, notes)
    carry_out(change, output_format, dry_run=dry_run, yes=yes)
    if not dry_run:
        today = datetime.now(UTC).date()
        found = validate(root, (new.name,), fleet.deployable, today=today, keep=False)
        if found.findings:
            show(findings_text(found.findings), err=True)
    return change
