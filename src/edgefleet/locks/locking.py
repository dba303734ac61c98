"""Hold targets against all machines before they are changed, and make sure of it at each write.

A target is held by a ref of the fleet's git remote. Where there is none that this machine may push
to, edgefleet says so and goes on with this machine's lock alone, unless the shared one is demanded.
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

LOOK_EVERY_SECONDS = 5.0
"""How often who waits for a lock looks at it."""


class LockMode(StrEnum):
    """Which lock a change takes."""

    AUTO = "auto"
    """The shared one where there is a remote that may be pushed to, else this machine's."""
    SHARED = "shared"
    LOCAL = "local"


class LeaseSource(Protocol):
    """What takes targets for a run (`ports.shared_locks.SharedLocks`)."""

    def check(self) -> None:
        """Raise `SharedLockUnavailable` if no git remote can hold the lock."""
        ...

    def take(
        self, targets: Sequence[str], run: LockOwner, now: datetime, *, take_over: bool = False
    ) -> tuple[TargetLease, list[Lock]]:
        """Take targets; return the lease, and the locks of runs that ended or were taken over."""
        ...


class Locker(Protocol):
    """What a change takes its lock from."""

    def hold(
        self, targets: Sequence[str], run: LockOwner, *, take_over: bool = False, wait: float = 0.0
    ) -> AbstractContextManager[Fence]:
        """Hold targets for a run, at most `wait` seconds later; give what each write asks.

        Raises `TargetBusyError` where another run holds one of them for longer.
        """
        ...


class LocalLocker:
    """This machine's lock is all."""

    @contextmanager
    def hold(
        self,
        targets: Sequence[str],  # noqa: ARG002 - as Locker has it
        run: LockOwner,  # noqa: ARG002 - as Locker has it
        *,
        take_over: bool = False,  # noqa: ARG002 - as Locker has it
        wait: float = 0.0,  # noqa: ARG002 - as Locker has it
    ) -> Iterator[Fence]:
        """Hold nothing besides."""
        yield LocalFence()


@dataclass(frozen=True, slots=True)
class FleetLocker(LocalLocker):
    """The lock of a run over many targets, which each of them is changed under."""

    fence: Fence

    @contextmanager
    def hold(
        self,
        targets: Sequence[str],
        run: LockOwner,  # noqa: ARG002 - the run has told who it is
        *,
        take_over: bool = False,  # noqa: ARG002 - as Locker has it
        wait: float = 0.0,  # noqa: ARG002 - as Locker has it
    ) -> Iterator[Fence]:
        """Give what the run's fence says of these targets."""
        yield self.fence.of(targets)


@dataclass(frozen=True, slots=True)
class Locking:
    """How this machine takes locks. `now` is Cloudflare's clock."""

    shared: LeaseSource
    mode: LockMode
    now: Callable[[], datetime]
    clock: Clock
    progress: Progress

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
            return LocalFence()
        try:
            self.shared.check()  # only a lock needs Cloudflare's time of day
            lease, ended = self._waited(targets, run, take_over=take_over, wait=wait)
        except SharedLockUnavailable as error:
            if self.mode is LockMode.SHARED:
                raise UsageError(
                    f"no lock that other machines see can be taken: {error.message}",
                    hint="let this machine push to the remote, or use --lock local",
                ) from error
            return LocalFence(error.message)
        for lock in ended:
            self.progress.say(f"  note: the lock was taken over from {lock}")
        return lease

    def _waited(
        self, targets: Sequence[str], run: LockOwner, *, take_over: bool, wait: float
    ) -> tuple[TargetLease, list[Lock]]:
        deadline = self.clock.monotonic() + wait
        told = ""
        while True:
            try:
                return self.shared.take(targets, run, self.now(), take_over=take_over)
            except TargetBusyError as busy:
                left = deadline - self.clock.monotonic()
                if left <= 0:
                    raise
                if busy.message != told:
                    told = busy.message
                    self.progress.say(f"  waiting, {left:.0f} s at most: {told}")
            self.clock.sleep(min(LOOK_EVERY_SECONDS, left))

    def _release(self, lease: TargetLease) -> None:
        try:
            lease.release()
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the run ended as it ended
            why = str(error) or "interrupted"
            self.progress.say(
                f"  note: the lock could not be freed ({why}); it ends at "
                f"{lease.lock.until:%H:%M:%S} UTC: edgefleet unlock --run {lease.lock.id} "
                "--reason 'the remote did not answer'"
            )
