"""Keep one GitHub issue for each workflow that fails without a person (unwatched_runs.py)."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from edgefleet.actions.github_actions import ended
from edgefleet.actions.issues.unwatched_runs import sync_unwatched_issue


def main(argv: Sequence[str] | None = None) -> int:
    """Return an exit code of edgefleet's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--event",
        type=Path,
        default=os.environ.get("GITHUB_EVENT_PATH"),
        help="[default: the file that GITHUB_EVENT_PATH names]",
    )
    given = parser.parse_args(argv)
    return ended(lambda: sync_unwatched_issue(given.event))


if __name__ == "__main__":
    sys.exit(main())
