"""What a deploy would do to hosts and routes that somebody relies on: said, and done on purpose."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from edgefleet.cloudflare.account import Account
from edgefleet.cloudflare.models import ScriptSettings
from edgefleet.cloudflare.settings import hosts, patterns, settings
from edgefleet.config.environments import resolve
from edgefleet.config.target import Environment
from edgefleet.config.tenant import Tenant
from edgefleet.config.tenant_files import CONFIG_FILE, TENANTS, WRANGLER_FILE
from edgefleet.core.foreign.text import foreign_text
from edgefleet.deploy.request import Dependencies, DeployRequest
from edgefleet.errors import ConfigError, UsageError
from edgefleet.plan.claimed_hosts import held_by_others, lost_hosts
from edgefleet.records.models import Action
from edgefleet.state.models import Plan


def check_addresses(asked: DeployRequest, ports: Dependencies, tenant: Tenant, plan: Plan) -> None:
    """Say which hosts and routes move or go.

    Raises `ConfigError` where one belongs to a script that the tenant's file does not name, and
    `UsageError` where production would lose one that edgefleet did not attach.
    """
    for words in _taken(tenant, plan):
        ports.progress.say(f"  note: {words}")
    for words in lost_hosts_notes(plan.loses):
        ports.progress.say(f"  note: {words}")
    if asked.target.environment is not Environment.PRODUCTION or asked.allow_foreign:
        return
    ours = _named_before(asked, ports, tenant, plan) if plan.loses else frozenset()
    strange = [foreign_text(name) for name in plan.loses if name not in ours]
    if strange and asked.action is not Action.ROLLBACK:
        where = f"--tenant {asked.target.tenant} --env {asked.target.environment}"
        raise UsageError(
            f"{', '.join(strange)} leads to this Worker, and no deploy of edgefleet attached it: "
            "its visitors would be cut off",
            hint=f"add it to routes in {TENANTS}/{tenant.name}/{WRANGLER_FILE}; or let it go: "
            f"edgefleet deploy {where} --allow-foreign",
        )


def check_return(
    account: Account, script: str, wanted: ScriptSettings | None, live: ScriptSettings
) -> tuple[str, ...]:
    """Return the hosts and routes that a rollback's settings let go.

    Raises `UsageError` where they name a host that another script has got since.
    """
    if wanted is None:
        return ()
    for one in held_by_others(account, script, wanted, live):
        raise UsageError(
            f"{script} had the host {one.hostname}, which {foreign_text(one.script)} has now",
            hint=f"detach {one.hostname} from {foreign_text(one.script)} in the dashboard first, "
            "under Settings, Domains & Routes; or deploy an older commit with 'takeHostsFrom'",
        )
    return lost_hosts(wanted, live)


def lost_hosts_notes(names: Iterable[str]) -> Iterator[str]:
    """Say of hosts and routes that they will not lead to a Worker any more."""
    for name in names:
        yield f"{foreign_text(name)} will not lead to this Worker any more"


def _taken(tenant: Tenant, plan: Plan) -> Iterator[str]:
    for one in plan.takes:
        name, script = foreign_text(one.name), foreign_text(one.script)
        if one.what == "route":
            raise ConfigError(
                f"the route {name} belongs to the script {script}, and Cloudflare gives it to one "
                "script alone",
                hint=f"remove it from {script} first, or from {TENANTS}/{tenant.name}/"
                f"{WRANGLER_FILE}",
            )
        if one.script not in tenant.config.take_hosts_from:
            raise ConfigError(
                f"the host {name} belongs to the script {script}",
                hint=f'if it is to move, write "takeHostsFrom": ["{script}"] into '
                f"{TENANTS}/{tenant.name}/{CONFIG_FILE}",
            )
        yield f"the host {name} is taken from {script}"


def _named_before(
    asked: DeployRequest, ports: Dependencies, tenant: Tenant, plan: Plan
) -> frozenset[str]:
    """Return the hosts and routes that the files of the live commit name."""
    file = f"{TENANTS}/{tenant.name}/{WRANGLER_FILE}"
    text = ports.lineage.file(plan.live_commit, file) if plan.live_commit else None
    if text is None:
        return frozenset()
    try:
        found = settings(resolve(replace(tenant, source=text).wrangler, asked.target.environment))
    except (ValueError, LookupError, TypeError):  # no good file at that commit
        return frozenset()
    return hosts(found) | patterns(found)
