"""Holds the targets of commands that do not take their lock by themselves."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from edgefleet.cli.wiring import Wiring
from edgefleet.cloudflare.clock import read_server_time
from edgefleet.config.target import Environment, Target
from edgefleet.errors import TargetBusyError, UsageError
from edgefleet.locks.lease import LockOwner
from edgefleet.locks.locking import FleetLocker, Locker
from edgefleet.locks.refs import LockRefs, SharedLockUnavailable
from edgefleet.records.models import Origin


@contextmanager
def held(
    wiring: Wiring, targets: Sequence[Target], run: LockOwner, *, wait: float = 0.0
) -> Iterator[Locker]:
    """Hold all of these targets for a run, by one push; yield what each of them is changed under.

    Raises `TargetBusyError` where another run holds one of them.
    """
    if not wiring.server_clock.known:
        read_server_time(wiring.server_clock, wiring.base_url)
    with ExitStack() as stack:
        with wiring.progress.step("lock") as step:
            hold = wiring.locking.hold(sorted(map(str, targets)), run, wait=wait)
            fence = stack.enter_context(hold)
            step.note = str(fence)
        yield FleetLocker(fence)


@contextmanager
def held_where_free(
    wiring: Wiring, targets: Sequence[Target], run: LockOwner, *, wait: float
) -> Iterator[Locker]:
    """Hold all of these targets by one push; where one of them is busy, each takes its own lock.

    A rescue of many does not stop at one that another run holds.
    """
    with ExitStack() as stack:
        holds: Locker = wiring.locking
        try:
            holds = stack.enter_context(held(wiring, targets, run, wait=wait))
        except TargetBusyError as busy:
            wiring.progress.say(f"  note: {busy.message}; each target takes a lock of its own")
        yield holds


def shared_refs(wiring: Wiring) -> LockRefs:
    """Return the locks that all machines see; raises `UsageError` where there are none."""
    try:
        wiring.lock_refs.check()
    except SharedLockUnavailable as error:
        raise UsageError(
            f"{error.message}: locks are held on each machine alone", hint="git remote -v"
        ) from error
    return wiring.lock_refs


def run_of(action: str, origin: Origin, reason: str | None) -> LockOwner:
    """Return who takes a lock, and why."""
    return LockOwner(action, origin.actor, origin.run_url, reason)


def targets_of(names: Sequence[str], environment: Environment) -> list[Target]:
    """Return the targets of tenants in an environment."""
    return [Target(tenant=name, environment=environment) for name in names]
