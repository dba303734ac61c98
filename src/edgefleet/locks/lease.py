"""A run's lease on targets: taken at the git remote, renewed, and checked before each write."""

import secrets
import socket
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from edgefleet.errors import EdgefleetError, TargetBusyError
from edgefleet.locks.models import Lock
from edgefleet.locks.refs import HeldLock, LockRefs

LEASE = timedelta(minutes=10)
"""How long, at most, the lock of a killed run blocks others."""
RENEWED_BELOW = 0.8
"""The next read renews a lease with less than this share of its length left."""

TRIES = 3
"""How often a change of locks is tried while other runs change them too."""
UNDO_PAUSES = (0.0, 0.2, 0.5, 1.0, 2.0)
"""Seconds before each try to free what an interrupted push took."""
RESTORE_READ_SECONDS = 5.0
"""How long a restore waits for the remote to say whether another run holds the target."""


class LockOwner(NamedTuple):
    """Who takes a lock, and why."""

    action: str
    actor: str | None
    run_url: str | None = None
    reason: str | None = None


class LockLost(TargetBusyError):
    """Another run took the lock over, or `edgefleet unlock` freed it, while this run held it."""

    code = "lock_lost"


class Lease:
    """Targets that a run holds; not for several threads at once."""

    def __init__(
        self,
        refs: LockRefs,
        lock: Lock,
        commit: str,
        targets: Mapping[str, str | None],
        length: timedelta = LEASE,
    ) -> None:
        """`targets`: each with the id of the lock that this run took over there, if any."""
        self._refs = refs
        self._newest = commit
        self._commits = {commit}
        """Commits that this run's refs may point to: two after a push without response."""
        self._length = length
        self.lock = lock
        self.targets = tuple(targets)
        self.took_over = targets

    def refresh(self, now: datetime, seconds: float) -> dict[str, LockLost]:
        """Return the targets that were lost, and hold the others for `seconds`.

        Raises `GitRemoteError` if the remote does not answer.
        """
        for _ in range(TRIES):
            there = self._refs.read(self.targets)
            lost = {
                target: lock_lost(target, self.lock, there.get(target))
                for target in self.targets
                if _commit(there.get(target)) not in self._commits
            }
            kept = {target: held.commit for target, held in there.items() if target not in lost}
            if not kept or self._lasts(now, seconds) or self._renew(kept, now, seconds):
                return lost
        raise TargetBusyError(
            "other runs keep changing the locks of this run", hint="edgefleet locks"
        )

    def lost_to(self, targets: Collection[str], now: datetime) -> LockLost | None:
        """Return an error if another run holds one of these targets; for a restore.

        It takes a freed lock again that no other run has taken. If the remote does not answer
        soon, it returns None: a restore does not wait for it.
        """
        with suppress(EdgefleetError):
            for _ in range(TRIES):
                there = self._refs.read(targets, seconds=RESTORE_READ_SECONDS)
                for target, held in there.items():
                    if not self._own(held):
                        return lock_lost(target, self.lock, held)
                freed = dict.fromkeys(target for target in targets if target not in there)
                if not freed or self._renew(freed, now, 0, limit=RESTORE_READ_SECONDS):
                    break
        return None

    def release(self) -> None:
        """Free the targets, but those that other runs have taken meanwhile."""
        held: Mapping[str, str | None] = dict.fromkeys(self.targets, self._newest)
        for _ in range(TRIES):
            if not held or self._refs.move({name: (old, None) for name, old in held.items()}):
                return
            there = self._refs.read(self.targets)
            held = {name: one.commit for name, one in there.items() if self._own(one)}
        raise TargetBusyError("other runs keep changing the locks of this run")

    def _lasts(self, now: datetime, seconds: float) -> bool:
        return self.lock.until - now >= max(
            self._length * RENEWED_BELOW, timedelta(seconds=seconds)
        )

    def _renew(
        self,
        held: Mapping[str, str | None],
        now: datetime,
        seconds: float,
        *,
        limit: float | None = None,
    ) -> bool:
        """Move the refs of targets to a renewed lock; return False if another run moved one.

        `limit` is the timeout of the remote in seconds; None means the usual one.
        """
        until = now + self._length + timedelta(seconds=seconds)
        renewed = self.lock.model_copy(update={"until": until})
        before, commit = self._newest, self._refs.write(renewed)
        self._newest = commit  # unless the remote refuses it
        self._commits.add(commit)
        moves = {name: (old, commit) for name, old in held.items()}
        if not self._refs.move(moves, seconds=limit):
            self._newest = before
            self._commits.discard(commit)
            return False
        self.lock = renewed
        return True

    def _own(self, held: HeldLock) -> bool:
        """Whether a lock is this run's, perhaps an older one from a backup of the remote."""
        return held.commit in self._commits or (
            held.lock is not None and held.lock.id == self.lock.id
        )


class SharedLocks:
    """Takes leases; `ended` says whether the GitHub Actions run at a URL has ended."""

    def __init__(
        self,
        refs: LockRefs,
        ended: Callable[[str], bool],
        length: timedelta = LEASE,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._refs = refs
        self._ended = ended
        self._length = length
        self._sleep = sleep

    def check(self) -> None:
        """Raise `SharedLockUnavailable` where there is no remote."""
        self._refs.check()

    def take(
        self, targets: Sequence[str], run: LockOwner, now: datetime, *, take_over: bool = False
    ) -> tuple[Lease, list[Lock]]:
        """Take targets; return the lease, and the locks of runs that ended or were taken over.

        With `take_over` a running run loses its lock. Raises `TargetBusyError` if another run
        holds one of the targets, `SharedLockUnavailable`, and `GitRemoteError`.
        """
        there: dict[str, HeldLock] = {}
        for _ in range(TRIES):
            lock = _lock(run, now, now + self._length, there)
            commit = self._refs.write(lock)
            moves = {name: (_commit(there.get(name)), commit) for name in targets}
            if self._moved(moves):
                replaced = {held.lock.id: held.lock for held in there.values() if held.lock}
                taken = {name: _lock_id(there.get(name)) for name in targets}
                lease = Lease(self._refs, lock, commit, taken, self._length)
                return lease, list(replaced.values())
            there = self._refs.read(targets)
            for target, held in there.items():
                if not (take_over or self._free(held, now)):
                    raise busy(target, held)
        raise TargetBusyError(
            "other runs keep changing the locks of these targets", hint="edgefleet locks"
        )

    def _moved(self, moves: Mapping[str, tuple[str | None, str | None]]) -> bool:
        """Move locks; undo a push that was interrupted."""
        try:
            return self._refs.move(moves)
        except BaseException:
            with suppress(EdgefleetError):
                self._undo({name: (new, None) for name, (_, new) in moves.items()})
            raise

    def _undo(self, moves: Mapping[str, tuple[str | None, str | None]]) -> None:
        """Free what a push took; a remote may finish one after git was ended here."""
        for seconds in UNDO_PAUSES:
            self._sleep(seconds)
            if self._refs.move(moves):
                return

    def _free(self, held: HeldLock, now: datetime) -> bool:
        """Whether the lease of a lock has expired, or its GitHub Actions run has ended."""
        if held.lock is None:
            return False
        if held.lock.until <= now:
            return True
        return held.lock.run_url is not None and self._ended(held.lock.run_url)


def busy(target: str, held: HeldLock) -> TargetBusyError:
    """Return the error that names the holder of a target."""
    return TargetBusyError(
        f"{target} is held by {held.lock or 'a lock that this edgefleet cannot read'}",
        hint="add --wait 15m to wait for it; edgefleet locks shows all locks",
    )


def lock_lost(target: str, mine: Lock, held: HeldLock | None) -> LockLost:
    """Return the error of a run whose lock is gone."""
    if held is None:
        return LockLost(f"{target}: the lock of this run, {mine.id}, was freed by another machine")
    return LockLost(f"{target}: the lock of this run was taken over by {held.lock or held.commit}")


def _lock(run: LockOwner, now: datetime, until: datetime, there: dict[str, HeldLock]) -> Lock:
    before = {held.lock.id for held in there.values() if held.lock}
    return Lock(
        id=secrets.token_hex(16),
        host=socket.gethostname(),
        since=now,
        until=until,
        took_over=min(before, default=None),
        **run._asdict(),
    )


def _lock_id(held: HeldLock | None) -> str | None:
    return held.lock.id if held and held.lock else None


def _commit(held: HeldLock | None) -> str | None:
    return held.commit if held else None
