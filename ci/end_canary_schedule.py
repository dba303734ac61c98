"""Switch the schedule off that goes on with canaries, where none is left (canary_schedule.py)."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from edgefleet.actions.github_actions import ended
from edgefleet.actions.targets.canary_schedule import end_schedule


def main(argv: Sequence[str] | None = None) -> int:
    """Return an exit code of edgefleet's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path, help="the folder of the jobs' artifacts")
    given = parser.parse_args(argv)
    return ended(lambda: end_schedule(given.results))


if __name__ == "__main__":
    sys.exit(main())
