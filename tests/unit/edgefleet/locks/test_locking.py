"""How a change waits for a lock, goes on without one, and finds out that it lost it."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from edgefleet.core.output.progress import ProgressStep
from edgefleet.errors import TargetBusyError, UsageError
from edgefleet.locks.lease import LockLost, LockOwner
from edgefleet.locks.locking import FleetLocker, Locking, LockMode
from edgefleet.locks.models import Lock
from edgefleet.locks.refs import GitRemoteError, SharedLockUnavailable
from support.clock import FakeClock

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
DEPLOY = LockOwner(action="deploy", actor="alice")
LOCK = Lock(id="0" * 32, action="deploy", host="laptop", since=NOW, until=NOW)


class FakeLease:
    """A lease that notes what is asked of it."""

    def __init__(self, targets: Sequence[str] = ("a-staging",)) -> None:
        self.lock = LOCK
        self.targets = tuple(targets)
        self.took_over: dict[str, str | None] = {}
        self.looked: list[float] = []
        self.released = 0
        self.lost: dict[str, LockLost] = {}
        self.stuck: BaseException | None = None

    def refresh(self, now: datetime, seconds: float) -> dict[str, LockLost]:
        self.looked.append(seconds)
        return self.lost

    def lost_to(self, targets: Collection[str], now: datetime) -> LockLost | None:
        return next((self.lost[target] for target in targets if target in self.lost), None)

    def release(self) -> None:
        self.released += 1
        if self.stuck:
            raise self.stuck


class FakeShared:
    """Locks that are busy some times before they can be taken."""

    def __init__(self, *busy: Exception, targets: Sequence[str] = ("a-staging",)) -> None:
        self.lease = FakeLease(targets)
        self._busy = list(busy)
        self.took_over: list[bool] = []

    def check(self) -> None:
        pass

    def take(
        self, targets: Sequence[str], run: LockOwner, now: datetime, *, take_over: bool = False
    ) -> tuple[FakeLease, list[Lock]]:
        self.took_over.append(take_over)
        if self._busy:
            raise self._busy.pop(0)
        return self.lease, []


class Said:
    """A progress that keeps what was said."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def heading(self, text: str) -> None:
        self.words.append(text)

    def say(self, text: str) -> None:
        self.words.append(text)

    @contextmanager
    def step(self, name: str) -> Iterator[ProgressStep]:
        yield ProgressStep()


def busy(who: str = "bob") -> TargetBusyError:
    return TargetBusyError(f"acme-staging is held by {who}")


def locking(shared: FakeShared, clock: FakeClock, said: Said, mode: str = "auto") -> Locking:
    return Locking(shared, LockMode(mode), lambda: NOW, clock, said)


def test_the_lock_is_freed_when_the_change_ends_however_it_ends() -> None:
    shared, clock, said = FakeShared(), FakeClock(), Said()
    held = locking(shared, clock, said).hold(["acme-staging"], DEPLOY)
    with pytest.raises(ZeroDivisionError), held:
        raise ZeroDivisionError
    assert shared.lease.released == 1


def test_who_waits_says_for_whom_once_for_each() -> None:
    shared, clock, said = FakeShared(busy(), busy(), busy("carol")), FakeClock(), Said()
    with locking(shared, clock, said).hold(["acme-staging"], DEPLOY, wait=60):
        pass
    assert [word for word in said.words if "bob" in word] == [
        "  waiting, 60 s at most: acme-staging is held by bob"
    ]
    assert sum("carol" in word for word in said.words) == 1
    assert clock.slept == [5, 5, 5]


def test_the_wait_has_an_end() -> None:
    shared, clock, said = FakeShared(*[busy() for _ in range(9)]), FakeClock(), Said()
    held = locking(shared, clock, said).hold(["acme-staging"], DEPLOY, wait=12)
    with pytest.raises(TargetBusyError, match="bob"), held:
        pass
    assert clock.slept == [5, 5, 2]


def test_without_a_shared_lock_it_says_so_and_goes_on() -> None:
    shared, said = FakeShared(SharedLockUnavailable("the repository has no git remote")), Said()
    with locking(shared, FakeClock(), said).hold(["a-staging"], DEPLOY) as fence:
        assert fence.shared_id is None
        fence.check()
        assert str(fence) == "this machine's alone: the repository has no git remote"
    assert said.words == []


def test_demanded_shared_lock_has_no_substitute() -> None:
    shared, said = FakeShared(SharedLockUnavailable("the remote may not be pushed to")), Said()
    held = locking(shared, FakeClock(), said, "shared").hold(["a-staging"], DEPLOY)
    with pytest.raises(UsageError, match="may not be pushed to"), held:
        pass


def test_demanding_fleet_gets_the_shared_lock_by_default() -> None:
    shared = FakeShared(SharedLockUnavailable("the repository has no git remote"))
    demanding = replace(locking(shared, FakeClock(), Said()), demanded=True)
    with pytest.raises(UsageError, match=r"fleet\.jsonc demands"), demanding.hold(["a"], DEPLOY):
        pass


def test_option_takes_the_local_lock_of_a_demanding_fleet() -> None:
    shared, said = FakeShared(AssertionError("asked")), Said()
    demanding = replace(locking(shared, FakeClock(), said, "local"), demanded=True)
    with demanding.hold(["a-staging"], DEPLOY) as fence:
        assert fence.shared_id is None
    assert "fleet.jsonc demands the shared lock" in said.words[0]


def test_a_local_lock_asks_no_remote() -> None:
    shared = FakeShared(AssertionError("asked"))
    held = locking(shared, FakeClock(), Said(), "local").hold(["a-staging"], DEPLOY)
    with held as fence:
        fence.check()
    assert shared.took_over == []


BOTH = ("a-staging", "b-staging")
LOST = LockLost("taken over by bob")


def test_many_targets_of_one_run_share_a_look_at_the_lock() -> None:
    shared, clock = FakeShared(targets=BOTH), FakeClock()
    with locking(shared, clock, Said()).hold(BOTH, DEPLOY) as fence:
        fence.check()
        fence.check()
        clock.sleep(3)
        fence.check()
        assert len(shared.lease.looked) == 2
        clock.sleep(3)
        shared.lease.lost = {"b-staging": LOST}
        with pytest.raises(LockLost):
            fence.check()


def test_for_one_target_each_write_looks_anew() -> None:
    shared = FakeShared()
    with locking(shared, FakeClock(), Said()).hold(["a-staging"], DEPLOY) as fence:
        fence.check()
        shared.lease.lost = {"a-staging": LOST}
        with pytest.raises(LockLost):
            fence.check()


def test_of_a_run_over_many_only_the_target_that_was_lost_stops() -> None:
    shared = FakeShared(targets=BOTH)
    shared.lease.lost = {"b-staging": LOST}
    with locking(shared, FakeClock(), Said()).hold(BOTH, DEPLOY) as whole:
        held = FleetLocker(whole)
        with held.hold(["a-staging"], DEPLOY) as kept, held.hold(["b-staging"], DEPLOY) as lost:
            kept.check()
            assert kept.lost_to() is None
            assert lost.lost_to() is LOST
            with pytest.raises(LockLost, match="bob"):
                lost.check()


@pytest.mark.parametrize("why", [GitRemoteError("no answer"), OSError("disk"), KeyboardInterrupt()])
def test_failed_unlock_does_not_change_the_outcome(why: BaseException) -> None:
    shared, said = FakeShared(), Said()
    shared.lease.stuck = why
    with locking(shared, FakeClock(), said).hold(["a-staging"], DEPLOY):
        pass
    (word,) = said.words
    assert f"edgefleet unlock --run {LOCK.id}" in word


def test_fence_names_the_lock_taken_over() -> None:
    shared = FakeShared(targets=("a-staging", "b-staging"))
    shared.lease.took_over = {"a-staging": None, "b-staging": "1" * 32}
    hold = locking(shared, FakeClock(), Said()).hold(["a-staging", "b-staging"], DEPLOY)
    with hold as fence:
        assert fence.of(["a-staging"]).took_over is None
        assert fence.of(["b-staging"]).took_over == "1" * 32
