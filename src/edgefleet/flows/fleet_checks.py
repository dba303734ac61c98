"""What is looked at before the first target of a fleet is touched."""

from concurrent.futures import ThreadPoolExecutor

from edgefleet.errors import CloudflareError, CredentialError
from edgefleet.flows.access import Connect, open_account
from edgefleet.model.target import Environment, Target
from edgefleet.model.tenant import Tenant
from edgefleet.ports.credentials import Credentials

Refusal = CredentialError | CloudflareError


def check_credentials(
    tenants: tuple[Tenant, ...],
    environment: Environment,
    credentials: Credentials,
    connect: Connect,
    *,
    parallel: int,
) -> None:
    """Make sure that each tenant's token opens its own account.

    Raises one error that names every tenant whose does not: `CredentialError`, or
    `CloudflareError` where Cloudflare itself could not be asked.
    """
    alone = len(tenants) == 1

    def check(tenant: Tenant) -> tuple[Target, Refusal] | None:
        target = Target(tenant=tenant.name, environment=environment)
        try:
            open_account(tenant, target, credentials, connect, allow_plain=alone)
        except (CredentialError, CloudflareError) as error:
            return target, error
        return None

    pool = ThreadPoolExecutor(parallel)
    try:
        refused = [found for found in pool.map(check, tenants) if found]
    finally:
        pool.shutdown(cancel_futures=True)
    if refused:
        raise _refusal(refused, len(tenants))


def _refusal(refused: list[tuple[Target, Refusal]], total: int) -> Refusal:
    ours = all(isinstance(error, CredentialError) for _, error in refused)
    lines = "".join(f"\n  {target}: {error.message}" for target, error in refused)
    kind = CredentialError if ours else CloudflareError
    return kind(
        f"nothing was touched: {len(refused)} of {total} targets cannot be opened{lines}",
        hint=refused[0][1].hint,
    )
