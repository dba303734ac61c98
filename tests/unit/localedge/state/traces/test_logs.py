"""Log lines are kept for each script, the newest ones, also over a restart."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from localedge.runtime.data_points import DataPoints
from localedge.state.database import Database
from localedge.state.traces.logs import LogStore
from support.data_plane import ACCOUNT, ref


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path)
    yield opened
    opened.close()


def test_lines_are_kept_for_the_script_whose_instance_wrote_them(database: Database) -> None:
    logs = LogStore(database)
    lines = DataPoints("key", logs, lambda *_: None)
    lines.record(f"{ACCOUNT}/shop#1", "log", "one")
    lines.record(f"{ACCOUNT}/shop#2", "error", "half a pair: \ud800")
    lines.record(f"{ACCOUNT}/other#3", "log", "three")
    lines.record("inspect:4", "error", "of no script")

    kept = [(line.level, line.message) for line in logs.lines(ref("shop"))]
    assert kept == [("log", "one"), ("error", "half a pair: ?")]


def test_only_the_newest_lines_are_kept(database: Database) -> None:
    logs = LogStore(database)
    for number in range(700):
        logs.add(ref("shop"), "log", str(number))

    assert len(logs.lines(ref("shop"))) == 500
    assert logs.lines(ref("shop"))[-1].message == "699"
    assert database.one("SELECT count(*) AS kept FROM log_lines")["kept"] == 500  # type: ignore[index]


def test_a_restart_keeps_the_lines(tmp_path: Path) -> None:
    for number in range(2):
        database = Database(tmp_path)
        logs = LogStore(database)
        assert len(logs.lines(ref("shop"))) == number
        logs.add(ref("shop"), "log", "x")
        database.close()


def test_a_script_can_be_forgotten(database: Database) -> None:
    logs = LogStore(database)
    logs.add(ref("shop"), "log", "x")
    logs.add(ref("other"), "log", "x")

    logs.clear(ref("shop"))
    assert (logs.lines(ref("shop")), len(logs.lines(ref("other")))) == ([], 1)

    logs.clear()
    assert logs.lines(ref("other")) == []
