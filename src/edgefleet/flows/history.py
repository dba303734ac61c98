"""What targets went through: records, joined with what Cloudflare tells.

records + Cloudflare -> join -> the newest of all
"""

from collections.abc import Callable, Sequence
from itertools import islice
from typing import NamedTuple

from edgefleet.errors import EdgefleetError
from edgefleet.flows.access import Connect, open_account
from edgefleet.flows.parallel import AT_ONCE, in_parallel
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


class History(NamedTuple):
    """The newest entries of many targets, and the targets that edgefleet could not look at."""

    entries: tuple[Entry, ...]
    failures: tuple[tuple[Target, EdgefleetError], ...]


def history(
    targets: Sequence[Target],
    records: Records,
    told: Told | None,
    *,
    limit: int,
    parallel: int = AT_ONCE,
) -> History:
    """Return the newest entries of all these targets; `told` None: from records alone.

    Targets are looked at in parallel; one for which `told` raises is among the failures.
    """

    def one(target: Target) -> tuple[Entry, ...]:
        return joined(target, records.of(target), told(target) if told else None)

    entries: list[Entry] = []
    failures: list[tuple[Target, EdgefleetError]] = []
    for target, found in zip(targets, in_parallel(targets, one, parallel=parallel), strict=True):
        if isinstance(found, EdgefleetError):
            failures.append((target, found))
        else:
            entries += found
    return History(newest_first(entries)[:limit], tuple(failures))


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
