"""Hosts, routes, queues and workflows that another script has: known before any upload."""

from collections.abc import Sequence

from edgefleet.cloudflare.models import HeldDomain, ScriptSettings
from edgefleet.cloudflare.settings import changed_routes, hosts, patterns
from edgefleet.config.account_api import AccountApi
from edgefleet.core.model import Json
from edgefleet.state.models import TakenHost


def held_by_others(
    account: AccountApi, script: str, desired: ScriptSettings, live: ScriptSettings
) -> tuple[HeldDomain, ...]:
    """Return the custom domains that a script is to get and that other scripts have."""
    new = hosts(desired) - hosts(live)
    return account.held(new, script) if new else ()


def taken_hosts(
    account: AccountApi,
    script: str,
    desired: ScriptSettings,
    live: ScriptSettings,
    held: tuple[HeldDomain, ...],
) -> tuple[TakenHost, ...]:
    """Return the hosts and routes that a deploy would take from other scripts.

    It reads the routes of each zone in which one comes or goes.

    Raises `CloudflareError` where a zone is there and its routes may not be read: they could not
    be written either, and then the new version would have all visitors already.
    """
    routes = changed_routes(desired, live)
    owners = account.zones.owners(routes) if routes else {}
    return (
        *(TakenHost(what="host", name=one.hostname, script=one.script) for one in held),
        *(
            TakenHost(what="route", name=name, script=owner)
            for name, owner in sorted(owners.items())
            if owner != script and name in patterns(desired)
        ),
    )


def taken_names(
    account: AccountApi, script: str, desired: ScriptSettings, live: ScriptSettings
) -> tuple[TakenHost, ...]:
    """Return the queues and workflows that a deploy needs and that another script has."""
    queues = _new("queue", desired.consumers, live.consumers)
    workflows = _new("name", desired.workflows, live.workflows)
    owners = {
        "queue": account.queue_consumers.owners(queues) if queues else {},
        "workflow": account.workflows.owners(workflows) if workflows else {},
    }
    return tuple(
        TakenHost(what=what, name=name, script=owner)
        for what, found in owners.items()
        for name, owner in sorted(found.items())
        if owner != script
    )


def _new(key: str, desired: Sequence[dict[str, Json]], live: Sequence[dict[str, Json]]) -> set[str]:
    return {str(one[key]) for one in desired} - {str(one[key]) for one in live}


def lost_hosts(desired: ScriptSettings, live: ScriptSettings) -> tuple[str, ...]:
    """Return the hosts and routes that lead to a script now and will not any more."""
    return (*sorted(hosts(live) - hosts(desired)), *sorted(patterns(live) - patterns(desired)))
