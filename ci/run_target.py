"""Do one thing with one target, and show it on the page of the run: plan, deploy, and so on.

The token comes from CLOUDFLARE_API_TOKEN, as the target's own GitHub environment gives it. The
step's output `url` is the Worker's address; its fragment says what that proves (docs/ci-cd.md).
"""

import argparse
import sys
from collections.abc import Sequence

from edgefleet.actions.arguments import (
    add_built_option,
    add_deploy_options,
    boolean,
    deploy_options,
    environment,
    target,
)
from edgefleet.actions.github_actions import ended
from edgefleet.actions.jobs.canary_job import ACTIONS, CONTINUE, CanaryJobOptions
from edgefleet.actions.jobs.options import DriftJobOptions, RollbackJobOptions
from edgefleet.actions.jobs.target_job import TargetAction, TargetJob


def main(argv: Sequence[str] | None = None) -> int:
    """Return an exit code of edgefleet's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", type=TargetAction, help="plan, deploy, rollback, canary or drift")
    parser.add_argument("--tenant", required=True)
    parser.add_argument("--env", type=environment, required=True, help="of the fleet")
    add_deploy_options(parser)
    parser.add_argument(
        "--allow-changed-secrets",
        type=boolean,
        default=False,
        help="roll back though secrets were changed since",
    )
    parser.add_argument("--to", default="previous", help="where a rollback goes")
    parser.add_argument("--canary", choices=ACTIONS, default=CONTINUE, help="what is done with it")
    parser.add_argument(
        "--scheduled", type=boolean, default=False, help="no person started this run"
    )
    add_built_option(parser)
    given = parser.parse_args(argv)
    canary = CanaryJobOptions(given.canary, given.reason, given.scheduled)
    rollback = RollbackJobOptions(given.to, given.reason, given.allow_changed_secrets)
    job = TargetJob(
        target(given.tenant, given.env),
        *(deploy_options(given), rollback, canary, DriftJobOptions(given.built)),
    )
    return ended(lambda: job.run(given.action))


if __name__ == "__main__":
    sys.exit(main())
