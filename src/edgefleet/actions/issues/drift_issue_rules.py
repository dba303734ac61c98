"""Which GitHub issues to open, edit and close after a look at targets."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from edgefleet.config.target import Target
from edgefleet.drift.models import Drift, State
from edgefleet.github.models import Issue

LABEL = "drift"
"""Only those with rights in a repository can set a label there; anybody can write a marker."""

Words = Callable[[Drift], tuple[str, str]]
"""A target's drift -> title and body of its issue."""


class IssueAction(StrEnum):
    """What is done with an issue."""

    OPEN = "open"
    EDIT = "edit"
    KEEP = "keep"
    CLOSE = "close"
    CLOSE_SURPLUS = "close, for there is another,"


@dataclass(frozen=True, slots=True)
class IssueStep:
    """One thing to do; `number` is 0 where an issue is still to be opened."""

    action: IssueAction
    target: Target
    number: int
    title: str
    body: str


def marker(target: Target) -> str:
    """Return the comment, invisible to readers, that an issue of this target begins with."""
    return f"<!-- edgefleet drift: {target} -->"


def issue_steps(
    drifts: Sequence[Drift], issues: Iterable[Issue], words: Words
) -> Iterator[IssueStep]:
    """Yield what is to be done for each target that was looked at; other issues stay as they are.

    `issues` are the open ones with the label, oldest first: a target goes on with its oldest. Two
    runs at a time may have opened more. Of a target that is not deployed it is unknown whether
    what its issue is about was settled.
    """
    known = list(issues)
    for drift in drifts:
        if drift.state is State.NOT_DEPLOYED:
            continue
        own = [one for one in known if one.body.startswith(marker(drift.target))]
        if drift.in_sync:
            yield from (_closing(IssueAction.CLOSE, drift, one) for one in own)
            continue
        title, body = words(drift)
        number = own[0].number if own else 0
        yield IssueStep(_action(own, title, body), drift.target, number, title, body)
        yield from (_closing(IssueAction.CLOSE_SURPLUS, drift, one) for one in own[1:])


def _action(own: Sequence[Issue], title: str, body: str) -> IssueAction:
    if not own:
        return IssueAction.OPEN
    return IssueAction.KEEP if (own[0].title, own[0].body) == (title, body) else IssueAction.EDIT


def _closing(action: IssueAction, drift: Drift, issue: Issue) -> IssueStep:
    return IssueStep(action, drift.target, issue.number, issue.title, issue.body)
