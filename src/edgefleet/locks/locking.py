"""Lock targets against runs on all machines, and check the lock at each write.

The lock is a ref at the fleet's git remote. Without a remote that this machine may push to,
edgefleet says so and uses this machine's lock alone, unless the shared lock is required.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from edgefleet.core.clock import Clock
from edgefleet.core.output.progress import Progress
from edgefleet.errors import TargetBusyError, UsageError
from edgefleet.locks.fence import Fence, LeaseCheck, LeaseFence, LocalFence, TargetLease
from edgefleet.locks.lease import LockOwner
from edgefleet.locks.models import Lock
from edgefleet.locks.refs import SharedLockUnavailable

POLL_SECONDS = 5.0
"""How often a waiting run tries to take the lock."""


class LockMode(StrEnum):
    """Which lock a change takes."""

    AUTO = "auto"
    """The shared lock if this machine may push to a remote, else this machine's lock."""
    SHARED = "shared"
    LOCAL = "local"


class LeaseSource(Protocol):
    """Takes leases on targets (`locks.lease.SharedLocks`)."""

    def check(self) -> None:
        """Raise `SharedLockUnavailable` if no git remote can hold the lock."""
        ...

    def take(
        self, targets: Sequence[str], run: LockOwner, now: datetime, *, take_over: bool = False
    ) -> tuple[TargetLease, list[Lock]]:
        """Take targets; return the lease, and the locks of runs that ended or were taken over."""
        ...


class Locker(Protocol):
    """Locks targets for a change."""

    def hold(
        self, targets: Sequence[str], run: LockOwner, *, take_over: bool = False, wait: float = 0.0
    ) -> AbstractContextManager[Fence]:
        """Hold targets for a run, waiting `wait` seconds at most; yield the fence of its writes.

        Raises `TargetBusyError` if another run holds one of them for longer.
        """
        ...


class LocalLocker:
    """Uses this machine's lock alone."""

    @contextmanager
    def hold(
        self,
        targets: Sequence[str],  # noqa: ARG002 - as Locker has it
        run: LockOwner,  # noqa: ARG002 - as Locker has it
        *,
        take_over: bool = False,  # noqa: ARG002 - as Locker has it
        wait: float = 0.0,  # noqa: ARG002 - as Locker has it
    ) -> Iterator[Fence]:
        """Take no shared lock."""
        yield LocalFence()


@dataclass(frozen=True, slots=True)
class FleetLocker(LocalLocker):
    """Changes each target under the lock of a run over many targets."""

    fence: Fence

    @contextmanager
    def hold(
        self,
        targets: Sequence[str],
        run: LockOwner,  # noqa: ARG002 - the lock of the run names it
        *,
        take_over: bool = False,  # noqa: ARG002 - as Locker has it
        wait: float = 0.0,  # noqa: ARG002 - as Locker has it
    ) -> Iterator[Fence]:
        """Yield the run's fence, for these targets."""
        yield self.fence.of(targets)


@dataclass(frozen=True, slots=True)
class Locking:
    """Takes shared locks, as `mode` demands. `now` is Cloudflare's clock.

    `demanded` says that fleet.jsonc demands the shared lock: the default mode takes no other then.
    """

    shared: LeaseSource
    mode: LockMode
    now: Callable[[], datetime]
    clock: Clock
    progress: Progress
    demanded: bool = False

    @contextmanager
    def hold(
        self, targets: Sequence[str], run: LockOwner, *, take_over: bool = False, wait: float = 0.0
    ) -> Iterator[Fence]:
        """Hold targets for a run (see `Locker`)."""
        lease = self._lease(targets, run, take_over=take_over, wait=wait)
        if isinstance(lease, LocalFence):
            yield lease
            return
        try:
            yield LeaseFence(LeaseCheck(lease, self.now, self.clock), tuple(targets))
        finally:
            self._release(lease)

    def _lease(
        self, targets: Sequence[str], run: LockOwner, *, take_over: bool, wait: float
    ) -> TargetLease | LocalFence:
        if self.mode is LockMode.LOCAL:
            if self.demanded:
                self.progress.say(
                    "  note: fleet.jsonc demands the shared lock, and this run takes this "
                    "machine's alone: a run on another machine may change the target meanwhile"
                )
            return LocalFence()
        try:
            self.shared.check()  # only a lock needs Cloudflare's time of day
            lease, ended = self._waited(targets, run, take_over=take_over, wait=wait)
        except SharedLockUnavailable as error:
            if self.mode is LockMode.SHARED or self.demanded:
                source = "--lock shared" if self.mode is LockMode.SHARED else "fleet.jsonc"
                raise UsageError(
                    f"{source} demands the shared lock, and edgefleet cannot take it: "
                    f"{error.message}",
                    hint=error.hint,
                ) from error
            return LocalFence(error.message)
        for lock in ended:
            self.progress.say(f"  note: this run took the lock over from {lock}")
        return lease

    def _waited(
        self, targets: Sequence[str], run: LockOwner, *, take_over: bool, wait: float
    ) -> tuple[TargetLease, list[Lock]]:
        deadline = self.clock.monotonic() + wait
        shown = ""
        while True:
            try:
                return self.shared.take(targets, run, self.now(), take_over=take_over)
            except TargetBusyError as busy:
                left = deadline - self.clock.monotonic()
                if left <= 0:
                    raise
                if busy.message != shown:
                    shown = busy.message
                    self.progress.say(f"  waiting, {left:.0f} s at most: {shown}")
            self.clock.sleep(min(POLL_SECONDS, left))

    def _release(self, lease: TargetLease) -> None:
        try:
            lease.release()
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the run ended as it ended
            why = str(error) or "interrupted"
            self.progress.say(
                f"  note: edgefleet could not free the lock ({why}); it ends at "
                f"{lease.lock.until:%H:%M:%S} UTC: edgefleet unlock --run {lease.lock.id} "
                "--reason 'the remote did not answer'"
            )
