"""Shared locks at a git remote that is slow, refuses, loses its answers, or was restored."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edgefleet.errors import TargetBusyError
from edgefleet.locks.lease import Lease, LockOwner, SharedLocks
from edgefleet.locks.refs import GitRemoteError, LockRefs, SharedLockUnavailable
from support.bare_remote import BareRemote

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
LATE = NOW + timedelta(minutes=5)
DEPLOY = LockOwner(action="deploy", actor="alice")
ROLLBACK = LockOwner(action="rollback", actor="bob")
ENVIRON = {"PATH": "/usr/bin:/bin"}
ONE = ["acme-staging"]
BOTH = ["acme-staging", "birch-staging"]


class Cut(LockRefs):
    """Locks at a remote that no answer comes from after a push, not even to a question."""

    def move(
        self, moves: Mapping[str, tuple[str | None, str | None]], *, seconds: float | None = None
    ) -> bool:
        super().move(moves, seconds=seconds)
        raise GitRemoteError("no answer to the push, and none to the question after it")


@pytest.fixture
def remote(tmp_path: Path) -> BareRemote:
    """Have a bare repository."""
    return BareRemote(tmp_path)


@pytest.fixture
def clone(remote: BareRemote) -> Path:
    """Have one machine."""
    return remote.clone("one")


@pytest.fixture
def refs(clone: Path) -> LockRefs:
    """Have the locks as it sees them."""
    return LockRefs(clone, ENVIRON)


@pytest.fixture
def other(remote: BareRemote) -> SharedLocks:
    """Have another machine."""
    return locks(LockRefs(remote.clone("other"), ENVIRON))


def locks(refs: LockRefs) -> SharedLocks:
    return SharedLocks(refs, lambda _: False)


def taken(refs: LockRefs, targets: list[str] = ONE) -> Lease:
    return locks(refs).take(targets, DEPLOY, NOW)[0]


def test_a_push_whose_answer_was_lost_is_looked_up(remote: BareRemote, refs: LockRefs) -> None:
    remote.lose_answers()
    lease = taken(refs)
    assert refs.read()["acme-staging"].lock == lease.lock
    assert lease.refresh(LATE, 60) == {}
    lease.release()
    assert refs.read() == {}


def test_run_knows_its_lock_after_a_lost_renewal_answer(
    refs: LockRefs, clone: Path, other: SharedLocks
) -> None:
    first = taken(refs)
    lease = Lease(Cut(clone, ENVIRON), first.lock, refs.read()[ONE[0]].commit, dict.fromkeys(ONE))
    with pytest.raises(GitRemoteError):
        lease.refresh(LATE, 60)
    assert lease.lost_to(ONE, LATE) is None
    with pytest.raises(TargetBusyError):
        other.take(ONE, ROLLBACK, NOW + timedelta(minutes=11))  # it was renewed
    with pytest.raises(GitRemoteError):
        lease.release()
    assert refs.read() == {}


def test_a_take_without_an_answer_leaves_no_lock(refs: LockRefs, clone: Path) -> None:
    with pytest.raises(GitRemoteError):
        taken(Cut(clone, ENVIRON))
    assert refs.read() == {}


def test_lock_lost_by_the_remote_stops_the_next_write(
    remote: BareRemote, refs: LockRefs, other: SharedLocks
) -> None:
    backup = remote.back_up()
    lease = taken(refs)
    remote.restore(backup)
    theirs, _ = other.take(ONE, ROLLBACK, NOW)
    assert "taken over by bob" in str(lease.refresh(NOW, 60)[ONE[0]])
    assert "taken over by bob" in str(lease.lost_to(ONE, NOW))
    lease.release()
    assert refs.read()[ONE[0]].lock == theirs.lock


def test_an_older_lock_of_the_run_itself_is_no_other_run(
    remote: BareRemote, refs: LockRefs
) -> None:
    lease = taken(refs)
    backup = remote.back_up()
    assert lease.refresh(LATE, 60) == {}
    remote.restore(backup)
    assert lease.lost_to(ONE, LATE) is None
    assert lease.refresh(LATE, 60) == {}
    lease.release()
    assert refs.read() == {}


def test_a_lock_that_a_backup_brought_back_ends_with_its_lease(
    remote: BareRemote, refs: LockRefs, other: SharedLocks
) -> None:
    lease = taken(refs)
    backup = remote.back_up()
    lease.release()
    remote.restore(backup)
    with pytest.raises(TargetBusyError, match="alice"):
        other.take(ONE, ROLLBACK, LATE)
    theirs, ended = other.take(ONE, ROLLBACK, NOW + timedelta(minutes=10))
    assert ended == [lease.lock]
    theirs.release()


def test_a_lock_that_was_freed_is_taken_again_for_the_way_back(
    refs: LockRefs, other: SharedLocks
) -> None:
    lease = taken(refs, BOTH)
    refs.move({ONE[0]: (refs.read()[ONE[0]].commit, None)})
    assert "freed" in str(lease.refresh(NOW, 60)[ONE[0]])
    assert lease.lost_to(ONE, LATE) is None
    with pytest.raises(TargetBusyError):
        other.take(ONE, ROLLBACK, NOW + timedelta(minutes=11))
    lease.release()
    assert refs.read() == {}


def test_remaining_targets_are_freed_in_one_push(
    remote: BareRemote, refs: LockRefs, other: SharedLocks
) -> None:
    names = [f"t{number}-staging" for number in range(8)]
    lease = taken(refs, names)
    other.take(names[:1], ROLLBACK, NOW, take_over=True)
    assert list(lease.refresh(LATE, 60)) == names[:1]
    remote.pushes()
    lease.release()
    assert remote.pushes() == [7]
    assert list(refs.read()) == names[:1]


@pytest.mark.parametrize("words", ["internal error", "the disk is full", "remote rejected"])
def test_a_remote_that_refuses_for_another_reason_is_no_lock(
    remote: BareRemote, refs: LockRefs, words: str
) -> None:
    remote.refuse(words)
    with pytest.raises(GitRemoteError, match="did not take a push"):
        taken(refs)
    assert refs.read() == {}


def test_a_remote_that_hangs_is_no_lock(remote: BareRemote, clone: Path) -> None:
    remote.hang(3)
    refs = LockRefs(clone, ENVIRON, seconds=0.5)
    with pytest.raises(GitRemoteError, match="did not answer within"):
        taken(refs)


@pytest.mark.parametrize("name", ["protected", "read-only", "permission", "denied", "error: 403"])
def test_what_a_remote_is_called_is_no_reason(tmp_path: Path, name: str) -> None:
    """A remote that is gone is not one that may not be pushed to."""
    (tmp_path / name).mkdir()
    remote = BareRemote(tmp_path / name)
    refs = LockRefs(remote.clone("one"), ENVIRON)
    remote.path.rename(remote.path.with_name("gone.git"))
    with pytest.raises(GitRemoteError):
        taken(refs, [f"{name.split(':')[0]}-staging"])


def test_what_a_target_is_called_is_no_reason(remote: BareRemote, refs: LockRefs) -> None:
    remote.refuse("internal error")
    with pytest.raises(GitRemoteError):
        taken(refs, ["protected-staging"])
    remote.refuse("you have no permission")
    with pytest.raises(SharedLockUnavailable):
        taken(refs, ["acme-staging"])
