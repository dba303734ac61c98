"""Compare a repository's live ruleset at GitHub with .github/rulesets/main.json.

Exit 0 where they agree, 3 with a line for each difference (branch_protection.py). Needs
GITHUB_REPOSITORY and GITHUB_TOKEN.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from edgefleet.actions.github_actions import ended
from edgefleet.actions.repository.branch_protection import check_branch_protection

RULESET = Path(__file__).parents[1] / ".github" / "rulesets" / "main.json"


def main(argv: Sequence[str] | None = None) -> int:
    """Return an exit code of edgefleet's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--ruleset", type=Path, default=RULESET, help="[default: this repository's]"
    )
    given = parser.parse_args(argv)
    return ended(lambda: check_branch_protection(given.ruleset))


if __name__ == "__main__":
    sys.exit(main())
