"""What targets went through: records, joined with what Cloudflare tells.

records + Cloudflare -> join -> the newest of all
"""

from collections.abc import Callable, Sequence
from itertools import islice
from typing import NamedTuple

from edgefleet.cloudflare.models import DeploymentEvent, Version
from edgefleet.config.account_session import ConnectAccount, open_account
from edgefleet.config.canary.policy import MOST_STEPS
from edgefleet.config.credentials.lookup import Credentials
from edgefleet.config.target import Target
from edgefleet.config.tenant import Tenant
from edgefleet.core.parallel import MAX_PARALLEL, in_parallel
from edgefleet.errors import EdgefleetError
from edgefleet.history.models import HistoryEntry
from edgefleet.history.rules import explanation, joined, newest_first, unlocked
from edgefleet.locks.unlock import UnlockRecords
from edgefleet.records.store import Records

MOST_PER_RUN = 4 + MOST_STEPS
"""A run makes three deployments at most (none, all, back again), and one for each step of a canary;
one more, made by hand."""

AT_LEAST = 100
"""Deployments that are read of a target at least: a page of Cloudflare's."""


class Past(NamedTuple):
    """What Cloudflare tells of a target."""

    deployments: Sequence[DeploymentEvent]
    """Newest first."""
    versions: Callable[[], Sequence[Version]] = tuple
    """Asks for the versions of its script."""
    whole: bool = True
    """Whether these are all deployments; older ones are left out otherwise."""


Told = Callable[[Target], Past]
"""Gives what Cloudflare tells of a target."""


class History(NamedTuple):
    """The newest entries of many targets, and the targets that edgefleet could not look at."""

    entries: tuple[HistoryEntry, ...]
    failures: tuple[tuple[Target, EdgefleetError], ...]
    known: tuple[HistoryEntry, ...] = ()
    """All entries that were found, with those beyond the limit."""
    whole: bool = True
    """Whether nothing older was left out."""


def history(
    targets: Sequence[Target],
    records: Records,
    told: Told | None,
    *,
    unlocks: UnlockRecords,
    limit: int,
    parallel: int = MAX_PARALLEL,
) -> History:
    """Return the newest entries of all these targets; `told` None: from records alone.

    Targets are looked at in parallel; one for which `told` raises is among the failures.
    """

    def one(target: Target) -> tuple[tuple[HistoryEntry, ...], bool]:
        if told is None:
            return joined(target, records.of(target), None), True
        past = told(target)
        known = records.of(target)
        others = any(explanation(made, known) is None for made in past.deployments)
        versions = past.versions() if others else ()
        return joined(target, known, past.deployments, versions), past.whole

    entries: list[HistoryEntry] = []
    failures: list[tuple[Target, EdgefleetError]] = []
    whole = True
    for target, found in zip(targets, in_parallel(targets, one, parallel=parallel), strict=True):
        if isinstance(found, EdgefleetError):
            failures.append((target, found))
        else:
            some, all_of_it = found
            entries += [*some, *map(unlocked, unlocks.of(target))]
            whole = whole and all_of_it
    known = newest_first(entries)
    return History(known[:limit], tuple(failures), known, whole)


def cloudflare(
    tenants: Sequence[Tenant], credentials: Credentials, connect: ConnectAccount, *, limit: int
) -> Told:
    """Return what asks Cloudflare, as far back as `limit` entries of a target may reach.

    It raises `CredentialError` and `CloudflareError` where it could not look.
    """
    by_name = {tenant.name: tenant for tenant in tenants}

    most = max(limit * MOST_PER_RUN, AT_LEAST)

    def told(target: Target) -> Past:
        tenant = by_name[target.tenant]
        alone = len(by_name) == 1
        way = open_account(tenant, target, credentials, connect, allow_plain=alone)
        script = tenant.resolved(target.environment)["name"]
        found = tuple(islice(way.account.script(script).deployments.history(), most))
        return Past(found, way.account.script(script).versions.deployable, len(found) < most)

    return told
