"""The shared lock of a rollback's target: who holds it, and how the rollback gets past."""

import os
from pathlib import Path

from edgefleet.actions.github_actions import annotate
from edgefleet.config.credentials import lock_credential
from edgefleet.config.target import Target
from edgefleet.locks.locking import LockMode
from edgefleet.locks.models import Lock
from edgefleet.locks.refs import LockRefs, SharedLockUnavailable
from edgefleet.records.models import Action

WAIT = "15m"
"""For how long a rollback waits for a run that is no deploy, such as another rollback."""


def shared_locks() -> LockRefs | None:
    """Return the locks that all machines see; None where this job can take none of them."""
    mode = os.environ.get("EDGEFLEET_LOCK") or LockMode.AUTO
    if mode == LockMode.LOCAL or not os.environ.get(lock_credential.VARIABLE):
        return None
    refs = LockRefs(Path.cwd(), os.environ)
    try:
        refs.check()
    except SharedLockUnavailable:
        return None
    return refs


def lock_holder(refs: LockRefs, target: Target) -> Lock | None:
    """Return the lock of the run that holds the target, if any run does."""
    held = refs.read([str(target)]).get(str(target))
    return held.lock if held else None


def options_past(target: Target, lock: Lock | None) -> list[str]:
    """Return the options with which a rollback gets past the run that holds the target.

    It takes the lock, and the traffic, over from a deploy alone; for all others it waits.
    """
    if lock is None or lock.action != Action.DEPLOY:
        return ["--wait", WAIT]
    annotate("notice", str(target), f"the lock is taken over from {lock}")
    return ["--take-over-lock", "--replace-split"]
