"""What is looked at before the first target of a fleet is touched."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import NamedTuple

from edgefleet.config.account_session import ConnectAccount, open_account
from edgefleet.config.credentials.lookup import Credentials
from edgefleet.config.target import Environment, Target
from edgefleet.config.tenant import Tenant
from edgefleet.core.signals import Cancellation
from edgefleet.errors import CloudflareError, CredentialError
from edgefleet.plan.accounts import VerifiedToken

Refusal = CredentialError | CloudflareError

BATCH = 256
"""Tokens that are given to the pool of threads together: it keeps 2 KB for each until all are done.
"""


class Opened(NamedTuple):
    """What is kept of a tenant whose token opens its account: its connection goes."""

    tenant: str
    account_id: str
    token: VerifiedToken
    note: str
    """That the token expires soon; else empty."""


def check_credentials(
    tenants: Sequence[Tenant],
    environment: Environment,
    credentials: Credentials,
    connect: ConnectAccount,
    halt: Cancellation,
    *,
    parallel: int,
    warn: Callable[[str], None],
) -> dict[str, VerifiedToken]:
    """Make sure that each tenant's token opens its own account; return the tokens by account id.

    It warns of each token that expires soon. Ctrl-C orders `halt`, which `connect` must heed in
    its waits. Raises one error that names every tenant whose token does not: `CredentialError`, or
    `CloudflareError` where Cloudflare itself could not be asked.
    """
    alone = len(tenants) == 1

    now = datetime.now(UTC)

    def check(place: int) -> Opened | tuple[Target, Refusal]:
        tenant = tenants[place]  # unpacked here: a pool holds all that it is given
        target = Target(tenant=tenant.name, environment=environment)
        try:
            session = open_account(tenant, target, credentials, connect, allow_plain=alone)
            return Opened(
                tenant.name,
                tenant.config.account_id,
                VerifiedToken(session.credential.token, session.account.known_subdomain),
                session.expiry_note(now),
            )
        except (CredentialError, CloudflareError) as error:
            return target, error

    pool = ThreadPoolExecutor(parallel)
    try:
        places = range(len(tenants))
        batches = (places[first : first + BATCH] for first in range(0, len(tenants), BATCH))
        found = [one for batch in batches for one in pool.map(check, batch)]
    except KeyboardInterrupt:
        halt.request()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
    refused = [one for one in found if not isinstance(one, Opened)]
    if refused:
        raise _refusal(refused, len(tenants))
    opened = [one for one in found if isinstance(one, Opened)]
    for one in opened:
        if one.note:
            warn(f"{one.tenant}: {one.note}")
    return {one.account_id: one.token for one in opened}


def _refusal(refused: list[tuple[Target, Refusal]], total: int) -> Refusal:
    ours = all(isinstance(error, CredentialError) for _, error in refused)
    lines = "".join(f"\n  {target}: {error.message}" for target, error in refused)
    kind = CredentialError if ours else CloudflareError
    return kind(
        f"nothing was touched: {len(refused)} of {total} targets cannot be opened{lines}",
        hint=refused[0][1].hint,
    )
