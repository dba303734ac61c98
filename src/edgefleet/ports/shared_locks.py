"""A run's lease on targets: taken at the git remote, renewed, checked before each write."""

import secrets
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from edgefleet.errors import EdgefleetError, TargetBusyError
from edgefleet.model.lock import Lock
from edgefleet.ports.lock_refs import Held, LockRefs

LEASE = timedelta(minutes=10)
"""How long a run that died keeps others waiting, at most."""
RENEWED_BELOW = timedelta(minutes=8)
"""A lease with less left is renewed at the next check."""

SECONDS_OF_A_WAY_BACK = 5.0
"""For how long a run that puts back what was live asks whether another one holds the target."""


class Run(NamedTuple):
    """Who takes a lock, and why."""

    action: str
    actor: str | None
    run_url: str | None = None
    reason: str | None = None


class LockLost(TargetBusyError):
    """Another run took the lock over, or somebody freed it, while this run held it."""

    code = "lock_lost"


class Lease:
    """Some targets that one run holds."""

    def __init__(self, refs: LockRefs, lock: Lock, commit: str, targets: Sequence[str]) -> None:
        self._refs = refs
        self._commit = commit
        self.lock = lock
        self.targets = tuple(targets)

    def check(self, now: datetime, seconds: float) -> None:
        """Make sure that the lock is held for `seconds` more, which a write may take.

        Raises `LockLost` where it is not, and `RemoteFailed` where the remote does not say.
        """
        there = self._refs.read(self.targets)
        lost = [target for target in self.targets if _commit(there.get(target)) != self._commit]
        if lost:
            raise lock_lost(lost[0], self.lock, there.get(lost[0]))
        if self.lock.until - now < max(RENEWED_BELOW, timedelta(seconds=seconds)):
            self._renew(now, timedelta(seconds=seconds))

    def lost_to(self) -> "LockLost | None":
        """Return that another run has one of the targets, if so; for a way back.

        A lock that was freed, and that no other run took, is taken again. A remote that does not
        answer soon tells nothing: what is to be put back does not wait for it.
        """
        try:
            there = self._refs.read(self.targets, seconds=SECONDS_OF_A_WAY_BACK)
            for target in self.targets:
                held = there.get(target)
                if held is not None and held.commit != self._commit:
                    return lock_lost(target, self.lock, held)
            freed = [target for target in self.targets if target not in there]
            if freed:
                self._refs.move(dict.fromkeys(freed, (None, self._commit)))
        except EdgefleetError:
            return None
        return None

    def release(self) -> None:
        """Free the targets; what others took in the meantime stays theirs."""
        if not self._refs.move(dict.fromkeys(self.targets, (self._commit, None))):
            for target in self.targets:
                self._refs.move({target: (self._commit, None)})

    def _renew(self, now: datetime, needed: timedelta) -> None:
        renewed = self.lock.model_copy(update={"until": now + LEASE + needed})
        commit = self._refs.write(renewed)
        if not self._refs.move(dict.fromkeys(self.targets, (self._commit, commit))):
            there = self._refs.read(self.targets[:1])
            raise lock_lost(self.targets[0], self.lock, there.get(self.targets[0]))
        self.lock, self._commit = renewed, commit


class SharedLocks:
    """Takes leases; `ended` tells whether a GitHub run, by its address, has ended."""

    def __init__(self, refs: LockRefs, ended: Callable[[str], bool]) -> None:
        self._refs = refs
        self._ended = ended

    def take(
        self, targets: Sequence[str], run: Run, now: datetime, *, take_over: bool = False
    ) -> tuple[Lease, list[Lock]]:
        """Take targets; return the lease, and the locks of runs that ended or were taken over.

        With `take_over` a run that is under way loses its lock. Raises `TargetBusyError` where
        another run holds one of the targets, `NoSharedLock`, and `RemoteFailed`.
        """
        self._refs.check()
        there: dict[str, Held] = {}
        for _ in range(3):
            lock = _lock(run, now, there)
            commit = self._refs.write(lock)
            moves = {name: (_commit(there.get(name)), commit) for name in targets}
            if self._moved(moves):
                replaced = {held.lock.id: held.lock for held in there.values() if held.lock}
                return Lease(self._refs, lock, commit, targets), list(replaced.values())
            there = self._refs.read(targets)
            for target, held in there.items():
                if not (take_over or self._free(held, now)):
                    raise busy(target, held)
        raise TargetBusyError("the locks of these targets change all the time", hint="try again")

    def _moved(self, moves: Mapping[str, tuple[str | None, str | None]]) -> bool:
        """Move locks; what a push did that was interrupted is taken back."""
        try:
            return self._refs.move(moves)
        except BaseException:
            with suppress(EdgefleetError):
                self._refs.move({name: (new, None) for name, (_, new) in moves.items()})
            raise

    def _free(self, held: Held, now: datetime) -> bool:
        """Whether the run that holds a lock is over: its lease has, or GitHub's run has ended."""
        if held.lock is None:
            return False
        if held.lock.until <= now:
            return True
        return held.lock.run_url is not None and self._ended(held.lock.run_url)


def busy(target: str, held: Held) -> TargetBusyError:
    """Return the error that names who holds a target."""
    return TargetBusyError(
        f"{target} is held by {held.lock or 'a lock that this edgefleet cannot read'}",
        hint="wait for it with --wait 15m, or look at it: edgefleet locks",
    )


def lock_lost(target: str, mine: Lock, held: Held | None) -> LockLost:
    """Return the error of a run whose lock is gone."""
    if held is None:
        return LockLost(f"{target}: the lock of this run, {mine.id}, was freed by another machine")
    return LockLost(f"{target}: the lock of this run was taken over by {held.lock or held.commit}")


def _lock(run: Run, now: datetime, there: dict[str, Held]) -> Lock:
    before = {held.lock.id for held in there.values() if held.lock}
    return Lock(
        id=secrets.token_hex(16),
        host=socket.gethostname(),
        since=now,
        until=now + LEASE,
        took_over=min(before, default=None),
        **run._asdict(),
    )


def _commit(held: Held | None) -> str | None:
    return held.commit if held else None
