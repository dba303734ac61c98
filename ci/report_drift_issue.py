"""Keep one GitHub issue for each target that drifts: opened, kept up to date, closed.

Reads what `edgefleet drift --format json` wrote. A target that is in no report is one that nobody
could look at: its issue stays as it is, and with --targets one more issue names all of them.
Needs GITHUB_TOKEN with `issues: write`; GITHUB_API_URL, GITHUB_REPOSITORY and the run's address
come from GitHub's own variables.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from edgefleet.actions.drift_issues import keep_issues, keep_unseen_issue
from edgefleet.drift.models import Drift
from edgefleet.drift.report_file import read_drifts
from edgefleet.github.repository import github_of
from edgefleet.records.provenance import run_url
from handed_on import targets_in
from steps import annotate, clean, ended


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
    parser.add_argument(
        "--targets",
        help="after a look at the whole fleet: its targets, as plan_matrix.py gives them; empty "
        "where it failed",
    )
    parser.add_argument("--dry-run", action="store_true", help="change nothing; say what would be")
    given = parser.parse_args(argv)
    return ended(lambda: report(given.report, given.targets, dry_run=given.dry_run))


def report(paths: Sequence[Path], targets: str | None, *, dry_run: bool) -> None:
    """Do it. Raises `UsageError`, `CredentialError` and `GitHubError`."""
    drifts = read_drifts(paths)
    if os.environ.get("ACT") and not os.environ.get("GITHUB_TOKEN"):
        annotate("notice", "drift", "act has no GitHub: no issue is opened, updated or closed")
        return
    github, page = github_of(os.environ), run_url(os.environ)
    would = "would " * dry_run
    try:
        for step in keep_issues(drifts, github, run_url=page, clean=clean, dry_run=dry_run):
            print(f"{step.target}: {would}{step.action} {_which(step.number)}")
    finally:  # what GitHub refuses of one issue keeps no other away
        if targets is not None:
            unseen = not_in(drifts, targets) if targets else None
            told = keep_unseen_issue(unseen, github, run_url=page, dry_run=dry_run)
            for action, number in told:
                print(f"targets without a look: {would}{action} {_which(number)}")


def not_in(drifts: Sequence[Drift], targets: str) -> list[str]:
    """Return the targets of which there is no report."""
    seen = {drift.target for drift in drifts}
    return [str(target) for target in targets_in(targets) if target not in seen]


def _which(number: int) -> str:
    return f"issue #{number}" if number else "a new issue"


if __name__ == "__main__":
    sys.exit(main())
