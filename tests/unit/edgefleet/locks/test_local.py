"""One deployment per target at a time."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edgefleet.config.target import PRODUCTION, STAGING, Target
from edgefleet.errors import TargetBusyError
from edgefleet.locks.local import LocalLocks, LockHolder

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TARGET = Target(tenant="acme", environment=STAGING)
OTHER = Target(tenant="acme", environment=PRODUCTION)


def test_a_target_is_held_by_one_alone_who_is_named(tmp_path: Path) -> None:
    locks = LocalLocks(tmp_path)
    with (
        locks.hold(TARGET, "deploy", "ada", NOON),
        pytest.raises(TargetBusyError, match=r"acme-staging is held by ada \(deploy, process"),
        locks.hold(TARGET, "rollback", "bob", NOON),
    ):
        raise AssertionError("two hold it")


def test_two_targets_do_not_wait_for_each_other(tmp_path: Path) -> None:
    locks = LocalLocks(tmp_path)
    with locks.hold(TARGET, "deploy", "ada", NOON), locks.hold(OTHER, "deploy", "bob", NOON):
        assert len(list(tmp_path.iterdir())) == 2


def test_nothing_is_left_when_it_is_let_go_whichever_way(tmp_path: Path) -> None:
    locks = LocalLocks(tmp_path)
    with pytest.raises(KeyboardInterrupt), locks.hold(TARGET, "deploy", "ada", NOON):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
    with locks.hold(TARGET, "deploy", "ada", NOON) as died:
        assert died is None


def test_a_holder_that_died_is_named_to_the_next(tmp_path: Path) -> None:
    dead = LockHolder(pid=os.getpid(), host="h", actor="ada", action="deploy", since=NOON)
    (tmp_path / f"{TARGET}.json").write_text(dead.model_dump_json())
    with LocalLocks(tmp_path).hold(TARGET, "deploy", "bob", NOON) as died:
        assert died == dead


def test_words_that_cannot_be_read_do_not_stand_in_the_way(tmp_path: Path) -> None:
    (tmp_path / f"{TARGET}.json").write_text("{")
    with LocalLocks(tmp_path).hold(TARGET, "deploy", "bob", NOON) as died:
        assert died is None
