"""What targets went through: records, joined with what Cloudflare tells.

records + Cloudflare -> join -> the newest of all
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from edgefleet.flows.access import Connect, open_account
from edgefleet.model.history import Deployed, Entry
from edgefleet.model.target import Target
from edgefleet.model.tenant import Tenant
from edgefleet.ports.credentials import Credentials
from edgefleet.ports.records import Records
from edgefleet.rules.environments import resolve
from edgefleet.rules.history import joined, newest_first

MOST_PER_RUN = 4
"""A run makes three deployments at most (none, all, back again); one more, made by hand."""

Told = Callable[[Target], Sequence[Deployed]]
"""Gives what Cloudflare tells of a target, newest first."""


def history(
    targets: Iterable[Target], records: Records, told: Told | None, *, limit: int
) -> tuple[Entry, ...]:
    """Return the newest entries of all these targets; `told` None: from records alone.

    Raises what `told` raises.
    """
    entries = [
        entry
        for target in targets
        for entry in joined(target, records.of(target), told(target) if told else None)
    ]
    return newest_first(entries)[:limit]


def cloudflare(
    tenants: Sequence[Tenant], credentials: Credentials, connect: Connect, *, limit: int
) -> Told:
    """Return what asks Cloudflare, as far back as `limit` entries of a target may reach.

    It raises `CredentialError` and `CloudflareError` where it could not look.
    """
    by_name = {tenant.name: tenant for tenant in tenants}

    def told(target: Target) -> Sequence[Deployed]:
        tenant = by_name[target.tenant]
        alone = len(by_name) == 1
        way = open_account(tenant, target, credentials, connect, allow_plain=alone)
        script = resolve(tenant.wrangler, target.environment)["name"]
        return tuple(islice(way.account.deployments(script), limit * MOST_PER_RUN))

    return told
