"""Keep one GitHub issue about something that is wrong, for as long as it is."""

from collections.abc import Iterator
from dataclasses import dataclass

from edgefleet.actions.issues.drift_issue_rules import IssueAction
from edgefleet.github.repository import GitHub


@dataclass(frozen=True, slots=True)
class DesiredIssue:
    """The issue that there is to be; `body` begins with the mark that it is found by."""

    title: str
    body: str


def keep_issue(
    github: GitHub,
    label: str,
    mark: str,
    wanted: DesiredIssue | None,
    *,
    comment: str,
    dry_run: bool = False,
) -> Iterator[tuple[IssueAction, int]]:
    """Open, edit or close the issue with a label and a mark; yield what is done, with its number.

    None is wanted where all is well again: `comment` is then said, and the issue closed. The number
    of an issue that is still to be opened is 0. Needs `issues: write`. Raises `GitHubError`.
    """
    known = [one for one in github.open_issues(label) if one.body.startswith(mark)]
    if wanted is None:
        for one in known:
            if not dry_run:
                github.close_issue(one.number, comment)
            yield IssueAction.CLOSE, one.number
    elif not known:
        made = None if dry_run else github.open_issue(wanted.title, wanted.body, label)
        yield IssueAction.OPEN, made.number if made else 0
    elif (known[0].title, known[0].body) != (wanted.title, wanted.body):
        if not dry_run:
            github.edit_issue(known[0].number, wanted.title, wanted.body)
        yield IssueAction.EDIT, known[0].number
