"""What a change asks before each write: whether this run still holds the target."""

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from edgefleet.core.clock import Clock
from edgefleet.locks.lease import LockLost
from edgefleet.locks.models import Lock

SEEN_FOR_SECONDS = 2.0
"""For how long a look at the lock is good enough, for the many targets of one run."""
LONGEST_TURN_SECONDS = 5.0
"""For how long a way back waits until another target's look at the lock has ended."""
LONGEST_WRITE_SECONDS = 150.0
"""What a write may take with all its repetitions: the lease must outlast it."""


class TargetLease(Protocol):
    """Targets that this run holds (`ports.shared_locks.Lease`)."""

    @property
    def lock(self) -> Lock:
        """What stands at the remote."""
        ...

    @property
    def targets(self) -> tuple[str, ...]:
        """The targets."""
        ...

    @property
    def took_over(self) -> Mapping[str, str | None]:
        """The id of the lock that this run took over, by target; None where there was none."""
        ...

    def refresh(self, now: datetime, seconds: float) -> Mapping[str, LockLost]:
        """Return which targets were lost, and hold the others for `seconds` more."""
        ...

    def lost_to(self, targets: Collection[str], now: datetime) -> LockLost | None:
        """Return that another run has one of these targets, if so; raises nothing."""
        ...

    def release(self) -> None:
        """Free the targets."""
        ...


class Fence(Protocol):
    """What a change asks before each write."""

    @property
    def shared_id(self) -> str | None:
        """The id of the run that holds the shared lock; None where this machine's lock is all."""
        ...

    @property
    def took_over(self) -> str | None:
        """The id of the lock that the run took over, if there was one."""
        ...

    def __str__(self) -> str:
        """Return who sees the lock, and, where no other machine does, why."""
        ...

    def check(self) -> None:
        """Make sure that the target is held for as long as a write may take.

        Raises `LockLost` where it is not.
        """
        ...

    def lost_to(self) -> LockLost | None:
        """Return that another run holds the target, if so: what is live is its business then."""
        ...

    def of(self, targets: Collection[str]) -> "Fence":
        """Return the fence of some of the run's targets: what becomes of others is not asked."""
        ...


@dataclass(frozen=True, slots=True)
class LocalFence:
    """No shared lock: this machine's is all. `why` says why."""

    why: str = ""

    @property
    def shared_id(self) -> str | None:
        """Return None."""
        return None

    @property
    def took_over(self) -> str | None:
        """Return None."""
        return None

    def __str__(self) -> str:
        return f"this machine's alone{f': {self.why}' if self.why else ''}"

    def check(self) -> None:
        """Ask nobody."""

    def lost_to(self) -> LockLost | None:
        """Return None: no other run is known of."""
        return None

    def of(self, targets: Collection[str]) -> Fence:  # noqa: ARG002 - as Fence has it
        """Return itself."""
        return self


class LeaseCheck:
    """What all threads of one run know of its lease. `now` is Cloudflare's clock."""

    def __init__(self, lease: TargetLease, now: Callable[[], datetime], clock: Clock) -> None:
        self.lease = lease
        self._now = now
        self._clock = clock
        self._thread_lock = threading.Lock()
        self._good_for = SEEN_FOR_SECONDS if len(lease.targets) > 1 else 0.0
        self._seen: float | None = None
        self._lost: Mapping[str, LockLost] = {}

    def check(self, targets: Collection[str]) -> None:
        """Look at the locks, unless another target of this run did so a moment ago.

        Raises `LockLost` where another run has one of these targets.
        """
        with self._thread_lock:
            moment = self._clock.monotonic()
            if self._seen is None or moment - self._seen >= self._good_for:
                self._lost = self.lease.refresh(self._now(), LONGEST_WRITE_SECONDS)
                self._seen = self._clock.monotonic()
            lost = next((self._lost[target] for target in targets if target in self._lost), None)
        if lost:
            raise LockLost(lost.message, hint=lost.hint)

    def lost_to(self, targets: Collection[str]) -> LockLost | None:
        """Return that another run holds one of these targets, if so.

        A way back does not wait for the look of another target for long.
        """
        if not self._thread_lock.acquire(timeout=LONGEST_TURN_SECONDS):
            return None
        try:
            return self.lease.lost_to(targets, self._now())
        finally:
            self._thread_lock.release()


@dataclass(frozen=True, slots=True)
class LeaseFence:
    """The lease of one run, for some of its targets."""

    lease_check: LeaseCheck
    targets: tuple[str, ...]

    @property
    def shared_id(self) -> str | None:
        """The id of the run."""
        return self.lease_check.lease.lock.id

    @property
    def took_over(self) -> str | None:
        """The id of the lock that the run took over at one of the targets, if there was one."""
        replaced = (self.lease_check.lease.took_over.get(target) for target in self.targets)
        return next(filter(None, replaced), None)

    def __str__(self) -> str:
        return "all machines see it"

    def check(self) -> None:
        """Make sure that the targets are held; raises `LockLost`."""
        self.lease_check.check(self.targets)

    def lost_to(self) -> LockLost | None:
        """Return that another run holds one of the targets, if so."""
        return self.lease_check.lost_to(self.targets)

    def of(self, targets: Collection[str]) -> Fence:
        """Return the fence of some of the targets."""
        return LeaseFence(self.lease_check, tuple(targets))
