"""Build the bundle into a folder, and set the step's output `digest` (bundle_job.py)."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from edgefleet.actions.jobs.bundle_job import build_bundle


def main(argv: Sequence[str] | None = None) -> int:
    """Return an exit code of edgefleet's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, required=True, help="the folder to write")
    parser.add_argument(
        "--ref", default="", help="the commit to build; the working tree by default"
    )
    given = parser.parse_args(argv)
    return build_bundle(given.output, given.ref)


if __name__ == "__main__":
    sys.exit(main())
