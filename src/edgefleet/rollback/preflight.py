"""What would stop a rollback: every problem at once, before any write."""

from collections.abc import Sequence

from edgefleet.cloudflare.models import Version, VersionDetails
from edgefleet.cloudflare.named_resources import NamedResource, named_by
from edgefleet.config.account_api import AccountApi
from edgefleet.config.target import Target
from edgefleet.deploy.run import OpenTarget
from edgefleet.errors import CloudflareError, UsageError
from edgefleet.plan.resources import REFUSED_AT_UPLOAD
from edgefleet.rollback.models import RollbackPlan
from edgefleet.rollback.preflight_rules import (
    changed_secrets,
    obstacles,
    secrets_set_since,
    side_effects,
)


def preflight(
    target: OpenTarget,
    name: Target,
    live_and_earlier: tuple[str, str],
    versions: Sequence[Version],
    *,
    why: str,
    commit: str | None,
    allow_changed_secrets: bool,
) -> RollbackPlan:
    """Return the plan of a rollback from one version to an earlier one, which `commit` made.

    Raises `CloudflareError` if Cloudflare would refuse the version, and `UsageError` if secrets
    were changed since, unless that is allowed. Nothing was touched by then.
    """
    rebuild = f"deploy its commit again: {rollback_command(name, commit or 'GIT_REF')}"
    live, earlier = (_details(target, name, one, rebuild) for one in live_and_earlier)
    gone = _gone(target.account, earlier, live)
    blocked = obstacles(earlier, live, versions, gone)
    secrets = [] if allow_changed_secrets else changed_secrets(earlier, live)
    changed = [f"secrets were added or removed since: {', '.join(secrets)}"] if secrets else []
    if blocked or changed:
        problems = "".join(f"\n  - {problem}" for problem in (*blocked, *changed))
        kind = CloudflareError if blocked else UsageError
        raise kind(
            f"{target.script} cannot return to version {earlier.id}, and nothing was touched:"
            f"{problems}",
            hint=rebuild if blocked else ignore_secrets_command(name, earlier.id),
        )
    since = secrets_set_since(earlier.id, versions)
    unsure = (f"secrets were set {since} time(s) since: Cloudflare may refuse, and says which",)
    return RollbackPlan(
        script=target.script,
        version_id=earlier.id,
        live_version_id=live.id,
        why=why,
        settings="",
        leaves=(*side_effects(earlier, live, versions), *(unsure if since else ())),
    )


def rollback_command(name: Target, goal: str) -> str:
    """Return the command that rolls a target back to a version or a commit."""
    return f"edgefleet rollback {name.as_selector} --to {goal}"


def ignore_secrets_command(name: Target, version_id: str) -> str:
    """Return the hint that rolls back although secrets were changed."""
    command = rollback_command(name, version_id)
    return f"roll back all the same: {command} --allow-changed-secrets"


def _details(target: OpenTarget, name: Target, version_id: str, rebuild: str) -> VersionDetails:
    details = target.account.script(target.script).versions.details(version_id)
    if details is None:
        raise UsageError(
            f"{target.script} has no version {version_id}",
            hint=f"choose one that this lists: edgefleet history {name.as_selector}; or {rebuild}",
        )
    return details


def _gone(
    account: AccountApi, version: VersionDetails, live: VersionDetails
) -> tuple[NamedResource, ...]:
    """Return what a version binds to and the account does not have.

    Cloudflare itself refuses traffic to a version whose namespace, database or index is gone; where
    the live version binds the same, edgefleet does not look for it.
    """
    same = {(one.kind, one.name) for one in named_by(live.bindings)}
    bound = tuple(
        one
        for one in named_by(version.bindings)
        if one.kind not in REFUSED_AT_UPLOAD or (one.kind, one.name) not in same
    )
    present = account.resources.present(bound) if bound else {}
    return tuple(one for one, there in present.items() if there is False)
