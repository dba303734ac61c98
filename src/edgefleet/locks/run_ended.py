"""Ask GitHub whether the Actions run that holds a lock has ended."""

import re
from collections.abc import Mapping

from edgefleet.config.credentials.lock_credential import VARIABLE
from edgefleet.errors import EdgefleetError

ADDRESS = re.compile(
    r"https?://[^/\s]+/(?P<repository>[\w.-]+/[\w.-]+)/actions/runs/(?P<run>[0-9]+)"
)


def run_ended(url: str, environ: Mapping[str, str]) -> bool:
    """Return whether the run at a URL has ended; False if GitHub does not answer or know it.

    edgefleet asks with GITHUB_TOKEN or EDGEFLEET_LOCK_TOKEN, and only about runs of
    GITHUB_REPOSITORY: the lock of another repository's run ends with its lease.
    """
    match = ADDRESS.fullmatch(url)
    repository = environ.get("GITHUB_REPOSITORY", "")
    if match is None or match["repository"].lower() != repository.lower():
        return False
    # Loaded only for such a lock: requests takes long to import.
    from edgefleet.github.repository import github_of
    from edgefleet.github.runs import workflow_run

    token = environ.get("GITHUB_TOKEN") or environ.get(VARIABLE, "")
    try:
        github = github_of({**environ, "GITHUB_TOKEN": token})
        run = workflow_run(github, int(match["run"]))
    except EdgefleetError:
        return False
    return run is not None and run.status == "completed"
