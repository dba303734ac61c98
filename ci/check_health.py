"""Check the health of tenants' Workers, and show the result on the page of the run.

It is `edgefleet health` with a summary; exit codes are the same. Needs the tenant's token.
"""

import argparse
import sys
from collections.abc import Sequence

from edgefleet.actions.github_actions import ended
from edgefleet.actions.jobs.health_job import check


def main(argv: Sequence[str] | None = None) -> int:
    """Return an exit code of edgefleet's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tenants", required=True, help="names, globs, ring:N, tag:T, or all")
    parser.add_argument("--env", required=True, help="an environment of the fleet")
    parser.add_argument("--timeout", default="10", help="seconds for each Worker [default: 10]")
    parser.add_argument("--smoke", action="store_true", help="chat with each Worker too")
    given = parser.parse_args(argv)
    options = ["--tenants", given.tenants, "--env", given.env, "--timeout", given.timeout]
    return ended(lambda: check([*options, *["--smoke"] * given.smoke]))


if __name__ == "__main__":
    sys.exit(main())
