"""Log lines are kept for each script, the newest ones."""

from localedge.runtime.worker_logs import WorkerLogs
from support.data_plane import ACCOUNT, ref


def test_lines_are_kept_for_the_script_whose_instance_wrote_them() -> None:
    logs = WorkerLogs()
    logs.record(f"{ACCOUNT}/shop#1", "log", "one")
    logs.record(f"{ACCOUNT}/shop#2", "error", "two")
    logs.record(f"{ACCOUNT}/other#3", "log", "three")
    logs.record("inspect:4", "error", "of no script")

    kept = [(line.level, line.message) for line in logs.lines(ref("shop"))]
    assert kept == [("log", "one"), ("error", "two")]


def test_only_the_newest_lines_are_kept() -> None:
    logs = WorkerLogs()
    for number in range(2000):
        logs.add(ref("shop"), "log", str(number))

    assert len(logs.lines(ref("shop"))) == 500
    assert logs.lines(ref("shop"))[-1].message == "1999"


def test_a_script_can_be_forgotten() -> None:
    logs = WorkerLogs()
    logs.add(ref("shop"), "log", "x")
    logs.add(ref("other"), "log", "x")

    logs.clear(ref("shop"))
    assert (logs.lines(ref("shop")), len(logs.lines(ref("other")))) == ([], 1)

    logs.clear()
    assert logs.lines(ref("other")) == []
