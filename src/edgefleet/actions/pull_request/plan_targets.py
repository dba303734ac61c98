"""Select the targets whose plan a pull request is shown, and hand them to later jobs as a matrix.

Those that it changes, and that have an environment with `-plan`, whose token can only read. The
files of the pull request are read and never run: what the Worker is built from is not built here.
Outputs of the step: `matrix` and `count`.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from edgefleet.actions.github_actions import add_summary, annotate, set_output
from edgefleet.actions.pull_request.event import pull_request_of
from edgefleet.actions.targets.ring_jobs import LARGEST_MATRIX, target_entry
from edgefleet.actions.targets.select_targets import asked_for, changed, environments_of
from edgefleet.build.sources import build_paths
from edgefleet.config.files.fleet_file import fleet_files, fleet_of
from edgefleet.config.identifiers import PLAN
from edgefleet.config.target import Target
from edgefleet.core.git import changed_since, literal, merge_base
from edgefleet.errors import UsageError
from edgefleet.github.repository import github_of


def select_for_plan(environment: str, tenants: str) -> None:
    """Set the outputs of the step. Raises `UsageError`, `CredentialError` and `GitHubError`."""
    event = os.environ.get("GITHUB_EVENT_PATH")
    found = pull_request_of(Path(event) if event else None)
    selected: list[Target] = []
    if found is None:
        annotate("notice", "plan", "the pull request is closed, or has a newer commit")
    else:
        known = environments_of(github_of(os.environ))
        targets = asked_for(Path.cwd(), tenants, environment)
        ready = [one for one in targets if f"{one}{PLAN}".casefold() in known]
        if not ready:
            annotate("warning", "plan", f"GitHub has no environment TENANT-ENVIRONMENT{PLAN}")
        selected = changed_by(Path.cwd(), found[0].base.sha, ready)
    if len(selected) > LARGEST_MATRIX:
        raise UsageError(
            f"{len(selected)} targets are more than the {LARGEST_MATRIX} jobs of a matrix",
            hint=f"give an environment with {PLAN} to fewer targets",
        )
    entries = [target_entry(one, PLAN) for one in selected]
    set_output("matrix", json.dumps({"include": entries}))
    set_output("count", str(len(selected)))
    add_summary("\n".join([f"### plan: {len(selected)} targets", "", *_list(selected)]))


def changed_by(root: Path, base: str, targets: Sequence[Target]) -> list[Target]:
    """Return the targets whose files are others than where the pull request began."""
    began = merge_base(root, base) or base
    worker = (*build_paths(fleet_of(root).worker), *map(literal, fleet_files(root)))

    def differs(commit: str, paths: Sequence[str]) -> bool:
        return changed_since(root, commit, paths)

    return [one for one in targets if changed(one, began, differs, worker)]


def _list(targets: Sequence[Target]) -> list[str]:
    return [f"- {one}" for one in targets]
