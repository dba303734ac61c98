"""Compare what a target should be with what it is: the one reading for plan, deploy and drift."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from edgefleet.build.render import rendered_config
from edgefleet.cloudflare.d1.migrations import D1Migrations
from edgefleet.cloudflare.models import DeploymentEvent, DeploymentPage, LiveState
from edgefleet.cloudflare.settings import apart, settings
from edgefleet.cloudflare.worker.binding_types import object_classes
from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.cloudflare.worker.migrations import pending
from edgefleet.config.account_session import AccountSession, reads_alone
from edgefleet.config.credentials.lookup import Credential
from edgefleet.config.health.contract import proof_of
from edgefleet.config.target import Target
from edgefleet.config.tenant import Tenant
from edgefleet.core.model import Json
from edgefleet.history.standing import Standing, standing
from edgefleet.plan.asset_changes import Manifests, asset_changes
from edgefleet.plan.claimed_hosts import held_by_others, lost_hosts, taken_hosts, taken_names
from edgefleet.plan.d1_migrations import compare_migrations, declared_of
from edgefleet.plan.resources import Found, Look, look_for
from edgefleet.records.canary_under_way import canary_of
from edgefleet.records.models import Record
from edgefleet.state.asset_facts import DIGEST, UNKNOWN
from edgefleet.state.diff import choose_strategy, diff, irreversible_effects, needs_no_upload
from edgefleet.state.flat_state import ALL_TRAFFIC, desired_state, managed_only
from edgefleet.state.implied import implied
from edgefleet.state.models import DeployStrategy, FlatState, Plan
from edgefleet.state.secret_names import (
    declared_secrets,
    is_draft,
    same_but_secrets,
    secret_names,
    secret_names_in,
    split_secrets,
)


class LiveStateReader(Protocol):
    """Reads what runs in one account."""

    def facts(self, script: str, live: LiveState, desired: FlatState | None = None) -> FlatState:
        """Return the live state of a script; `live` was observed just now."""


Observe = Callable[[Credential, str], LiveStateReader]


class Planned(NamedTuple):
    """A plan, with what it was made from and what applying it needs."""

    plan: Plan
    resolved: dict[str, Json]
    before: LiveState
    migrations: tuple[D1Migrations, ...] = ()
    """Those that are pending, of each D1 database that has some."""


def plan_target(
    tenant: Tenant,
    target: Target,
    bundle: Bundle,
    session: AccountSession,
    observe: Observe,
    records: Sequence[Record] = (),
    manifests: Manifests | None = None,
    *,
    look: Look = Look.ALL,
    deployments: DeploymentPage | None = None,
) -> Planned:
    """Read what runs and say what a deploy would change; `records` are the target's.

    `manifests` has the assets that this machine saw before, if it keeps any; `look` says for which
    resources to look. `deployments` is the first page of the script's, if it was read just now.

    Raises `CredentialError` where the token lacks a permission to look, `CloudflareError` where it
    could not look otherwise; it is never empty for that.
    """
    with reads_alone(session.account.id):
        return _planned(
            tenant, target, bundle, session, observe, records, manifests, look, deployments
        )


def _planned(
    tenant: Tenant,
    target: Target,
    bundle: Bundle,
    session: AccountSession,
    observe: Observe,
    records: Sequence[Record],
    manifests: Manifests | None,
    look: Look,
    deployments: DeploymentPage | None,
) -> Planned:
    resolved = rendered_config(tenant, target.environment, bundle)
    script = str(resolved["name"])
    # What is rendered names triggers that the file leaves out.
    written = tenant.resolved(target.environment)
    desired_settings = settings(resolved)
    before = session.account.observe(
        script, apart(desired_settings), object_classes(resolved), deployments=deployments
    )
    held = held_by_others(session.account, script, desired_settings, before.settings)
    observer = observe(session.credential, session.account.id)
    desired = {
        **desired_state(resolved, bundle),
        **declared_secrets(tenant.config.required_secrets),
    }
    live = managed_only(observer.facts(script, before, desired), resolved)
    canary = canary_of(before)
    if canary and canary.state.kept:
        live = {**live, "traffic": ALL_TRAFFIC}  # the version before stays at 0 % on purpose
    changes, secrets = split_secrets(diff(desired, live))
    migrations = compare_migrations(
        declared_of(tenant, target.environment), session.account, target
    )
    changes = (*changes, *migrations.changes)
    migrates = pending(resolved, before.migration_tag) is not None
    draft = is_draft(live)
    drafted = {"draft": draft, "expendable": draft and (migrates or bool(resolved.get("exports")))}
    before = before.model_copy(update={"held": held, **drafted})
    exists = before.deployment is not None and not draft
    how, why = choose_strategy(changes, exists=exists, migrates=migrates)
    now = secret_names_in(live)
    then = _inherited(session, script, before, now)
    stands = standing(before, records) if exists else Standing()
    uploads_alone = how is DeployStrategy.VERSION and not migrations.pending
    new = changes if look is Look.NEW and uploads_alone else None
    resources = Found() if look is Look.NONE else look_for(session, resolved, how, before, new)
    plan = Plan(
        target=target,
        script=script,
        account_id=session.account.id,
        bundle_digest=bundle.digest,
        course=how,
        why=why,
        changes=changes,
        missing_secrets=tuple(sorted(set(tenant.config.required_secrets) - then)),
        secrets=secrets,
        gained_secrets=tuple(sorted(then - now)),
        lost_secrets=tuple(sorted(now - then)),
        missing_resources=resources.missing,
        resource_notes=resources.notes,
        proof=proof_of(tenant.fleet.health),
        unknown_migrations=migrations.unknown,
        stays=irreversible_effects(how, changes),
        foreign=_foreign(session, script, before, stands),
        live_commit=stands.commit,
        takes=(
            *taken_hosts(session.account, script, desired_settings, before.settings, held),
            *taken_names(session.account, script, desired_settings, before.settings),
        ),
        loses=lost_hosts(desired_settings, before.settings),
        assets=asset_changes(resolved, bundle.assets_of(resolved), live, manifests),
        implied=implied(written, changes) if exists else (),
        canary=canary.view(target) if canary else None,
        deployment_id=before.deployment.id if before.deployment else None,
        traffic=before.deployment.versions if before.deployment else (),
    )
    return Planned(plan, resolved, before, migrations.pending)


def live_upload(replan: Callable[[], Planned], before: Plan) -> str | None:
    """Return the live version if it came after a plan and is what the plan was to make live.

    `replan` plans the same target again. That is so if nothing but settings is left to change;
    assets that nothing tells may be those that wrangler uploaded without a tag.
    """
    now = replan()
    deployed = now.plan.deployment_id != before.deployment_id
    return now.before.version_id if deployed and _as_desired(now.plan) else None


def _as_desired(plan: Plan) -> bool:
    if plan.course is DeployStrategy.VERSION:
        told = (one for one in plan.changes if (one.path, one.before) != (DIGEST, UNKNOWN))
        return all(map(needs_no_upload, told))
    return plan.course in (DeployStrategy.UNCHANGED, DeployStrategy.SETTINGS)


def _inherited(
    session: AccountSession, script: str, before: LiveState, live: frozenset[str]
) -> frozenset[str]:
    """Return the secrets that an upload would have: those of the newest version."""
    newest = before.newest_version
    if newest is None or newest == before.version_id:
        return live
    details = session.account.script(script).versions.details(newest)
    return secret_names(details.bindings) if details else live


def _foreign(
    session: AccountSession, script: str, before: LiveState, stands: Standing
) -> DeploymentEvent | None:
    """Return the deployment in force where edgefleet did not make it.

    Cloudflare tells an edit of vars and a secret that is set apart in nothing but the version.
    """
    if stands.foreign or not stands.base or not before.version_id:
        return stands.foreign
    versions = session.account.script(script).versions
    live, below = (versions.details(one) for one in (before.version_id, stands.base))
    edited = live and below and not same_but_secrets(live, below)
    return before.history[0] if edited else None
