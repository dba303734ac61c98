"""Do one thing with one target, and show it on the page of the run: plan, deploy, rollback, drift.

The token comes from CLOUDFLARE_API_TOKEN, as the target's own GitHub environment gives it. The
step's output `url` is the Worker's address; its fragment says what that proves (docs/ci-cd.md).
"""

import argparse
import sys
from collections.abc import Sequence

from edgefleet.actions.arguments import boolean, environment, target
from edgefleet.actions.github_actions import ended
from edgefleet.actions.jobs.options import DeployOptions, RollbackJobOptions
from edgefleet.actions.jobs.target_job import TargetAction, TargetJob


def main(argv: Sequence[str] | None = None) -> int:
    """Return an exit code of edgefleet's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", type=TargetAction, help="plan, deploy, rollback or drift")
    parser.add_argument("--tenant", required=True)
    parser.add_argument("--env", type=environment, required=True, help="staging or production")
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
    parser.add_argument(
        "--allow-changed-secrets",
        type=boolean,
        default=False,
        help="roll back though secrets were changed since",
    )
    parser.add_argument("--to", default="previous", help="where a rollback goes")
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
    rollback = RollbackJobOptions(given.to, given.reason, given.allow_changed_secrets)
    job = TargetJob(target(given.tenant, given.env), options, rollback)
    return ended(lambda: job.run(given.action))


if __name__ == "__main__":
    sys.exit(main())
