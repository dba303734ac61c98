"""Which of GitHub's environments a fleet needs, and what is to be done to have them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from edgefleet.config.identifiers import APPROVAL, PLAN, READONLY, UNATTENDED
from edgefleet.github.models import Protection, Reviewer

T = TypeVar("T")

BRANCHES = ("main",)
"""Whose runs may use an environment, where nothing else was asked for."""

MAX_REVIEWERS = 6
MAX_WAIT_MINUTES = 43_200
"""https://docs.github.com/actions/reference/deployments-and-environments"""


@dataclass(frozen=True, slots=True)
class RequestedEnvironment:
    """What environments are to be like; None leaves as it is what is there."""

    branches: tuple[str, ...] | None = None
    reviewers: tuple[Reviewer, ...] | None = None
    wait_minutes: int | None = None
    prevent_self_review: bool | None = None
    approval: bool = False
    """Whether one environment approves a whole run, and no target asks for itself."""


def wanted(name: str, live: Protection | None, asked: RequestedEnvironment) -> Protection:
    """Return the rules that an environment is to have.

    None may be used from any branch: who can push to one could have its job do anything. The
    read-only ones have no reviewers and no wait: a look every night would stand before them. Those
    for rollbacks and for plans of pull requests have neither, and are for `main` alone: no reviewer
    sees what uses their token.
    Where a whole run is approved, a target does not ask again.
    """
    now = live or Protection()
    branches = asked.branches or now.branches or BRANCHES
    if name.endswith((UNATTENDED, PLAN)):
        return Protection(branches=BRANCHES)
    if name.endswith(READONLY) or (asked.approval and not name.endswith(APPROVAL)):
        return Protection(branches=branches)
    return Protection(
        branches=branches,
        reviewers=_or(asked.reviewers, now.reviewers),
        wait_minutes=_or(asked.wait_minutes, now.wait_minutes),
        prevent_self_review=_or(asked.prevent_self_review, now.prevent_self_review),
    )


def differences(live: Protection | None, target: Protection) -> list[str]:
    """Return in words what has to be done; nothing where all is as it should be."""
    done = [] if live else ["create it"]
    now = live or Protection()
    if _ids(now.reviewers) != _ids(target.reviewers):
        done.append(f"reviewers {_names(now.reviewers)} -> {_names(target.reviewers)}")
    if now.wait_minutes != target.wait_minutes:
        done.append(f"wait {now.wait_minutes} -> {target.wait_minutes} minutes")
    if now.prevent_self_review != target.prevent_self_review:
        allowed = "may not" if target.prevent_self_review else "may"
        done.append(f"the starter of a run {allowed} approve it")
    if set(now.branches) != set(target.branches):
        done.append(f"branches {_branches(now)} -> {_branches(target)}")
    return done


def _or(asked: T | None, now: T) -> T:
    return now if asked is None else asked


def _ids(reviewers: Sequence[Reviewer]) -> set[tuple[str, int]]:
    return {(one.kind, one.id) for one in reviewers}


def _names(reviewers: Sequence[Reviewer]) -> str:
    return ", ".join(one.name for one in reviewers) or "none"


def _branches(protection: Protection) -> str:
    return ", ".join(protection.branches) or "any"
