"""Locks many targets at once, for commands that change or tag several."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from edgefleet.cloudflare.timing.clock import read_server_time
from edgefleet.config.target import Environment, Target
from edgefleet.core.model import lean
from edgefleet.errors import TargetBusyError
from edgefleet.fleet.context import FleetContext
from edgefleet.locks.lease import LockOwner
from edgefleet.locks.locking import FleetLocker, Locker
from edgefleet.records.models import Origin


@contextmanager
def hold_all(
    context: FleetContext, targets: Sequence[Target], run: LockOwner, *, wait: float = 0.0
) -> Iterator[Locker]:
    """Lock all of these targets for a run with one push; yield the lock for each change.

    Raises `TargetBusyError` where another run holds one of them.
    """
    if not context.server_clock.known:
        read_server_time(context.server_clock, context.base_url)
    with ExitStack() as stack:
        with context.progress.step("lock") as step:
            hold = context.locking.hold(sorted(map(str, targets)), run, wait=wait)
            fence = stack.enter_context(hold)
            step.note = str(fence)
        yield FleetLocker(fence)


@contextmanager
def hold_where_free(
    context: FleetContext, targets: Sequence[Target], run: LockOwner, *, wait: float
) -> Iterator[Locker]:
    """Lock all of these targets with one push; where one is busy, each takes its own lock.

    A rollback of many targets does not stop at one that another run holds.
    """
    with ExitStack() as stack:
        locker: Locker = context.locking
        try:
            locker = stack.enter_context(hold_all(context, targets, run, wait=wait))
        except TargetBusyError as busy:
            context.progress.say(f"  note: {busy.message}; each target takes a separate lock")
        yield locker


def lock_owner(action: str, origin: Origin, reason: str | None) -> LockOwner:
    """Return who takes a lock, and why."""
    return LockOwner(action, origin.actor, origin.run_url, reason)


def targets_of(names: Sequence[str], environment: Environment) -> list[Target]:
    """Return the targets of tenants in an environment."""
    return [lean(Target(tenant=name, environment=environment)) for name in names]
