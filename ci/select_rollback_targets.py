"""Select the targets of a rollback; set the outputs of the job `targets` (change_targets.py)."""

import argparse
import sys
from collections.abc import Sequence

from edgefleet.actions.github_actions import ended
from edgefleet.actions.targets.change_targets import RollbackSelection, select_for_rollback


def main(argv: Sequence[str] | None = None) -> int:
    """Return an exit code of edgefleet's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--env", required=True, help="an environment of the fleet")
    parser.add_argument("--tenants", required=True, help="names, globs, ring:N, tag:T, or all")
    parser.add_argument("--to", default="previous", help="previous, a version's id, or a commit")
    given = parser.parse_args(argv)
    selection = RollbackSelection(given.env, given.tenants, given.to)
    return ended(lambda: select_for_rollback(selection))


if __name__ == "__main__":
    sys.exit(main())
