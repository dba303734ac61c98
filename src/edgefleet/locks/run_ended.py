"""Whether a run of GitHub Actions that holds a lock has ended."""

import re
from collections.abc import Mapping

from edgefleet.config.credentials.lock_credential import VARIABLE
from edgefleet.errors import EdgefleetError

ADDRESS = re.compile(
    r"https?://[^/\s]+/(?P<repository>[\w.-]+/[\w.-]+)/actions/runs/(?P<run>[0-9]+)"
)


def run_ended(url: str, environ: Mapping[str, str]) -> bool:
    """Ask GitHub about the run at an address; False where it cannot be asked, or does not know.

    It is asked with GITHUB_TOKEN, or else EDGEFLEET_LOCK_TOKEN, about runs of GITHUB_REPOSITORY
    alone: a lock of another repository's run ends with its lease.
    """
    match = ADDRESS.fullmatch(url)
    repository = environ.get("GITHUB_REPOSITORY", "")
    if match is None or match["repository"].lower() != repository.lower():
        return False
    # Only who meets such a lock needs requests, which takes long to load.
    from edgefleet.github.repository import github_of
    from edgefleet.github.runs import workflow_run

    token = environ.get("GITHUB_TOKEN") or environ.get(VARIABLE, "")
    try:
        github = github_of({**environ, "GITHUB_TOKEN": token})
        run = workflow_run(github, int(match["run"]))
    except EdgefleetError:
        return False
    return run is not None and run.status == "completed"
