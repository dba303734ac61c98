"""Show a pull request the plans of its targets, in one comment (plan_comment.py)."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from edgefleet.actions.github_actions import ended
from edgefleet.actions.pull_request.plan_comment import comment_plan


def main(argv: Sequence[str] | None = None) -> int:
    """Return an exit code of edgefleet's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--matrix", required=True, help="the output of select_plan_targets.py")
    parser.add_argument("--plans", type=Path, required=True, help="the folder of all artifacts")
    given = parser.parse_args(argv)
    return ended(lambda: comment_plan(given.matrix, given.plans))


if __name__ == "__main__":
    sys.exit(main())
