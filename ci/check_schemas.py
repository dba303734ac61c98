"""Hold workflows, actions and Dependabot's file to the schemas that check-jsonschema carries.

One process for all of them: loading the program costs more than each check.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from check_jsonschema import main as check_jsonschema  # type: ignore[import-untyped]

from edgefleet.errors import ExitCode

ROOT = Path(__file__).parents[1]
SCHEMAS = {
    "vendor.github-workflows": ".github/workflows/*.yml",
    "vendor.github-actions": ".github/actions/*/action.yml",
    "vendor.dependabot": ".github/dependabot.yml",
}
"""Schema -> the files that it is for."""


def main(argv: Sequence[str] | None = None) -> int:  # noqa: ARG001 - as every script of ci/
    """Check the files of this repository; return 4 if any of them is refused."""
    return ExitCode.OK if check(ROOT) else ExitCode.CONFIG


def check(root: Path) -> bool:
    """Say whether every file passes; those that do not are printed, with what is wrong."""
    passed = [_passes(root, schema, pattern) for schema, pattern in SCHEMAS.items()]
    return all(passed)


def _passes(root: Path, schema: str, pattern: str) -> bool:
    files = sorted(map(str, root.glob(pattern)))
    try:
        check_jsonschema(["--builtin-schema", schema, *files])
    except SystemExit as end:
        return not end.code
    return True


if __name__ == "__main__":
    sys.exit(main())
