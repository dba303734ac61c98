"""`edgefleet init`."""

import sys
from pathlib import Path

import click

from edgefleet.cli.commands.tenant_add import add_tenant
from edgefleet.cli.options.project import actions_option, dry_run_option, yes_option
from edgefleet.cli.options.shared import format_option
from edgefleet.cli.output.project_change import carry_out, close
from edgefleet.config.files.fleet_file import fleet_of
from edgefleet.config.files.tenant_files import tenant_names
from edgefleet.errors import UsageError
from edgefleet.onboard.project.init import next_commands, planned_project
from edgefleet.onboard.project.workflows import ActionSource
from edgefleet.onboard.tenants.new_tenant import NewTenant, require_first


@click.command()
@click.option(
    "--worker",
    metavar="FOLDER",
    help="The folder with the Worker's wrangler file, relative to the fleet's. [default: the only "
    "one that there is]",
)
@click.option("--tenant", metavar="NAME", help="The first tenant; needs --account.")
@click.option("--account", metavar="ID", help="The first tenant's Cloudflare account.")
@actions_option
@dry_run_option
@yes_option
@format_option("text", "json")
@click.option(
    "--root",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="The folder that becomes a fleet. [default: the working folder]",
)
def init(
    *,
    worker: str | None,
    tenant: str | None,
    account: str | None,
    actions: ActionSource | None,
    dry_run: bool,
    yes: bool,
    output_format: str,
    root: Path | None,
) -> None:
    """Make a fleet of a repository with a Worker, or of an empty folder.

    It finds the Worker, its build and its environments, and writes fleet.jsonc, tenants/, schemas
    for editors, an example of .env.deploy and, with --actions, workflows; it appends to
    .gitignore. A file that is there stays as it is, so that a second run changes nothing. A folder
    without a Worker gets a small one.
    """
    home = (root or Path.cwd()).resolve()
    first = _first_tenant(tenant, account)
    if first is not None:
        require_first(home, fleet_of(home), first)
    change = planned_project(home, worker, actions)
    carry_out(change, output_format, dry_run=dry_run, yes=yes)
    if first is None and not dry_run and not yes and sys.stdin.isatty():
        first = _asked(home)
    named = (first.name, first.account_id) if first else None
    changes = [change]
    if first is not None and not dry_run and first.name not in tenant_names(home):
        changes.append(add_tenant(home, first, output_format, dry_run=False, yes=True))
    else:
        changes = [change.model_copy(update={"next": next_commands(home, named)})]
    close(*changes, output_format=output_format, dry_run=dry_run)


def _first_tenant(tenant: str | None, account: str | None) -> NewTenant | None:
    if (tenant is None) != (account is None):
        missing = "--account ID" if account is None else "--tenant NAME"
        raise UsageError("a first tenant has a name and an account", hint=f"add {missing}")
    return NewTenant(tenant, account) if tenant is not None and account is not None else None


def _asked(root: Path) -> NewTenant | None:
    """Ask a person for the first tenant, if there is none; an empty answer is none."""
    if tenant_names(root):
        return None
    question = "The first tenant's name (empty for none)"
    name = click.prompt(question, default="", show_default=False, err=True)
    if not name:
        return None
    return NewTenant(name, click.prompt("The id of its Cloudflare account", err=True))
