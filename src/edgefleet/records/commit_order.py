"""How the commit that is deployed stands to the one that is live."""

from enum import StrEnum
from typing import NamedTuple

from edgefleet.config.target import Target

SHORT = 12
"""Digits of a commit, as a version's tag has them."""


SUPERSEDED = "superseded"
"""The code of the error that refuses a commit which the live one contains: a newer deploy was
quicker, and there is nothing that anybody must do."""


class Order(StrEnum):
    """How a commit stands to another one in the history of a repository."""

    SAME = "same"
    LATER = "later"
    OLDER = "older"
    UNRELATED = "unrelated"
    """Neither is an ancestor of the other."""
    UNKNOWN = "unknown"
    """The repository does not have the other one."""
    SHALLOW = "shallow"
    """The repository is a shallow clone, which has too little history to tell."""


FORWARD = (Order.SAME, Order.LATER)
"""A deploy of such a commit takes nothing back."""


class Backward(NamedTuple):
    """Why a commit would revert what is live, and the next command."""

    why: str
    hint: str


def backward(target: Target, commit: str, live: str, order: Order) -> Backward | None:
    """Say why a deploy of `commit` would revert the commit that is live; None if it does not."""
    if order in FORWARD:
        return None
    new, old = f"commit {commit[:SHORT]}", f"commit {live[:SHORT]}"
    why = {
        Order.OLDER: f"{new} is older than {old}, which is live: it is an ancestor of it",
        Order.UNRELATED: f"{new} does not contain {old}, which is live",
        Order.UNKNOWN: f"{old} is live, and this repository does not have it",
        Order.SHALLOW: f"{old} is live, and this shallow clone cannot tell whether {new} "
        "contains it",
    }[order]
    fetch = {
        Order.UNKNOWN: "git fetch --all --tags; or ",
        Order.SHALLOW: "git fetch --unshallow --tags; or ",
    }.get(order, "")
    again = f"edgefleet deploy --tenant {target.tenant} --env {target.environment} --allow-older"
    return Backward(why, f"{fetch}deploy it all the same: {again}")
