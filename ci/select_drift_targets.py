"""Select the targets of a drift check; set the outputs of the job `targets` (drift_targets.py)."""

import argparse
import sys
from collections.abc import Sequence

from edgefleet.actions.arguments import boolean
from edgefleet.actions.github_actions import ended
from edgefleet.actions.targets.drift_targets import DriftSelection, select_for_drift


def main(argv: Sequence[str] | None = None) -> int:
    """Return an exit code of edgefleet's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--env", required=True, help="an environment of the fleet, or all")
    parser.add_argument("--tenants", required=True, help="names, globs, ring:N, tag:T, or all")
    parser.add_argument(
        "--batches", type=boolean, default=False, help="many targets on each runner"
    )
    given = parser.parse_args(argv)
    selection = DriftSelection(given.env, given.tenants, given.batches)
    return ended(lambda: select_for_drift(selection))


if __name__ == "__main__":
    sys.exit(main())
