"""Select the targets that a look at drift left, for want of a bundle (unbuilt_targets.py)."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from edgefleet.actions.github_actions import ended
from edgefleet.actions.targets.unbuilt_targets import select_unbuilt


def main(argv: Sequence[str] | None = None) -> int:
    """Return an exit code of edgefleet's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reports", type=Path, help="the folder of the artifacts")
    given = parser.parse_args(argv)
    return ended(lambda: select_unbuilt(given.reports))


if __name__ == "__main__":
    sys.exit(main())
