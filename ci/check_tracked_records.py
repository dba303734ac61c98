"""Refuse records of deployments that git tracks (own_records.py)."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from edgefleet.actions.github_actions import ended
from edgefleet.actions.jobs.own_records import refuse_tracked_records


def main(argv: Sequence[str] | None = None) -> int:
    """Return an exit code of edgefleet's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="[default: here]")
    given = parser.parse_args(argv)
    return ended(lambda: refuse_tracked_records(given.root))


if __name__ == "__main__":
    sys.exit(main())
