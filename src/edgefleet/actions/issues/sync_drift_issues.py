"""Keep one GitHub issue for each target that drifts: opened, kept up to date, closed.

Reads what `edgefleet drift --format json` wrote. A target that is in no report could not be
checked: its issue stays as it is, and with --targets one more issue names all of them.
Needs GITHUB_TOKEN with `issues: write`; GITHUB_API_URL, GITHUB_REPOSITORY and the run's address
come from GitHub's own variables.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from edgefleet.actions.github_actions import annotate, clean
from edgefleet.actions.issues.drift_issues import keep_issues, keep_unseen_issue
from edgefleet.actions.targets.job_outputs import targets_in
from edgefleet.drift.models import Drift
from edgefleet.drift.report_file import read_drifts
from edgefleet.github.repository import github_of
from edgefleet.github.workflow_files import workflow_file
from edgefleet.records.provenance import run_url


def sync_drift_issues(paths: Sequence[Path], targets: str | None, *, dry_run: bool) -> None:
    """Open, update and close issues. Raises `UsageError`, `CredentialError` and `GitHubError`."""
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
            again = workflow_file(Path.cwd(), "drift")
            told = keep_unseen_issue(unseen, github, run_url=page, dry_run=dry_run, workflow=again)
            for action, number in told:
                print(f"targets without a look: {would}{action} {_which(number)}")


def not_in(drifts: Sequence[Drift], targets: str) -> list[str]:
    """Return the targets of which there is no report."""
    seen = {drift.target for drift in drifts}
    return [str(target) for target in targets_in(targets) if target not in seen]


def _which(number: int) -> str:
    return f"issue #{number}" if number else "a new issue"
