"""Collect the files that a job keeps in one folder, unless one holds a secret (artifacts.py)."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from edgefleet.actions.github_actions import ended
from edgefleet.actions.jobs.artifacts import collect


def main(argv: Sequence[str] | None = None) -> int:
    """Return an exit code of edgefleet's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--output", type=Path, required=True, help="the folder to make; it must not hold anything"
    )
    parser.add_argument("paths", nargs="+", type=Path, help="files, or folders of files")
    given = parser.parse_args(argv)
    return ended(lambda: collect(given.paths, given.output))


if __name__ == "__main__":
    sys.exit(main())
