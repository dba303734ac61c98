"""Select the targets of a deploy, and set the outputs of the job `targets` (change_targets.py)."""

import argparse
import sys
from collections.abc import Sequence

from edgefleet.actions.arguments import boolean
from edgefleet.actions.github_actions import ended
from edgefleet.actions.targets.change_targets import DeploySelection, select_for_deploy


def main(argv: Sequence[str] | None = None) -> int:
    """Return an exit code of edgefleet's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--env", required=True, help="an environment of the fleet")
    parser.add_argument("--tenants", required=True, help="names, globs, ring:N, tag:T, or all")
    parser.add_argument(
        "--force", type=boolean, default=False, help="deploy targets too that did not change"
    )
    parser.add_argument("--shards", type=boolean, default=False, help="many targets on each runner")
    parser.add_argument("--dry-run", type=boolean, default=False, help="show the plans alone")
    parser.add_argument(
        "--skip-promotion-check",
        type=boolean,
        default=False,
        help="go without the proof from staging",
    )
    parser.add_argument("--reason", default="", help="why the check is skipped")
    parser.add_argument("--commit", default="", help="the commit that is meant [default: any]")
    given = parser.parse_args(argv)
    selection = DeploySelection(
        environment=given.env,
        tenants=given.tenants,
        force=given.force,
        shards=given.shards,
        dry_run=given.dry_run,
        skip_promotion_check=given.skip_promotion_check,
        reason=given.reason,
        commit=given.commit,
    )
    return ended(lambda: select_for_deploy(selection))


if __name__ == "__main__":
    sys.exit(main())
