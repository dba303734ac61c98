"""Resources that a deploy needs: edgefleet creates none, and uploads nothing that lacks one."""

from edgefleet.config.target import Target
from edgefleet.errors import ConfigError
from edgefleet.state.models import Plan


def check_resources(target: Target, plan: Plan) -> None:
    """Raise `ConfigError` if the account lacks something that the configuration names."""
    if plan.missing_resources:
        raise ConfigError(
            f"account {plan.account_id} has no {', no '.join(plan.missing_resources)}: "
            "nothing was uploaded",
            hint="where each is named, and how to create it: "
            f"edgefleet validate --remote {target.as_selector}",
        )
