"""Create GitHub's environments for tenants, and print which secrets a person must set.

It changes nothing without --apply (bootstrap.py says which environments there are). Needs
GITHUB_REPOSITORY, and a GITHUB_TOKEN with `administration: write`, which a job's own token lacks.
"""

import argparse
import sys
from collections.abc import Sequence

from edgefleet.actions.github_actions import ended
from edgefleet.actions.repository.bootstrap import EnvironmentRules, bootstrap


def main(argv: Sequence[str] | None = None) -> int:
    """Return an exit code of edgefleet's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tenants", default="all", help="a selector [default: all]")
    parser.add_argument("--tenant", dest="tenants", help=argparse.SUPPRESS)
    parser.add_argument("--env", required=True, help="an environment of the fleet")
    parser.add_argument(
        "--reviewer", action="append", help="a login or organization/team; may be given again"
    )
    parser.add_argument("--no-reviewers", action="store_true", help="require no approval")
    parser.add_argument("--wait", type=int, help="minutes that a deploy waits")
    parser.add_argument(
        "--prevent-self-review",
        action=argparse.BooleanOptionalAction,
        help="the person who started a run may not approve it",
    )
    parser.add_argument(
        "--branch",
        action="append",
        help="branches whose runs may deploy [default: main, or those that are set]",
    )
    parser.add_argument("--fleet", action="store_true", help="fleet-<environment> too, for shards")
    parser.add_argument(
        "--approval",
        action="store_true",
        help="reviewers and wait in <environment>-approval, once a run, and at no target",
    )
    parser.add_argument("--apply", action="store_true", help="change the environments")
    given = parser.parse_args(argv)
    rules = EnvironmentRules(
        tenants=given.tenants,
        environment=given.env,
        reviewers=given.reviewer,
        no_reviewers=given.no_reviewers,
        wait_minutes=given.wait,
        prevent_self_review=given.prevent_self_review,
        branches=given.branch,
        fleet=given.fleet,
        approval=given.approval,
        apply=given.apply,
    )
    return ended(lambda: bootstrap(rules))


if __name__ == "__main__":
    sys.exit(main())
