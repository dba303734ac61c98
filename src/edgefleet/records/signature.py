"""What edgefleet writes on versions and deployments, so that it knows them again on any machine.

    tag of a version:         DIGEST-COMMIT[-ASSETS] (see `state.own_tag`)
    message of a deployment:  edgefleet VERSION[, ACTION][, commit COMMIT][, assets ASSETS]
                              [, by ACTOR][, canary STATE][: REASON]

Cloudflare keeps 100 bytes of a tag and 1,000 of a message.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from edgefleet.cloudflare.limits import MESSAGE_BYTES
from edgefleet.cloudflare.models import LiveState, TrafficShare
from edgefleet.core.foreign.text import foreign_text
from edgefleet.core.ids import short_digest
from edgefleet.records.models import Action, Origin
from edgefleet.state.canary_state import CanaryState, canary_state
from edgefleet.state.own_tag import NO_COMMIT, OWN_TAG

OWN_MESSAGE = "edgefleet "
"""What the message of a deployment begins with that a deploy or a rollback made."""

RESTORED = "edgefleet: restore"
"""The message of a deployment that restores what was live before one that failed; why follows."""

LONGEST_ACTOR = 60
LONGEST_REASON = MESSAGE_BYTES - 200
"""Bytes; the version, the commit and the actor need the rest of Cloudflare's message."""

_MESSAGE = re.compile(
    rf"{OWN_MESSAGE}\d[\w.+-]*"
    r"(?:, (?P<action>rollback|restore))?"
    rf"(?:, commit (?P<commit>[0-9a-f]+|{NO_COMMIT}))?"
    r"(?:, assets [0-9a-f]+)?"
    r"(?:, by (?P<actor>[^:,]+))?"
    r"(?:, (?P<canary>canary [^:,]+))?"
    r"(?:: (?P<reason>.*))?",
    re.DOTALL,
)


class Signed(NamedTuple):
    """What a message of edgefleet's own says; None where it does not."""

    action: Action
    commit: str | None = None
    actor: str | None = None
    reason: str | None = None
    canary: CanaryState | None = None
    """Where the canary stands that it is a deployment of."""


def message_of(
    action: Action,
    origin: Origin,
    commit: str | None,
    reason: str | None,
    assets: str | None = None,
) -> str:
    """Return the message of a deployment that edgefleet makes; `assets` is their short digest."""
    done = "" if action is Action.DEPLOY else f", {action}"
    made = f", commit {short_digest(commit, NO_COMMIT)}"
    made += f", assets {assets}" if assets else ""
    actor = re.sub(r"[:,\s]+", " ", foreign_text(origin.actor or "", LONGEST_ACTOR)).strip()
    who = f", by {actor}" if actor else ""
    why = f": {foreign_text(reason, LONGEST_REASON)}" if reason else ""
    return f"{OWN_MESSAGE}{origin.edgefleet_version}{done}{made}{who}{why}"


def read_message(message: str | None) -> Signed | None:
    """Return what a deployment's message says, if edgefleet wrote it; older ones say less."""
    if restores(message):
        return Signed(Action.RESTORE)
    found = _MESSAGE.fullmatch(message or "")
    if found is None:
        return None
    commit = found["commit"]
    return Signed(
        action=Action(found["action"] or Action.DEPLOY),
        commit=None if commit == NO_COMMIT else commit,
        actor=found["actor"],
        reason=found["reason"],
        canary=canary_state(found["canary"]),
    )


def with_canary(message: str, state: CanaryState) -> str:
    """Return the message of a deployment of a canary; a long reason loses its end."""
    head, colon, reason = message.partition(": ")
    head = f"{head}, {state.text()}"
    room = MESSAGE_BYTES - len(f"{head}{colon}".encode())
    return f"{head}{colon}{reason.encode()[:room].decode(errors='ignore')}"


def without_canary(message: str) -> str:
    """Return the message that a run gives to what is no deployment of a canary."""
    found = _MESSAGE.fullmatch(message)
    if found is None or not found["canary"]:
        return message
    return f"{message[: found.start('canary') - 2]}{message[found.end('canary') :]}"


def run_of(message: str | None) -> str:
    """Return the part of a message that all deployments of one run have: all but the reason."""
    return without_canary(message or "").partition(": ")[0]


def restores(message: str | None) -> bool:
    """Whether a deployment restored what was live before, by its message."""
    return message is not None and (message == RESTORED or message.startswith(f"{RESTORED}, "))


def restored_why(message: str | None) -> str:
    """Return why a deployment restored what was live; empty where its message does not say."""
    return (message or "").removeprefix(RESTORED).removeprefix(", ") if restores(message) else ""


def restore_message(why: str) -> str:
    """Return the message of a deployment that restores what was live, and why it does."""
    return f"{RESTORED}, {foreign_text(why, LONGEST_REASON // 2)}"


def own_message(message: str | None) -> bool:
    """Whether edgefleet wrote a deployment's message."""
    return read_message(message) is not None


def own_tag(tag: str) -> bool:
    """Whether edgefleet wrote a version's tag."""
    return OWN_TAG.fullmatch(tag) is not None


def commit_of_tag(tag: str) -> str | None:
    """Return the abbreviated commit in a version's tag that edgefleet wrote, if it knew one."""
    found = OWN_TAG.fullmatch(tag)
    return found[1] if found else None


def unfinished(versions: Sequence[TrafficShare]) -> str:
    """Return what a split means that edgefleet made: a canary, under way or killed."""
    share = min(one.percentage for one in versions)
    if share == 0:
        return "a run of edgefleet that did not end"
    return f"a canary of edgefleet at {share:g} %, under way or killed: a deploy ends it"


def own_split(live: LiveState) -> Signed | None:
    """Return what the message of the split in force says, where a run of edgefleet made it."""
    if live.deployment is None or not live.deployment.split:
        return None
    return read_message(live.history[0].message) if live.history else None
