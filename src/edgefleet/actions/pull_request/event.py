"""The pull request whose gates have ended, as GitHub's event `workflow_run` tells of it.

https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows
"""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edgefleet.errors import UsageError


class PullRequestRead(BaseModel):
    """A part of GitHub's event; what else it holds is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class _Repository(PullRequestRead):
    full_name: str


class _Base(PullRequestRead):
    sha: str = Field(pattern=r"^[0-9a-f]{40}$")


class PullRequest(PullRequestRead):
    """A pull request of a branch of this repository."""

    number: int
    base: _Base


class _Run(PullRequestRead):
    event: str
    conclusion: str | None
    head_sha: str
    head_repository: _Repository
    pull_requests: tuple[PullRequest, ...] = ()


class _Event(PullRequestRead):
    repository: _Repository
    workflow_run: _Run


def pull_request_of(file: Path | None) -> tuple[PullRequest, str] | None:
    """Return the pull request and its newest commit; None where it is closed, or moved on.

    Raises `UsageError` for a run that is none of a pull request's, of a fork's, or that failed: who
    wrote its files may not write here, or a gate refused them.
    """
    if file is None:
        raise UsageError("GITHUB_EVENT_PATH is not set", hint="GitHub Actions does so by itself")
    try:
        event = _Event.model_validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise UsageError(
            f"{file} tells of no run of a workflow",
            hint="the event of the workflow is `workflow_run`: see edgefleet-plan.yml",
        ) from error
    run = event.workflow_run
    if run.event != "pull_request":
        raise UsageError(f"the run was started by {run.event}, and not by a pull request")
    if run.head_repository.full_name.casefold() != event.repository.full_name.casefold():
        raise UsageError(
            f"the pull request comes from the fork {run.head_repository.full_name}",
            hint="push its branch to this repository, if you trust it",
        )
    if run.conclusion != "success":
        raise UsageError(f"the gates of the pull request ended with {run.conclusion}")
    return (run.pull_requests[0], run.head_sha) if run.pull_requests else None
