"""Free the locks of runs that cannot free them, by decision of a person, and record it."""

from collections.abc import Callable, Mapping
from pathlib import Path

from edgefleet.config.target import Target
from edgefleet.core import atomic_files as atomic
from edgefleet.core.foreign.json import parse_json
from edgefleet.errors import TargetBusyError, UsageError
from edgefleet.locks.models import Lock, Unlocked
from edgefleet.locks.refs import HeldLock, LockRefs

SaveUnlocked = Callable[[str, Lock], None]
"""Records that the lock of a target was freed."""


def unlock_target(refs: LockRefs, target: str, lock_id: str, record: SaveUnlocked) -> Lock:
    """Free one target from the run of this id, and return its lock. Raises `UsageError`."""
    held = refs.read([target]).get(target)
    if held is None:
        raise UsageError(f"{target} is not locked", hint="edgefleet locks")
    if held.lock is None or held.lock.id != lock_id:
        holder = held.lock or "a lock that this edgefleet cannot read"
        raise UsageError(
            f"{target} is not held by run {lock_id}, but by {holder}", hint="edgefleet locks"
        )
    _free(refs, {target: held}, record)
    return held.lock


def unlock_run(refs: LockRefs, lock_id: str, record: SaveUnlocked) -> tuple[str, ...]:
    """Free all targets that a run holds, in one push; return their names. Raises `UsageError`."""
    locks = refs.read()
    held = {name: lock for name, lock in locks.items() if lock.lock and lock.lock.id == lock_id}
    if not held:
        raise UsageError(f"run {lock_id} holds no target", hint="edgefleet locks")
    _free(refs, held, record)
    return tuple(held)


def _free(refs: LockRefs, held: Mapping[str, HeldLock], record: SaveUnlocked) -> None:
    if not refs.move({target: (one.commit, None) for target, one in held.items()}):
        raise TargetBusyError(
            f"another run has just changed the lock of {', '.join(held)}", hint="edgefleet locks"
        )
    for target, one in held.items():
        if one.lock:
            record(target, one.lock)


LARGEST = 64 * 1024
"""Bytes of a record; a larger file is not a record."""


class UnlockRecords:
    """Records of freed locks in the folder `deployments/`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(self, unlocked: Unlocked) -> Path:
        """Write a record and return its path."""
        target = Target(tenant=unlocked.tenant, environment=unlocked.environment)
        stem = f"{target}-{unlocked.when:%Y%m%dT%H%M%SZ}.unlock"
        return atomic.create(self._folder, stem, unlocked)

    def of(self, target: Target) -> list[Unlocked]:
        """Return the records of a target; other files are ignored."""
        found = [
            _read(path)
            for path in self._folder.glob("*.unlock*.json")
            if path.name.startswith(f"{target}-")
        ]
        return [
            one
            for one in found
            if one and (one.tenant, one.environment) == (target.tenant, target.environment)
        ]


def _read(path: Path) -> Unlocked | None:
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > LARGEST:
            return None
        return Unlocked.model_validate(parse_json(path.read_bytes()))
    except (OSError, ValueError):
        return None
