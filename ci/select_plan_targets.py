"""Select the targets that a pull request changes, and set the step's outputs (plan_targets.py)."""

import argparse
import sys
from collections.abc import Sequence

from edgefleet.actions.github_actions import ended
from edgefleet.actions.pull_request.plan_targets import select_for_plan


def main(argv: Sequence[str] | None = None) -> int:
    """Return an exit code of edgefleet's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--env", default="all", help="an environment of the fleet, or all")
    parser.add_argument("--tenants", default="all", help="names, globs, ring:N, tag:T, or all")
    given = parser.parse_args(argv)
    return ended(lambda: select_for_plan(given.env, given.tenants))


if __name__ == "__main__":
    sys.exit(main())
