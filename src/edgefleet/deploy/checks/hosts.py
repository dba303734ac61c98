"""Hosts and routes that a deploy would take from other scripts or remove."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from edgefleet.cloudflare.models import ScriptSettings
from edgefleet.cloudflare.settings import hosts, patterns, settings
from edgefleet.cloudflare.triggers.declared_consumers import PULL
from edgefleet.config.account_api import AccountApi
from edgefleet.config.files.base_file import base_of
from edgefleet.config.files.tenant_files import CONFIG_FILE, TENANTS, WRANGLER_FILE
from edgefleet.config.tenant import Tenant
from edgefleet.core.foreign.text import foreign_text
from edgefleet.deploy.request import Dependencies, DeployRequest
from edgefleet.errors import ConfigError, UsageError
from edgefleet.plan.claimed_hosts import held_by_others, lost_hosts, taken_names
from edgefleet.records.models import Action
from edgefleet.state.flat_state import BELOW_WORKFLOWS
from edgefleet.state.models import ChangeKind, Plan


def check_addresses(request: DeployRequest, deps: Dependencies, tenant: Tenant, plan: Plan) -> None:
    """Print which hosts and routes the deploy takes or removes.

    Raises `ConfigError` if one belongs to a script that the tenant's file does not name, and
    `UsageError` if a protected environment would lose one that edgefleet did not attach.
    """
    _check_jurisdictions(plan)
    for note in (*_taken(tenant, plan), *lost_hosts_notes(plan.loses)):
        deps.progress.say(f"  note: {note}")
    if not tenant.fleet.is_protected(request.target.environment) or request.allow_foreign:
        return
    own = _named_before(request, deps, tenant, plan) if plan.loses else frozenset()
    foreign = [foreign_text(name) for name in plan.loses if name not in own]
    if foreign and request.action is not Action.ROLLBACK:
        raise UsageError(
            f"{', '.join(foreign)} leads to this Worker, and no deploy of edgefleet attached it: "
            "its visitors would be cut off",
            hint=f"add it to routes in {TENANTS}/{tenant.name}/{WRANGLER_FILE}; or remove it: "
            f"edgefleet deploy {request.target.as_option} --allow-foreign",
        )


def check_return(
    account: AccountApi, script: str, desired: ScriptSettings | None, live: ScriptSettings
) -> tuple[str, ...]:
    """Return the hosts and routes that a rollback's settings remove.

    Raises `UsageError` if they name a host that another script has now.
    """
    if desired is None:
        return ()
    for taken in taken_names(account, script, desired, live):
        what, name, owner = taken.what, taken.name, foreign_text(taken.script)
        raise UsageError(
            f"{script} had the {what} {name}, which {owner} has now",
            hint=_release(what, name, owner),
        )
    for domain in held_by_others(account, script, desired, live):
        owner = foreign_text(domain.script)
        raise UsageError(
            f"{script} had the host {domain.hostname}, which {owner} has now",
            hint=f"detach {domain.hostname} from {owner} in the dashboard first, "
            "under Settings, Domains & Routes; or deploy an older commit with 'takeHostsFrom'",
        )
    return lost_hosts(desired, live)


def lost_hosts_notes(names: Iterable[str]) -> Iterator[str]:
    """Yield a note for each host and route that will no longer lead to the Worker."""
    for name in names:
        yield f"{foreign_text(name)} will no longer lead to this Worker"


def _check_jurisdictions(plan: Plan) -> None:
    """Raise `ConfigError` for a workflow that would move: Cloudflare refuses that."""
    for change in plan.changes:
        before, after = (one or {} for one in (change.before, change.after))
        if change.path.startswith(BELOW_WORKFLOWS) and change.kind is ChangeKind.CHANGED:
            live, wanted = (one.get("jurisdiction") or "none" for one in (before, after))
            name = foreign_text(change.path.removeprefix(BELOW_WORKFLOWS))
            if live != wanted:
                raise ConfigError(
                    f"the workflow {name} has the jurisdiction {foreign_text(live)}, which cannot "
                    f"become {wanted}",
                    hint="give the workflow another name, which leaves its instances behind; or "
                    f"delete it with them: npx wrangler workflows delete {name}",
                )


def _taken(tenant: Tenant, plan: Plan) -> Iterator[str]:
    for taken in plan.takes:
        name, script = foreign_text(taken.name), foreign_text(taken.script)
        if taken.what != "host":
            owner = script if script == PULL else f"the script {script}"
            raise ConfigError(
                f"the {taken.what} {name} belongs to {owner}, and Cloudflare gives it to one alone",
                hint=f"{_release(taken.what, name, script)} first, or remove it from "
                f"{TENANTS}/{tenant.name}/"
                f"{WRANGLER_FILE}",
            )
        if taken.script not in tenant.config.take_hosts_from:
            raise ConfigError(
                f"the host {name} belongs to the script {script}",
                hint=f'to move it, write "takeHostsFrom": ["{script}"] into '
                f"{TENANTS}/{tenant.name}/{CONFIG_FILE}",
            )
        yield f"the host {name} is taken from {script}"


def _release(what: str, name: str, owner: str) -> str:
    """Return what frees a route, a queue or a workflow from its owner."""
    if what == "workflow":
        return f"delete it with its instances: npx wrangler workflows delete {name}"
    if what == "queue" and owner == PULL:
        return f"npx wrangler queues consumer http remove {name}"
    if what == "queue":
        return f"npx wrangler queues consumer worker remove {name} {owner}"
    return f"remove it from {owner}"


def _named_before(
    request: DeployRequest, deps: Dependencies, tenant: Tenant, plan: Plan
) -> frozenset[str]:
    """Return the hosts and routes that the files of the live commit name."""
    if plan.live_commit is None:
        return frozenset()
    try:
        then = _as_of(plan.live_commit, deps, tenant)
        before = settings(then.resolved(request.target.environment))
    except (ValueError, LookupError, TypeError):  # no valid file at that commit
        return frozenset()
    return hosts(before) | patterns(before)


def _as_of(commit: str, deps: Dependencies, tenant: Tenant) -> Tenant:
    """Return a tenant with the wrangler files of a commit; raises `LookupError` for none."""
    own = deps.lineage.file(commit, f"{TENANTS}/{tenant.name}/{WRANGLER_FILE}")
    below = deps.lineage.file(commit, tenant.base.file) if tenant.base else None
    base = base_of(tenant.base.file, below) if tenant.base and below is not None else None
    if own is None and base is None:
        raise LookupError(commit)
    return replace(tenant, source=own or "", base=base)
