"""Keep one GitHub issue for each target that drifts (sync_drift_issues.py)."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from edgefleet.actions.github_actions import ended
from edgefleet.actions.issues.sync_drift_issues import sync_drift_issues


def main(argv: Sequence[str] | None = None) -> int:
    """Return an exit code of edgefleet's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--report",
        type=Path,
        action="append",
        required=True,
        help="a report, or a folder of reports; may be given again",
    )
    parser.add_argument(
        "--targets",
        help="after a check of the whole fleet: its targets, as select_drift_targets.py writes "
        "them; empty where that failed",
    )
    parser.add_argument("--dry-run", action="store_true", help="change nothing; say what would be")
    given = parser.parse_args(argv)
    return ended(lambda: sync_drift_issues(given.report, given.targets, dry_run=given.dry_run))


if __name__ == "__main__":
    sys.exit(main())
