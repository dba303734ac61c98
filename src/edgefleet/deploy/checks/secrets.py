"""Secrets that a deploy needs, and how to set them: no deploy sets one."""

from edgefleet.cloudflare.models import LiveState
from edgefleet.deploy.request import Dependencies, DeployRequest
from edgefleet.errors import ConfigError, UnhealthyError
from edgefleet.plan.report import secret_notes
from edgefleet.state.models import DeployStrategy, Plan
from edgefleet.state.secret_names import put_command

UPLOADS = (DeployStrategy.FIRST, DeployStrategy.MIGRATION, DeployStrategy.VERSION)


def check_secrets(asked: DeployRequest, ports: Dependencies, plan: Plan, before: LiveState) -> None:
    """Say how secrets differ; raises `ConfigError` where an upload would lack a required one."""
    for words in () if asked.dry_run else secret_notes(plan):  # a dry run shows the whole plan
        ports.progress.say(f"  note: {words}")
    missing = plan.missing_secrets
    if not missing:
        return
    if plan.course not in UPLOADS and not asked.force:
        return
    undeployed = before.newest_version not in (None, before.version_id)
    commands = "; ".join(
        put_command(asked.target.tenant, asked.target.environment, name, undeployed=undeployed)
        for name in missing
    )
    first = plan.course is DeployStrategy.FIRST and before.deployment is None
    makes = " (it makes a draft script, which the first deploy goes on from)" if first else ""
    raise ConfigError(
        f"{plan.script} has no secret {', '.join(missing)}, and requiredSecrets names "
        f"{'it' if len(missing) == 1 else 'them'}: nothing was uploaded",
        hint=f"with the tenant's own token in CLOUDFLARE_API_TOKEN: {commands}{makes}",
    )


def with_secret_hint(asked: DeployRequest, error: UnhealthyError, plan: Plan) -> None:
    """Add to an error that left a version that is not live: how a secret is set beside it."""
    if plan.course not in (
        DeployStrategy.VERSION,
        DeployStrategy.UNCHANGED,
    ):  # the latter was forced
        return
    put = put_command(asked.target.tenant, asked.target.environment, "NAME", undeployed=True)
    error.hint += f"; to set a secret before the next deploy: {put}"
