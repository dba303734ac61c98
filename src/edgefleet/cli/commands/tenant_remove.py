"""`edgefleet tenant remove`."""

import os
import sys
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from pathlib import Path

import click

from edgefleet.cli.options.completion import complete_tenant
from edgefleet.cli.options.locks import lock_options
from edgefleet.cli.options.shared import format_option, root_option
from edgefleet.cli.output.json_output import print_json
from edgefleet.cli.output.show import show
from edgefleet.cli.tenant_selection import select_one
from edgefleet.cli.wiring import Wiring
from edgefleet.errors import UsageError
from edgefleet.fleet.locking import hold_all, lock_owner
from edgefleet.github.environments import Environments
from edgefleet.github.repository import github_of
from edgefleet.locks.locking import LockMode
from edgefleet.onboard.tenants.removal import (
    RemovalDependencies,
    carried_out,
    decided_removal,
    unknown_names,
)
from edgefleet.onboard.tenants.removal_models import Holding
from edgefleet.onboard.tenants.removal_plan import open_targets, planned_removal
from edgefleet.onboard.tenants.removal_report import removal_text
from edgefleet.onboard.tenants.same_account import tenants_of_account
from edgefleet.records.provenance import origin


@click.command("remove")
@click.argument("name", shell_complete=complete_tenant)
@click.option("--apply", is_flag=True, help="Delete; without it, show what would be deleted.")
@click.option(
    "--delete", multiple=True, metavar="NAME", help="A script or resource, by its name; repeat it."
)
@click.option("--keep", multiple=True, metavar="NAME", help="A resource that stays; repeat it.")
@format_option("text", "json")
@lock_options
@root_option
def tenant_remove(
    *,
    name: str,
    apply: bool,
    delete: tuple[str, ...],
    keep: tuple[str, ...],
    output_format: str,
    wait: float,
    lock: str,
    root: Path | None,
) -> None:
    """Delete what the tenant NAME has at Cloudflare and at GitHub, and its files.

    Without --apply it shows the list. A script and a resource with data are deleted only if their
    names are typed: after a question on a terminal, with --delete elsewhere. What another tenant's
    files name, too, stays, and so do deployment records. The same command again finishes a removal
    that was interrupted.
    """
    if (delete or keep) and not apply:
        raise UsageError("--delete and --keep say what --apply does: add --apply")
    wiring = Wiring(root, lock_mode=LockMode(lock))
    name = select_one(wiring.root, name, "remove")
    tenant, *others = tenants_of_account(wiring.root, name, datetime.now(UTC).date())
    targets = open_targets(tenant, wiring.credentials, wiring.api)
    github = _github()
    removal = planned_removal(wiring.root, tenant, others, targets, github)
    if output_format == "text":
        show(removal_text(removal))
    if not apply:
        if output_format == "json":
            print_json(removal)
        click.echo(
            f"nothing was deleted; to do it: edgefleet tenant remove {name} --apply", err=True
        )
        return
    for word in unknown_names(removal, (*delete, *keep)):
        click.echo(f"note: {name} has no {word}, or has it no more", err=True)
    delete += _typed(removal.present, {*delete, *keep})
    removal = decided_removal(removal, delete, keep, f"edgefleet tenant remove {name}")
    run = lock_owner("remove", origin(wiring.root, wiring.environ), None)
    opened = [one.target for one in targets]
    with (
        hold_all(wiring, opened, run, wait=wait) as locker,
        locker.hold([str(one) for one in opened], run) as fence,
    ):
        deps = RemovalDependencies(wiring.root, targets, github, fence.check)
        for one in carried_out(removal, deps):
            click.echo(f"deleted: {one}", err=True)
    if output_format == "json":
        print_json(removal.model_copy(update={"applied": True}))


def _github() -> Environments | None:
    """Return GitHub's environments where the variables name a repository; raises where half do."""
    if not os.environ.get("GITHUB_REPOSITORY"):
        return None
    return Environments(github_of(os.environ))


def _typed(present: Iterable[Holding], named: Collection[str]) -> tuple[str, ...]:
    """Ask a person on a terminal to type the name of each thing; any other answer keeps it."""
    if not sys.stdin.isatty():
        return ()
    words = {one.typed: one.words for one in present if not one.is_named(named)}
    return tuple(
        name
        for name, what in words.items()
        if click.prompt(
            f"Type {name} to delete the {what}", default="", show_default=False, err=True
        )
        == name
    )
