"""Keep one GitHub issue for each target that drifts: opened, kept up to date, closed.

Reads what `edgefleet drift --format json` wrote. A target that is in no report is one that nobody
could look at: its issue stays as it is. Needs GITHUB_TOKEN with `issues: write`; GITHUB_API_URL,
GITHUB_REPOSITORY and the run's address come from GitHub's own variables.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from edgefleet.flows.drift_issues import keep_issues
from edgefleet.ports.drifts import read_drifts
from edgefleet.ports.github import github_of
from edgefleet.ports.origin import run_url
from steps import clean, ended


def main(argv: Sequence[str] | None = None) -> int:
    """Bring the issues in line with the reports; say what was done, a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--report",
        type=Path,
        action="append",
        required=True,
        help="a report, or a folder of reports; may be given again",
    )
    parser.add_argument("--dry-run", action="store_true", help="change nothing; say what would be")
    given = parser.parse_args(argv)
    return ended(lambda: report(given.report, dry_run=given.dry_run))


def report(paths: Sequence[Path], *, dry_run: bool) -> None:
    """Do it. Raises `UsageError`, `CredentialError` and `GitHubError`."""
    steps = keep_issues(
        read_drifts(paths),
        github_of(os.environ),
        run_url=run_url(os.environ),
        clean=clean,
        dry_run=dry_run,
    )
    for step in steps:
        which = f"issue #{step.number}" if step.number else "a new issue"
        print(f"{step.target}: {'would ' if dry_run else ''}{step.action} {which}")


if __name__ == "__main__":
    sys.exit(main())
