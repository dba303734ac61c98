"""What stands in the way of a return to an earlier version: found all at once, before any write."""

from collections.abc import Callable, Sequence

from edgefleet.cloudflare.models import Inventory, Version, VersionDetails
from edgefleet.config.account_session import AccountSession
from edgefleet.errors import CloudflareError, UsageError
from edgefleet.rollback.models import RollbackPlan
from edgefleet.rollback.rules import (
    changed_secrets,
    obstacles,
    resources,
    secrets_set_since,
    side_effects,
)

ALLOW_CHANGED_SECRETS = "roll back all the same with --allow-changed-secrets"


def preflight(
    way: AccountSession,
    script: str,
    from_to: tuple[str, str],
    versions: Sequence[Version],
    *,
    why: str,
    anew: str,
    accept_changed_secrets: bool,
) -> RollbackPlan:
    """Return how a script would go from one version back to another, and what that leaves.

    `anew` is the command that deploys the version's commit again. Raises `CloudflareError` where
    Cloudflare would refuse the version, and `UsageError` where secrets were changed since and
    nobody said that this is known. Nothing was touched by then.
    """
    now, target = (_details(way, script, version_id, anew) for version_id in from_to)
    blocked = obstacles(target, now, versions, _inventory(way, target))
    secrets = [] if accept_changed_secrets else changed_secrets(target, now)
    told = [f"secrets were added or removed since: {', '.join(secrets)}"] if secrets else []
    if blocked or told:
        problems = "".join(f"\n  - {problem}" for problem in (*blocked, *told))
        kind = CloudflareError if blocked else UsageError
        raise kind(
            f"{script} cannot return to version {target.id}:{problems}",
            hint="nothing was touched; "
            + (f"deploy its commit again: {anew}" if blocked else ALLOW_CHANGED_SECRETS),
        )
    since = secrets_set_since(target.id, versions)
    unsure = (f"secrets were set {since} time(s) since: Cloudflare may refuse, and says which",)
    return RollbackPlan(
        script=script,
        version_id=target.id,
        live_version_id=now.id,
        why=why,
        settings="",
        leaves=(*side_effects(target, now, versions), *(unsure if since else ())),
    )


def _details(way: AccountSession, script: str, version_id: str, anew: str) -> VersionDetails:
    details = way.account.versions(script).details(version_id)
    if details is None:
        raise UsageError(
            f"{script} has no version {version_id}",
            hint="'edgefleet history' lists the versions that were live; to deploy its commit "
            f"again: {anew}",
        )
    return details


def _inventory(way: AccountSession, target: VersionDetails) -> Inventory:
    """Return what there is in the account, of the kinds that a version binds to."""
    account = way.account
    lists: dict[str, Callable[[], set[str]]] = {
        "kv_namespace": account.kv_namespace_ids,
        "d1": account.d1_database_ids,
        "vectorize": account.vectorize_index_names,
    }
    kinds = {kind for kind, _, _ in resources(target)}
    return Inventory(ids={kind: frozenset(lists[kind]()) for kind in kinds})
