"""The part of `edgefleet validate --remote` that goes to Cloudflare."""

from dataclasses import replace
from pathlib import Path

import click

from edgefleet.cli.wiring import Wiring
from edgefleet.flows.access import open_account
from edgefleet.flows.validate import Validation
from edgefleet.flows.validate_remote import validate_remote
from edgefleet.model.target import Environment, Target
from edgefleet.model.tenant import Tenant
from edgefleet.ports.account import Account


def with_remote(result: Validation, root: Path) -> Validation:
    """Return what was found in the files, and what differs from the accounts that they name."""
    wiring = Wiring(root)
    # A plain CLOUDFLARE_API_TOKEN can be meant for one tenant only.
    allow_plain = len(result.names) == 1

    def account_of(tenant: Tenant, environment: Environment) -> Account:
        target = Target(tenant=tenant.name, environment=environment)
        way = open_account(
            tenant, target, wiring.credentials, wiring.accounts.connect, allow_plain=allow_plain
        )
        if way.credential.plain:
            click.echo(f"note: {way.credential.source} names no tenant ({target})", err=True)
        return way.account

    found = validate_remote(result, account_of)
    return replace(result, findings=(*result.findings, *found))
