"""The shared locks, for commands that list or free them, or only read their targets."""

from collections.abc import Collection, Mapping

from edgefleet.cli.wiring import Wiring
from edgefleet.config.target import Target
from edgefleet.core.model import Json
from edgefleet.errors import EdgefleetError, UsageError
from edgefleet.locks.models import Lock
from edgefleet.locks.refs import HeldLock, LockRefs, SharedLockUnavailable

SECONDS = 5.0
"""Within which the remote must answer both requests: what is looked at does not depend on it."""


class LockedBy:
    """The locks of some targets, looked at once for the whole command."""

    def __init__(self, wiring: Wiring, targets: Collection[Target]) -> None:
        self._held = _held(wiring, targets)
        for target, held in self._held.items():
            who = held.lock or "a lock that this edgefleet cannot read"
            wiring.progress.say(f"note: {target} is held by {who}")

    def of(self, target: Target) -> Lock | None:
        """Return the lock of a target; None where it is free, or not known."""
        held = self._held.get(str(target))
        return held.lock if held else None

    def json(self, target: Target) -> Json:
        """Return the same as a JSON value."""
        lock = self.of(target)
        return lock.model_dump(mode="json") if lock else None


def _held(wiring: Wiring, targets: Collection[Target]) -> Mapping[str, HeldLock]:
    """Return what holds the targets; nothing where there is no remote, or no answer of it."""
    folders = (wiring.root, *wiring.root.parents)
    if not targets or not any((folder / ".git").exists() for folder in folders):
        return {}
    try:
        wiring.lock_refs.check()
        return wiring.lock_refs.read(map(str, targets), seconds=SECONDS / 2)
    except EdgefleetError:
        return {}


def shared_refs(wiring: Wiring) -> LockRefs:
    """Return the locks that all machines see; raises `UsageError` where there are none."""
    try:
        wiring.lock_refs.check()
    except SharedLockUnavailable as error:
        raise UsageError(
            f"{error.message}: locks are held on each machine alone", hint=error.hint
        ) from error
    return wiring.lock_refs
