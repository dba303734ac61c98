"""Free locks whose run will not free them: a person's decision, which is recorded."""

from collections.abc import Callable, Mapping

from edgefleet.errors import TargetBusyError, UsageError
from edgefleet.locks.models import Lock
from edgefleet.locks.refs import HeldLock, LockRefs

SaveUnlocked = Callable[[str, Lock], None]
"""Notes that the lock of a target was freed."""


def unlock_target(refs: LockRefs, target: str, lock_id: str, record: SaveUnlocked) -> Lock:
    """Free one target from the run of this id, and return its lock. Raises `UsageError`."""
    held = refs.read([target]).get(target)
    if held is None:
        raise UsageError(f"{target} is not held", hint="edgefleet locks")
    if held.lock is None or held.lock.id != lock_id:
        holder = held.lock or "a lock that this edgefleet cannot read"
        raise UsageError(
            f"{target} is not held by run {lock_id}, but by {holder}", hint="edgefleet locks"
        )
    _free(refs, {target: held}, record)
    return held.lock


def unlock_run(refs: LockRefs, lock_id: str, record: SaveUnlocked) -> tuple[str, ...]:
    """Free all targets that a run holds, in one push; return their names. Raises `UsageError`."""
    there = refs.read()
    held = {name: one for name, one in there.items() if one.lock and one.lock.id == lock_id}
    if not held:
        raise UsageError(f"run {lock_id} holds no target", hint="edgefleet locks")
    _free(refs, held, record)
    return tuple(held)


def _free(refs: LockRefs, held: Mapping[str, HeldLock], record: SaveUnlocked) -> None:
    if not refs.move({target: (one.commit, None) for target, one in held.items()}):
        raise TargetBusyError(
            f"the lock of {', '.join(held)} changed in this moment", hint="edgefleet locks"
        )
    for target, one in held.items():
        if one.lock:
            record(target, one.lock)
