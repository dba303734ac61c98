"""Shared locks at a git remote: two clones, one bare repository, over file and http."""

import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edgefleet.errors import TargetBusyError
from edgefleet.locks.lease import LEASE, Lease, LockLost, LockOwner, SharedLocks
from edgefleet.locks.models import Lock
from edgefleet.locks.refs import GitRemoteError, LockRefs, SharedLockUnavailable
from support.git_http import git_over_http

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
DEPLOY = LockOwner(action="deploy", actor="alice", reason="release")
ROLLBACK = LockOwner(action="rollback", actor="bob")
ENVIRON = {"PATH": "/usr/bin:/bin"}


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *arguments]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """Have a bare repository."""
    git(tmp_path, "init", "-q", "--bare", "remote.git")
    return tmp_path / "remote.git"


@pytest.fixture
def clones(tmp_path: Path, remote: Path) -> list[Path]:
    """Have two clones of it, on two machines, as it were."""
    return cloned(tmp_path, str(remote))


def cloned(folder: Path, url: str) -> list[Path]:
    """Return two clones of a remote."""
    for name in ("one", "other"):
        git(folder, "clone", "-q", url, name)
    return [folder / "one", folder / "other"]


def locks(clone: Path, ended: Iterator[str] | tuple[str, ...] = ()) -> SharedLocks:
    return SharedLocks(LockRefs(clone, ENVIRON), lambda url: url in ended)


@contextmanager
def held(
    locks: SharedLocks,
    targets: list[str],
    run: LockOwner,
    now: datetime,
    *,
    take_over: bool = False,
) -> Iterator[tuple[Lease, list[Lock]]]:
    """Hold targets for a block."""
    lease, ended = locks.take(targets, run, now, take_over=take_over)
    try:
        yield lease, ended
    finally:
        lease.release()


def check(lease: Lease, now: datetime) -> None:
    """Raise `LockLost` where one of the targets was lost."""
    for lost in lease.refresh(now, 60).values():
        raise lost


def test_a_target_is_held_by_one_run_and_free_afterwards(clones: list[Path]) -> None:
    one, other = map(locks, clones)
    with held(one, ["acme-staging"], DEPLOY, NOW) as (lease, replaced):
        assert replaced == []
        seen = LockRefs(clones[1], ENVIRON).read()
        assert seen["acme-staging"].lock == lease.lock
        with pytest.raises(TargetBusyError, match=r"held by alice \(deploy, .*release\)"):
            other.take(["acme-staging"], ROLLBACK, NOW)
        with held(other, ["birch-staging"], ROLLBACK, NOW):
            pass
    with held(other, ["acme-staging"], ROLLBACK, NOW):
        pass
    assert LockRefs(clones[0], ENVIRON).read() == {}


def test_many_targets_are_taken_together_or_not_at_all(clones: list[Path]) -> None:
    one, other = map(locks, clones)
    names = [f"t{number}-staging" for number in range(12)]
    with held(one, names[:1], DEPLOY, NOW):
        with pytest.raises(TargetBusyError, match="t0-staging"):
            other.take(names, ROLLBACK, NOW)
        assert list(LockRefs(clones[1], ENVIRON).read()) == names[:1]
    with held(other, names, ROLLBACK, NOW):
        assert sorted(LockRefs(clones[1], ENVIRON).read()) == sorted(names)


def test_a_dead_holder_frees_the_target_with_its_lease(clones: list[Path]) -> None:
    one, other = map(locks, clones)
    lease, _ = one.take(["acme-staging"], DEPLOY, NOW)
    with pytest.raises(TargetBusyError):
        other.take(["acme-staging"], ROLLBACK, NOW + LEASE - timedelta(seconds=1))
    with held(other, ["acme-staging"], ROLLBACK, NOW + LEASE) as (_, replaced):
        assert replaced == [lease.lock]


def test_a_github_run_that_has_ended_frees_the_target_at_once(clones: list[Path]) -> None:
    url = "https://github.example/o/n/actions/runs/7"
    locks(clones[0]).take(["acme-staging"], DEPLOY._replace(run_url=url), NOW)
    with pytest.raises(TargetBusyError):
        locks(clones[1]).take(["acme-staging"], ROLLBACK, NOW)
    with held(locks(clones[1], (url,)), ["acme-staging"], ROLLBACK, NOW):
        pass


def test_who_is_taken_over_finds_out_before_its_next_write(clones: list[Path]) -> None:
    one, other = map(locks, clones)
    with held(one, ["acme-staging"], DEPLOY, NOW) as (lease, _):
        check(lease, NOW)
        with held(other, ["acme-staging"], ROLLBACK, NOW, take_over=True) as (mine, replaced):
            assert (replaced, mine.lock.took_over) == ([lease.lock], lease.lock.id)
            with pytest.raises(LockLost, match=r"taken over by bob \(rollback"):
                check(lease, NOW)
        with pytest.raises(LockLost, match="freed"):
            check(lease, NOW)


def test_a_lease_is_renewed_while_work_goes_on(clones: list[Path]) -> None:
    one, other = map(locks, clones)
    late = NOW + timedelta(minutes=9)
    with held(one, ["acme-staging", "birch-staging"], DEPLOY, NOW) as (lease, _):
        check(lease, late)
        with pytest.raises(TargetBusyError):
            other.take(["birch-staging"], ROLLBACK, NOW + LEASE)
    assert LockRefs(clones[0], ENVIRON).read() == {}


def test_who_wakes_up_late_frees_nothing_of_the_next_holder(clones: list[Path]) -> None:
    one, other = map(locks, clones)
    late = NOW + LEASE
    asleep, _ = one.take(["acme-staging", "birch-staging"], DEPLOY, NOW)
    with held(other, ["acme-staging"], ROLLBACK, late) as (lease, _):
        asleep.release()
        there = LockRefs(clones[1], ENVIRON).read()
        assert {name: held.lock for name, held in there.items()} == {"acme-staging": lease.lock}


def test_of_many_at_once_one_gets_the_target(clones: list[Path]) -> None:
    def taken(number: int) -> bool:
        try:
            locks(clones[number % 2]).take(["acme-staging"], DEPLOY, NOW)
        except TargetBusyError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(taken, range(8))) == 1


def test_without_a_remote_there_is_no_shared_lock(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    with pytest.raises(SharedLockUnavailable, match="no git remote"):
        locks(tmp_path).check()


def test_a_remote_that_refuses_pushes_gives_no_shared_lock(
    clones: list[Path], remote: Path
) -> None:
    hook = remote / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'permission denied to alice' >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(SharedLockUnavailable, match="may not be pushed to"):
        locks(clones[0]).take(["acme-staging"], DEPLOY, NOW)


def test_a_remote_that_is_gone_is_no_lock_that_one_could_have(
    clones: list[Path], remote: Path
) -> None:
    remote.rename(remote.with_name("gone.git"))
    with pytest.raises(GitRemoteError, match="did not answer"):
        locks(clones[0]).take(["acme-staging"], DEPLOY, NOW)


def test_a_lock_of_an_unknown_form_is_held_and_never_guessed_at(
    clones: list[Path], remote: Path
) -> None:
    tree = git(clones[0], "hash-object", "-w", "-t", "tree", "/dev/null")
    commit = git(clones[0], "commit-tree", tree, "-m", '{"id": "new form"}')
    git(clones[0], "push", "-q", "origin", f"{commit}:refs/edgefleet/locks/acme-staging")
    with pytest.raises(TargetBusyError, match="a lock that this edgefleet cannot read"):
        locks(clones[1]).take(["acme-staging"], DEPLOY, NOW)


def walk_through(clones: list[Path], **environ: str) -> None:
    """Take, be refused, be taken over, free: each step as another machine sees it."""
    one, other = (
        SharedLocks(LockRefs(clone, ENVIRON | environ), lambda _: False) for clone in clones
    )
    targets = ["acme-staging", "birch-staging"]
    with held(one, targets, DEPLOY, NOW) as (lease, _):
        with pytest.raises(TargetBusyError, match="alice"):
            other.take(targets[1:], ROLLBACK, NOW)
        taken = held(other, targets[:1], ROLLBACK, NOW, take_over=True)
        with taken, pytest.raises(LockLost, match="bob"):
            check(lease, NOW)
    assert LockRefs(clones[1], ENVIRON | environ).read() == {}


def test_locks_live_at_a_remote_over_http(tmp_path: Path, remote: Path) -> None:
    git(remote, "config", "http.receivepack", "true")
    with git_over_http(tmp_path) as url:
        walk_through(cloned(tmp_path, f"{url}/remote.git"))


def test_locks_live_at_a_remote_over_ssh(tmp_path: Path, remote: Path) -> None:
    """Git speaks its protocol over whatever GIT_SSH_COMMAND starts; here, a shell beside it."""
    stand_in = tmp_path / "ssh-stand-in"
    stand_in.write_text('#!/bin/sh\nfor last; do :; done\nexec sh -c "$last"\n')
    stand_in.chmod(0o755)
    clones = cloned(tmp_path, str(remote))
    for clone in clones:
        git(clone, "remote", "set-url", "origin", f"git@example.com:{remote}")
    walk_through(clones, GIT_SSH_COMMAND=str(stand_in))


def test_a_lock_leaves_the_repository_as_it_was(clones: list[Path]) -> None:
    """A lock is no branch, no tag, and makes no clone shallow."""
    before = [git(clone, "for-each-ref") for clone in clones]
    walk_through(clones)
    assert [git(clone, "for-each-ref") for clone in clones] == before
    made = [clone / ".git" / name for clone in clones for name in ("shallow", "FETCH_HEAD")]
    assert not [path for path in made if path.exists()]


class InterruptedPush(LockRefs):
    """Ends its first push by Ctrl-C; the remote finishes it when `finish` is called."""

    pushed: Mapping[str, tuple[str | None, str | None]] = {}

    def move(
        self,
        moves: Mapping[str, tuple[str | None, str | None]],
        *,
        seconds: float | None = None,
    ) -> bool:
        if not self.pushed:
            self.pushed = moves
            raise KeyboardInterrupt
        return super().move(moves, seconds=seconds)

    def finish(self) -> None:
        """Do what the remote does late."""
        assert super().move(self.pushed)


@pytest.mark.parametrize("after", [1, 2])
def test_interrupted_push_that_lands_late_is_undone(clones: list[Path], after: int) -> None:
    refs, slept = InterruptedPush(clones[0], ENVIRON), []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == after:
            refs.finish()

    shared = SharedLocks(refs, lambda _: False, sleep=sleep)
    with pytest.raises(KeyboardInterrupt):
        shared.take(["acme-staging"], DEPLOY, NOW)
    assert len(slept) == after
    assert LockRefs(clones[1], ENVIRON).read() == {}


def test_interrupted_push_that_never_lands_is_waited_for_briefly(clones: list[Path]) -> None:
    slept: list[float] = []
    shared = SharedLocks(InterruptedPush(clones[0], ENVIRON), lambda _: False, sleep=slept.append)
    with pytest.raises(KeyboardInterrupt):
        shared.take(["acme-staging"], DEPLOY, NOW)
    assert 0 < sum(slept) < 5
