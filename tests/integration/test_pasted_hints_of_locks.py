"""Hints of locks, pasted, as in `test_pasted_hints.py`, where the fleet has a git remote."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edgefleet.locks.lease import LockOwner, SharedLocks
from edgefleet.locks.models import Lock
from edgefleet.locks.refs import LockRefs
from integration.conftest import Stage
from integration.test_overwritten import deploy, git
from integration.test_pasted_hints import ONE, fresh, hints, paste
from support.hint_ledger import kept
from support.pasting import paste_in

__all__ = ["fresh", "kept"]

NAME = f"{ONE}-staging"
OWNER = LockOwner(action="deploy", actor="alice")
ENVIRON = {"PATH": "/usr/bin:/bin"}


@pytest.fixture
def shared(fresh: Stage) -> Iterator[Stage]:
    """Give the fleet's repository a remote."""
    bare = fresh.project.root.parent / "remote.git"
    git(fresh, "init", "-q", "--bare", str(bare))
    git(fresh, "remote", "add", "origin", str(bare))
    yield fresh
    git(fresh, "remote", "remove", "origin")
    shutil.rmtree(bare)


def hold(stage: Stage) -> Lock:
    """Let another machine hold a target."""
    locks = SharedLocks(LockRefs(stage.project.root, ENVIRON), lambda _: False)
    lease, _ = locks.take([NAME], OWNER, datetime.now(UTC))
    return lease.lock


def test_who_holds_a_target_is_listed(shared: Stage) -> None:
    hold(shared)
    refused = deploy(shared, "staging")
    assert refused.code == 9, refused.said
    assert "add --wait 15m to wait for it; edgefleet locks shows all locks" in refused.err
    assert "alice" in paste(shared, "edgefleet locks").out


def test_lock_of_a_target_is_freed(shared: Stage) -> None:
    lock = hold(shared)
    refused = shared.project.run("unlock", "--reason", "x")
    assert refused.code == 2, refused.said
    open_ones = {"NAME": ONE, "ENV": "staging", "ID": lock.id, "TEXT": "over"}
    command, _ = hints(refused)
    assert paste(shared, command, **open_ones).code == 0
    assert deploy(shared, "staging").code == 0


def test_locks_of_a_run_are_freed(shared: Stage) -> None:
    lock = hold(shared)
    refused = shared.project.run("unlock", "--reason", "x")
    assert refused.code == 2, refused.said
    _, command = hints(refused)
    assert paste(shared, command, ID=lock.id, TEXT="over").code == 0
    assert deploy(shared, "staging").code == 0


def test_repository_without_a_remote_gets_one(fresh: Stage, tmp_path: Path) -> None:
    git(fresh, "init", "-q", "--bare", str(tmp_path / "remote.git"))
    refused = fresh.project.run("locks")
    assert refused.code == 2, refused.said
    command = refused.err.rpartition("-> ")[2].strip()
    assert paste_in(fresh.project.root, command, URL=f"{tmp_path}/remote.git").returncode == 0
    try:
        assert fresh.project.run("locks").code == 0
    finally:
        git(fresh, "remote", "remove", "origin")


def test_remote_that_takes_no_push_says_so(
    shared: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "ssh"
    program.write_text("#!/bin/sh\necho 'git@host: Permission denied (publickey).' >&2\nexit 255\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    git(shared, "config", "remote.origin.pushurl", "ssh://git@host/fleet.git")
    refused = deploy(shared, "staging", "--lock", "shared")
    assert refused.code == 2, refused.said
    command = refused.err.rpartition("-> ")[2].strip()
    assert "Permission denied" in paste_in(shared.project.root, command).stderr
