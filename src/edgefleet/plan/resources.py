"""What a configuration names and the account lacks, or was not asked for."""

from typing import NamedTuple

from edgefleet.cloudflare.named_resources import ResourceKind, named, unseen
from edgefleet.config.account_session import AccountSession
from edgefleet.core.model import Json
from edgefleet.state.models import DeployStrategy


class Found(NamedTuple):
    """In words: what is missing, so that the deploy would fail, and what else is worth a note."""

    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def look_for(session: AccountSession, resolved: dict[str, Json], how: DeployStrategy) -> Found:
    """Look for all that is named; for nothing where the deploy changes nothing.

    Raises `ApiError` where Cloudflare gives no answer to go by.
    """
    wanted = tuple(named(resolved)) if how is not DeployStrategy.UNCHANGED else ()
    present = session.account.resources.present(wanted) if wanted else {}
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
