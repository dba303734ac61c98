"""Deploy one shard of a fleet, or show its plans: many targets on one runner.

Tokens come from the program that EDGEFLEET_CREDENTIAL_COMMAND names, one target at a time. The
step's output `url` says which tenants were proved (docs/ci-cd.md).
"""

import argparse
import sys
from collections.abc import Sequence

from edgefleet.actions.arguments import add_deploy_options, deploy_options, environment
from edgefleet.actions.github_actions import ended
from edgefleet.actions.jobs.shard_job import ShardJob
from edgefleet.actions.jobs.target_job import TargetAction


def main(argv: Sequence[str] | None = None) -> int:
    """Return an exit code of edgefleet's."""
    parser = argparse.ArgumentParser(description=__doc__)
    actions = (TargetAction.PLAN, TargetAction.DEPLOY)
    parser.add_argument("action", type=TargetAction, choices=actions)
    parser.add_argument("--env", type=environment, required=True, help="of the fleet")
    parser.add_argument("--tenants", required=True, help="the shard's tenants, separated by commas")
    add_deploy_options(parser)
    given = parser.parse_args(argv)
    job = ShardJob(given.env, given.tenants, deploy_options(given))
    return ended(lambda: job.run(given.action))


if __name__ == "__main__":
    sys.exit(main())
