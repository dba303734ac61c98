"""What is named after tenants outside of this repository's files, as it is put together."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from edgefleet.config.fleet_config import FleetConfig
from edgefleet.config.target import DEV, Environment, Target

READONLY = "-readonly"
"""Ends the name of an environment whose token can only read."""
UNATTENDED = "-unattended"
"""Ends the name of an environment for rollbacks: with the deploy token, and without reviewers."""
PLAN = "-plan"
"""Ends the name of an environment for plans of pull requests, whose token can only read."""
APPROVAL = "-approval"
"""Follows `staging` or `production` in the name of the environment that approves a whole run."""

FLEET = "fleet"
"""What stands in a tenant's place where a run is over many of them."""

RESERVED_PREFIX = "shard-"
VARIABLES = ("CLOUDFLARE_API_TOKEN", "EDGEFLEET_SMOKE_KEY")
"""What the variables of a tenant's or target's secrets begin with."""

GITHUB_SUFFIXES = ("", READONLY, UNATTENDED, PLAN)
"""What follows a target's name in the names of its environments at GitHub."""


def reserved_names(fleet: FleetConfig) -> frozenset[str]:
    """Return the names that mean something else where a tenant's name may stand."""
    return frozenset({"all", FLEET, DEV, *fleet.environments, *fleet.aliases})


def is_reserved(tenant: str, fleet: FleetConfig) -> bool:
    """Whether a name means something else where a tenant's name may stand."""
    return tenant in reserved_names(fleet) or tenant.startswith(RESERVED_PREFIX)


def variable(kind: str, *names: str) -> str:
    """Return the name of an environment variable: in capitals, what no variable has as `_`."""
    return "_".join([kind, *map(_capitals, names)])


@lru_cache(maxsize=32)
def _capitals(name: str) -> str:
    return re.sub(r"[^A-Z0-9]", "_", name.upper())


def identifiers(tenant: str, fleet: FleetConfig) -> Iterator[str]:
    """Yield every name that is made of a tenant's: two tenants must share none.

    Variables of tokens and smoke keys, GitHub's environments of its targets (concurrency groups,
    artifacts and records are called like these).
    """
    named = _capitals(tenant)
    for kind in VARIABLES:
        yield f"{kind}_{named}"
        yield from (f"{kind}_{named}_{_capitals(each)}" for each in fleet.deployable)
    for environment in fleet.deployable:
        yield from [f"{tenant}-{environment}{suffix}" for suffix in GITHUB_SUFFIXES]


def environment_names(
    tenants: Sequence[str],
    environment: Environment,
    *,
    fleet: bool,
    approval: bool = False,
    plans: bool = False,
) -> Iterator[str]:
    """Yield the names of all environments that jobs for these tenants run in."""
    for tenant in tenants:
        target = Target(tenant=tenant, environment=environment)
        yield from (f"{target}", f"{target}{READONLY}", f"{target}{UNATTENDED}")
        if plans:
            yield f"{target}{PLAN}"
    if fleet:
        yield from (f"fleet-{environment}", f"fleet-{environment}{READONLY}")
    if approval:
        yield f"{environment}{APPROVAL}"


def approvals(fleet: FleetConfig) -> Iterator[str]:
    """Yield GitHub's environments in which a whole run is approved."""
    return (f"{environment}{APPROVAL}" for environment in fleet.deployable)
