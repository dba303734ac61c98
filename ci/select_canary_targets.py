"""Select the targets whose canaries a run goes on with (canary_targets.py)."""

import argparse
import sys
from collections.abc import Sequence

from edgefleet.actions.arguments import boolean
from edgefleet.actions.github_actions import ended
from edgefleet.actions.targets.canary_targets import CanarySelection, select_for_canary


def main(argv: Sequence[str] | None = None) -> int:
    """Return an exit code of edgefleet's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--env", required=True, help="an environment of the fleet, or all")
    parser.add_argument("--tenants", required=True, help="names, globs, ring:N, tag:T, or all")
    parser.add_argument(
        "--scheduled", type=boolean, default=False, help="those alone that have a canary under way"
    )
    given = parser.parse_args(argv)
    selection = CanarySelection(given.env, given.tenants, given.scheduled)
    return ended(lambda: select_for_canary(selection))


if __name__ == "__main__":
    sys.exit(main())
