"""Compare a repository's ruleset: `edgefleet github ruleset`, by its former name."""

import sys
from collections.abc import Sequence
from pathlib import Path

from edgefleet.cli.main import main as edgefleet

ROOT = Path(__file__).parents[1]
RULESET = ROOT / ".github" / "rulesets" / "main.json"


def main(argv: Sequence[str] | None = None) -> int:
    """Return an exit code of edgefleet's."""
    given = [
        "--file" if word == "--ruleset" else word
        for word in (sys.argv[1:] if argv is None else argv)
    ]
    return edgefleet(["github", "ruleset", "--root", str(ROOT), *given])


if __name__ == "__main__":
    sys.exit(main())
