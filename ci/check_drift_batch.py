"""Check many targets for drift on one runner (drift_job.py)."""

import argparse
import sys
from collections.abc import Sequence

from edgefleet.actions.arguments import add_built_option, environment
from edgefleet.actions.github_actions import ended
from edgefleet.actions.jobs.drift_job import check_batch


def main(argv: Sequence[str] | None = None) -> int:
    """Return an exit code of edgefleet's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--env", type=environment, required=True, help="of the fleet")
    parser.add_argument("--tenants", required=True, help="the batch's tenants, separated by commas")
    add_built_option(parser)
    given = parser.parse_args(argv)
    return ended(lambda: check_batch(given.tenants, given.env, given.built))


if __name__ == "__main__":
    sys.exit(main())
