"""The part of `edgefleet validate --remote` that goes to Cloudflare."""

from dataclasses import replace
from pathlib import Path

from edgefleet.cli.output.target_errors import CHECK, TargetErrors
from edgefleet.cli.wiring import Wiring
from edgefleet.config.account_api import AccountApi
from edgefleet.config.account_session import open_account
from edgefleet.config.target import Environment, Target
from edgefleet.config.tenant import Tenant
from edgefleet.config.validate import Validation
from edgefleet.config.validate_remote import validate_remote


def with_remote(
    result: Validation, root: Path, errors: TargetErrors, *, parallel: int
) -> Validation:
    """Return what was found in the files, and what differs from the accounts that they name.

    `errors` gets each target that edgefleet could not check.
    """
    wiring = Wiring(root)
    if len(result.names) > 1:
        wiring.keep_budgets(result.tenants)
    # A plain CLOUDFLARE_API_TOKEN can be meant for one tenant only.
    allow_plain = len(result.names) == 1

    def account_of(tenant: Tenant, environment: Environment) -> AccountApi:
        target = Target(tenant=tenant.name, environment=environment)
        return open_account(
            tenant, target, wiring.credentials, wiring.connect_apart, allow_plain=allow_plain
        ).account

    found, failed = validate_remote(result, account_of, parallel=parallel)
    wiring.say_plain()
    for target, error in failed:
        errors.add(target, CHECK, error)
    return replace(result, findings=(*result.findings, *found))
