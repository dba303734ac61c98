"""Keep one GitHub issue for each target that drifts, for as long as it does."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from edgefleet.actions.issues.drift_issue_rules import LABEL, IssueAction, IssueStep, issue_steps
from edgefleet.actions.issues.drift_issue_text import (
    OUTSIDE,
    closing_comment,
    issue_body,
    issue_title,
)
from edgefleet.actions.issues.kept_issue import DesiredIssue, keep_issue
from edgefleet.actions.issues.unseen_issue import MARK, unseen_body, unseen_closing, unseen_title
from edgefleet.drift.models import Drift
from edgefleet.github.repository import GitHub
from edgefleet.github.responses import GitHubError

SURPLUS = "Another issue is about this target."


def keep_issues(
    drifts: Sequence[Drift],
    github: GitHub,
    *,
    run_url: str | None,
    clean: Callable[[str], str],
    dry_run: bool,
) -> Iterator[IssueStep]:
    """Open, edit and close issues, and yield each step; a dry run only yields them.

    `clean` takes out of a text what must not be public. Doing it twice changes nothing more. A
    target that could not be checked is not among `drifts`, and its issue stays. What GitHub refuses
    of one target keeps no other from its issue. Raises `GitHubError` afterwards.
    """
    failed: list[GitHubError] = []

    def words(drift: Drift) -> tuple[str, str]:
        return clean(issue_title(drift)), clean(issue_body(drift, run_url))

    for step in issue_steps(drifts, github.open_issues(LABEL), words):
        try:
            yield _carried_out(step, github, closing_comment(run_url)) if not dry_run else step
        except GitHubError as error:
            failed.append(error)
    if failed:
        raise GitHubError(f"{len(failed)} issues failed: {failed[0].message}", hint=failed[0].hint)


def keep_unseen_issue(
    unseen: Sequence[str] | None,
    github: GitHub,
    *,
    run_url: str | None,
    dry_run: bool,
    workflow: str = "drift.yml",
) -> Iterator[tuple[IssueAction, int]]:
    """Keep one issue about the targets at which no look succeeded; yield what is done with it.

    `unseen` names them; None: the targets could not even be chosen. `workflow` is the file that
    looks again.
    """
    run = run_url or OUTSIDE
    names = unseen or ()
    wanted = None
    if unseen is None or unseen:
        wanted = DesiredIssue(unseen_title(names), unseen_body(names, run, workflow))
    return keep_issue(github, LABEL, MARK, wanted, comment=unseen_closing(run), dry_run=dry_run)


def _carried_out(step: IssueStep, github: GitHub, comment: str) -> IssueStep:
    match step.action:
        case IssueAction.OPEN:
            made = github.open_issue(step.title, step.body, LABEL)
            return replace(step, number=made.number)
        case IssueAction.EDIT:
            github.edit_issue(step.number, step.title, step.body)
        case IssueAction.CLOSE:
            github.close_issue(step.number, comment)
        case IssueAction.CLOSE_SURPLUS:
            github.close_issue(step.number, SURPLUS, reason="not_planned")
        case IssueAction.KEEP:
            pass
    return step
