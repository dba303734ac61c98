"""Show on the page of the run what `edgefleet drift --format json` found at many targets.

Exit 0 where no target drifts, 3 where one does, 6 where a target that must be there is in no
report: its state is unknown.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from edgefleet.actions.github_actions import ended
from edgefleet.actions.summaries.drift_summary import summarize_drift


def main(argv: Sequence[str] | None = None) -> int:
    """Return an exit code of edgefleet's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reports", nargs="+", type=Path, help="reports, or folders of reports")
    parser.add_argument(
        "--targets",
        help="the targets that must be there, as select_drift_targets.py writes them "
        "[default: every tenant in each environment]",
    )
    given = parser.parse_args(argv)
    return ended(lambda: summarize_drift(given.reports, given.targets))


if __name__ == "__main__":
    sys.exit(main())
