"""Secrets that a deploy needs, and how to set them: no deploy sets one."""

from edgefleet.cloudflare.models import LiveState
from edgefleet.deploy.request import Dependencies, DeployRequest
from edgefleet.errors import ConfigError, UnhealthyError
from edgefleet.plan.report import secret_notes
from edgefleet.state.models import LIVE_AT_ONCE, DeployStrategy, Plan
from edgefleet.state.secret_names import put_command

UPLOADS = (*LIVE_AT_ONCE, DeployStrategy.VERSION)


def check_secrets(
    request: DeployRequest, deps: Dependencies, plan: Plan, before: LiveState
) -> None:
    """Print how secrets differ; raises `ConfigError` if an upload would lack a required one."""
    for note in () if request.dry_run else secret_notes(plan):  # a dry run prints the whole plan
        deps.progress.say(f"  note: {note}")
    missing = plan.missing_secrets
    if not missing:
        return
    if plan.course not in UPLOADS and not request.force:
        return
    undeployed = before.newest_version not in (None, before.version_id)
    commands = "; ".join(
        put_command(request.target.tenant, request.target.environment, name, undeployed=undeployed)
        for name in missing
    )
    first = plan.course is DeployStrategy.FIRST and before.deployment is None
    makes = " (it makes a draft script, which the first deploy goes on from)" if first else ""
    raise ConfigError(
        f"{plan.script} has no secret {', '.join(missing)}, and requiredSecrets names "
        f"{'it' if len(missing) == 1 else 'them'}: nothing was uploaded",
        hint=f"with the tenant's own token in CLOUDFLARE_API_TOKEN: {commands}{makes}",
    )


def with_secret_hint(request: DeployRequest, error: UnhealthyError, plan: Plan) -> UnhealthyError:
    """Return the error with the command that sets a secret beside the version it left behind.

    The uploaded version is the newest one then and not live, so `wrangler secret put` is refused.
    """
    # An unchanged target is deployed if that was forced.
    if plan.course not in (DeployStrategy.VERSION, DeployStrategy.UNCHANGED):
        return error
    put = put_command(request.target.tenant, request.target.environment, "NAME", undeployed=True)
    return error.amended(hint=f"{error.hint}; to set a secret before the next deploy: {put}")
