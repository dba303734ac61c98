"""Build commits, each into a folder of its digest; set the output `built` (bundle_job.py)."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from edgefleet.actions.jobs.bundle_job import build_commits


def main(argv: Sequence[str] | None = None) -> int:
    """Return an exit code of edgefleet's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commits", required=True, help="separated by spaces")
    parser.add_argument("--output", type=Path, required=True, help="the folder to write")
    given = parser.parse_args(argv)
    return build_commits(given.commits.split(), given.output)


if __name__ == "__main__":
    sys.exit(main())
