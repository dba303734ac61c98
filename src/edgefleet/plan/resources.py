"""What a configuration names and the account lacks, or was not asked for."""

from collections.abc import Collection, Iterator
from enum import Enum
from typing import NamedTuple

from edgefleet.cloudflare.models import LiveState
from edgefleet.cloudflare.named_resources import NamedResource, ResourceKind, named, unseen
from edgefleet.config.account_session import AccountSession
from edgefleet.core.model import Json
from edgefleet.state.flat_state import below
from edgefleet.state.models import Change, DeployStrategy

REFUSED_AT_UPLOAD = (ResourceKind.NAMESPACE, ResourceKind.DATABASE, ResourceKind.INDEX)
"""Kinds of which Cloudflare takes no version that binds one which is not there.

Its codes are 10041, 10181 and 10159.
"""


class Look(Enum):
    """For which resources a plan looks."""

    ALL = "all that the configuration names"
    NEW = "all but those of `REFUSED_AT_UPLOAD` that the live version binds as well"
    NONE = "none"


class Found(NamedTuple):
    """In words: what is missing, so that the deploy would fail, and what else is worth a note."""

    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def look_for(
    session: AccountSession,
    resolved: dict[str, Json],
    how: DeployStrategy,
    live: LiveState,
    changes: Collection[Change] | None = None,
) -> Found:
    """Look for all that is named; for nothing where the deploy changes nothing.

    With `changes` those resources are left out that Cloudflare itself looks for at the upload, and
    that the changes do not bind. Raises `ApiError` where Cloudflare gives no answer to go by.
    """
    wanted = tuple(named(resolved)) if how is not DeployStrategy.UNCHANGED else ()
    if changes is not None:
        wanted = tuple(_new(wanted, resolved, changes))
    present = session.account.resources.present(wanted, live.scripts) if wanted else {}
    missing = [one for one, there in present.items() if there is False]
    later = [one for one in missing if one.kind is ResourceKind.ENTRYPOINT]
    unread: dict[ResourceKind, str] = {}
    for one in (one for one, there in present.items() if there is None):
        unread[one.kind] = f"{unread[one.kind]}, {one.words}" if one.kind in unread else one.words
    unknown = [words for words, _ in unseen(resolved)] if wanted else []
    return Found(
        missing=tuple(dict.fromkeys(one.words for one in missing if one not in later)),
        notes=(
            *(f"the account has no {one.words} yet" for one in later),
            *(f"not checked whether it exists: {words}" for words in (*unread.values(), *unknown)),
        ),
    )


def _new(
    wanted: Collection[NamedResource], resolved: dict[str, Json], changes: Collection[Change]
) -> Iterator[NamedResource]:
    changed = {change.path for change in changes}
    for one in wanted:
        if one.kind in REFUSED_AT_UPLOAD:
            section, number, _ = one.keys
            if below("bindings", resolved[str(section)][number]["binding"]) not in changed:
                continue
        yield one
