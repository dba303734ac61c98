"""Keep one GitHub issue for each workflow whose runs fail and that no person started.

GitHub mails a failed run to who started it: to no person, where that is a schedule or a bot. Reads
GitHub's event `workflow_run` (GITHUB_EVENT_PATH), needs GITHUB_TOKEN with `issues: write`. A
drift check that opened its own issues needs no other.
https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows
"""

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from edgefleet.actions.github_actions import clean
from edgefleet.actions.issues.drift_issue_rules import LABEL as DRIFT_LABEL
from edgefleet.actions.issues.kept_issue import DesiredIssue, keep_issue
from edgefleet.actions.issues.unwatched_issue import (
    unwatched_body,
    unwatched_closing,
    unwatched_mark,
    unwatched_title,
)
from edgefleet.errors import UsageError
from edgefleet.github.models import UnwatchedRun
from edgefleet.github.repository import GitHub, github_of

LABEL = "unwatched"
DRIFT = "drift"
WELL = {"success", "neutral"}
NOTHING_SAID = {"skipped", "stale"}
"""Conclusions of runs that did nothing: the issue stays as it is."""


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Actor(_Read):
    login: str = ""
    type: str = ""


class _Repository(_Read):
    full_name: str
    default_branch: str = ""


class _Run(_Read):
    id: int
    name: str
    event: str
    conclusion: str | None = None
    display_title: str = ""
    head_branch: str | None = None
    head_sha: str = ""
    html_url: str
    head_repository: _Repository
    triggering_actor: _Actor = _Actor()


class _Event(_Read):
    repository: _Repository
    workflow_run: _Run


def sync_unwatched_issue(event: Path | None) -> None:
    """Open, update or close the issue of the run's workflow.

    Raises `UsageError`, `CredentialError` and `GitHubError`.
    """
    run = unwatched(_read(event))
    if run is None:
        print("a person started this run, or it says nothing of the default branch")
        return
    github = github_of(os.environ)
    wanted = None
    if run.conclusion not in WELL:
        if run.name == DRIFT and any(github.open_issues(DRIFT_LABEL)):
            print("the drift check has its own issues")
            return
        wanted = DesiredIssue(clean(unwatched_title(run)), clean(unwatched_body(run)))
    for action, number in kept(github, run, wanted):
        print(f"{run.name}: {action} {f'issue #{number}' if number else 'a new issue'}")


def kept(github: GitHub, run: UnwatchedRun, wanted: DesiredIssue | None) -> list[tuple[str, int]]:
    """Keep the issue, and return what was done with it."""
    mark = unwatched_mark(run.name)
    return list(keep_issue(github, LABEL, mark, wanted, comment=unwatched_closing(run)))


def unwatched(event: _Event) -> UnwatchedRun | None:
    """Return the run that an issue is about; None where a person watches, or nothing was done.

    A run of another branch or of a fork says nothing of what is deployed.
    """
    run, repository = event.workflow_run, event.repository
    scheduled = run.event == "schedule"
    started = scheduled or run.triggering_actor.type == "Bot"
    here = run.head_repository.full_name == repository.full_name
    conclusion = run.conclusion or "unknown"
    if not (started and here and run.head_branch == repository.default_branch):
        return None
    if conclusion in NOTHING_SAID:
        return None
    return UnwatchedRun(
        id=run.id,
        name=run.name,
        conclusion=conclusion,
        display_title=run.display_title,
        head_sha=run.head_sha,
        html_url=run.html_url,
        started_by="a schedule" if scheduled else run.triggering_actor.login,
    )


def _read(file: Path | None) -> _Event:
    try:
        if file is None:
            raise UsageError("no --event", hint="GitHub Actions sets GITHUB_EVENT_PATH by itself")
        return _Event.model_validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise UsageError(f"{file} is no event of a workflow run: {error}") from error
