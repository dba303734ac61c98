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
    return build_bundle(parser.parse_args(argv).output)


if __name__ == "__main__":
    sys.exit(main())
