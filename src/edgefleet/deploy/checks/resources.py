"""Resources that a deploy needs: edgefleet creates none, and uploads nothing that lacks one."""

from edgefleet.cloudflare.envelope import ApiError
from edgefleet.config.account_session import AccountSession
from edgefleet.config.target import Target
from edgefleet.errors import CloudflareError, ConfigError
from edgefleet.plan.plan import Planned
from edgefleet.plan.resources import look_for
from edgefleet.state.models import DeployStrategy, Plan


def check_resources(target: Target, plan: Plan) -> None:
    """Raise `ConfigError` if the account lacks something that the configuration names."""
    if plan.missing_resources:
        raise ConfigError(
            f"account {plan.account_id} has no {', no '.join(plan.missing_resources)}: "
            "nothing was uploaded",
            hint="where each is named, and how to create it: "
            f"edgefleet validate --remote {target.as_selector}",
        )


def explain_refusal(
    target: Target, session: AccountSession, planned: Planned, error: CloudflareError
) -> None:
    """Raise `ConfigError` if an upload failed because the account lacks something that it binds.

    A plan does not look for what the live version binds as well: Cloudflare looks at the upload.
    """
    if isinstance(error, ApiError) and error.is_transient:
        return
    plan = planned.plan
    try:
        found = look_for(session, planned.resolved, DeployStrategy.VERSION, planned.before)
    except CloudflareError:
        return
    now = plan.model_copy(update={"missing_resources": found.missing})
    try:
        check_resources(target, now)
    except ConfigError as lacking:
        raise lacking.amended(interrupted=error.interrupted) from error
