"""Check before each write of a change that this run still holds the target."""

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from edgefleet.core.clock import Clock
from edgefleet.locks.lease import LockLost
from edgefleet.locks.models import Lock

CACHE_SECONDS = 2.0
"""How long one read of the locks serves the many targets of a run."""
RESTORE_WAIT_SECONDS = 5.0
"""How long a restore waits while another target reads the locks."""
MAX_WRITE_SECONDS = 150.0
"""How long a write may take with its retries; the lease must last longer."""


class TargetLease(Protocol):
    """A lease on targets (`locks.lease.Lease`)."""

    @property
    def lock(self) -> Lock:
        """The lock at the remote."""
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
        """Return the targets that were lost, and hold the others for `seconds` more."""
        ...

    def lost_to(self, targets: Collection[str], now: datetime) -> LockLost | None:
        """Return an error if another run holds one of these targets; raises nothing."""
        ...

    def release(self) -> None:
        """Free the targets."""
        ...


class Fence(Protocol):
    """Stops a write of a run that lost its lock."""

    @property
    def shared_id(self) -> str | None:
        """The id of the run that holds the shared lock; None with this machine's lock alone."""
        ...

    @property
    def took_over(self) -> str | None:
        """The id of the lock that the run took over, if there was one."""
        ...

    def __str__(self) -> str:
        """Return which machines see the lock, and why no other machine does."""
        ...

    def check(self) -> None:
        """Check that this run holds the target for as long as a write may take.

        Raises `LockLost` if it does not.
        """
        ...

    def lost_to(self) -> LockLost | None:
        """Return an error if another run holds the target, which then decides what is live."""
        ...

    def of(self, targets: Collection[str]) -> "Fence":
        """Return the fence of some of the run's targets."""
        ...


@dataclass(frozen=True, slots=True)
class LocalFence:
    """There is no shared lock, and `why` says why: only this machine's lock protects the target."""

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
        """Do nothing: there is no shared lock."""

    def lost_to(self) -> LockLost | None:
        """Return None: without a shared lock no other run is known."""
        return None

    def of(self, targets: Collection[str]) -> Fence:  # noqa: ARG002 - as Fence has it
        """Return itself."""
        return self


class LeaseCheck:
    """Reads the lease of a run for all of its threads. `now` is Cloudflare's clock."""

    def __init__(self, lease: TargetLease, now: Callable[[], datetime], clock: Clock) -> None:
        self.lease = lease
        self._now = now
        self._clock = clock
        self._thread_lock = threading.Lock()
        self._good_for = CACHE_SECONDS if len(lease.targets) > 1 else 0.0
        self._seen: float | None = None
        self._lost: Mapping[str, LockLost] = {}

    def check(self, targets: Collection[str]) -> None:
        """Read the locks, unless another target of this run did so a moment ago.

        Raises `LockLost` if another run holds one of these targets.
        """
        with self._thread_lock:
            moment = self._clock.monotonic()
            if self._seen is None or moment - self._seen >= self._good_for:
                self._lost = self.lease.refresh(self._now(), MAX_WRITE_SECONDS)
                self._seen = self._clock.monotonic()
            lost = next((self._lost[target] for target in targets if target in self._lost), None)
        if lost:
            raise LockLost(lost.message, hint=lost.hint)

    def lost_to(self, targets: Collection[str]) -> LockLost | None:
        """Return an error if another run holds one of these targets.

        A restore waits only `RESTORE_WAIT_SECONDS` for another target's read.
        """
        if not self._thread_lock.acquire(timeout=RESTORE_WAIT_SECONDS):
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
        """Check that this run holds the targets; raises `LockLost`."""
        self.lease_check.check(self.targets)

    def lost_to(self) -> LockLost | None:
        """Return an error if another run holds one of the targets."""
        return self.lease_check.lost_to(self.targets)

    def of(self, targets: Collection[str]) -> Fence:
        """Return the fence of some of the targets."""
        return LeaseFence(self.lease_check, tuple(targets))
