"""Let an environment have only what the one before it proved (promotion.py)."""

import argparse
import sys
from collections.abc import Sequence

from edgefleet.actions.arguments import boolean
from edgefleet.actions.github_actions import ended
from edgefleet.actions.promotion.promotion import require_promotion
from edgefleet.actions.targets.job_outputs import targets_in


def main(argv: Sequence[str] | None = None) -> int:
    """Return an exit code of edgefleet's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--targets", required=True, help="the output of select_deploy_targets.py")
    parser.add_argument("--digest", required=True, help="SHA-256 of the bundle")
    parser.add_argument("--commit", required=True)
    parser.add_argument(
        "--skip-promotion-check",
        type=boolean,
        default=False,
        help="go without the proof from staging",
    )
    parser.add_argument("--reason", default="", help="why the check is skipped")
    given = parser.parse_args(argv)

    def run() -> None:
        require_promotion(
            targets_in(given.targets),
            given.digest,
            given.commit,
            skip=given.skip_promotion_check,
            reason=given.reason,
        )

    return ended(run)


if __name__ == "__main__":
    sys.exit(main())
