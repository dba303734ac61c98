"""Deploy one shard of a fleet, or show its plans: many targets on one runner.

Tokens come from the program that EDGEFLEET_CREDENTIAL_COMMAND names, one target at a time. The
step's output `url` says which tenants were proved (docs/ci-cd.md).
"""

import argparse
import sys
from collections.abc import Sequence

from edgefleet.actions.arguments import boolean, environment
from edgefleet.actions.github_actions import ended
from edgefleet.actions.jobs.options import DeployOptions
from edgefleet.actions.jobs.shard_job import ShardJob
from edgefleet.actions.jobs.target_job import TargetAction


def main(argv: Sequence[str] | None = None) -> int:
    """Return an exit code of edgefleet's."""
    parser = argparse.ArgumentParser(description=__doc__)
    actions = (TargetAction.PLAN, TargetAction.DEPLOY)
    parser.add_argument("action", type=TargetAction, choices=actions)
    parser.add_argument("--env", type=environment, required=True, help="staging or production")
    parser.add_argument("--tenants", required=True, help="the shard's tenants, separated by commas")
    parser.add_argument("--bundle", default=".edgefleet/bundle")
    parser.add_argument("--digest", default="", help="the SHA-256 that the bundle must have")
    parser.add_argument("--engine", default="api")
    parser.add_argument(
        "--force", type=boolean, default=False, help="deploy though nothing changed"
    )
    parser.add_argument(
        "--allow-irreversible",
        type=boolean,
        default=False,
        help="deploy though a migration leaves no rollback",
    )
    parser.add_argument(
        "--allow-older",
        type=boolean,
        default=False,
        help="deploy over a commit that this one does not contain",
    )
    parser.add_argument(
        "--allow-foreign",
        type=boolean,
        default=False,
        help="deploy over what edgefleet did not deploy",
    )
    parser.add_argument("--reason", default="", help="why, for the record")
    given = parser.parse_args(argv)
    options = DeployOptions(
        bundle=given.bundle,
        digest=given.digest,
        engine=given.engine,
        force=given.force,
        allow_irreversible=given.allow_irreversible,
        allow_older=given.allow_older,
        allow_foreign=given.allow_foreign,
        reason=given.reason,
    )
    job = ShardJob(given.env, given.tenants, options)
    return ended(lambda: job.run(given.action))


if __name__ == "__main__":
    sys.exit(main())
