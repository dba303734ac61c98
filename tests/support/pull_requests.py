"""The event of a pull request whose gates have ended, as GitHub writes it into a file."""

import json
from pathlib import Path
from typing import Any

from support.github import REPOSITORY


def pull_request_event(
    file: Path, *, number: int = 101, head: str = "c" * 40, base: str = "b" * 40, **run: Any
) -> Path:
    """Write it; `run` is what is unusual about the run of the gates."""
    pull_request = {"number": number, "head": {"sha": head}, "base": {"ref": "main", "sha": base}}
    ended = {
        "id": 7,
        "name": "edgefleet-gates",
        "event": "pull_request",
        "conclusion": "success",
        "head_branch": "change",
        "head_sha": head,
        "head_repository": {"full_name": REPOSITORY},
        "pull_requests": [pull_request],
        **run,
    }
    repository = {"full_name": REPOSITORY, "default_branch": "main"}
    event = {"action": "completed", "repository": repository, "workflow_run": ended}
    file.write_text(json.dumps(event))
    return file
