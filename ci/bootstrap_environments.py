"""Create GitHub's environments for tenants: `edgefleet github bootstrap`, by its former name."""

import sys
from collections.abc import Sequence

from edgefleet.cli.main import main as edgefleet


def main(argv: Sequence[str] | None = None) -> int:
    """Return an exit code of edgefleet's."""
    return edgefleet(["github", "bootstrap", *(sys.argv[1:] if argv is None else argv)])


if __name__ == "__main__":
    sys.exit(main())
