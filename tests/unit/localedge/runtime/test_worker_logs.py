"""Log lines are kept for each script, the newest ones."""

from localedge.runtime.worker_logs import WorkerLogs
from support.data_plane import ACCOUNT, ref


def test_lines_are_kept_for_the_script_whose_instance_wrote_them() -> None:
    logs = WorkerLogs()
    logs.take(f"{ACCOUNT}/shop#1", "log", "one")
    logs.take(f"{ACCOUNT}/shop#2", "error", "two")
    logs.take(f"{ACCOUNT}/other#3", "log", "three")
    logs.take("inspect:4", "error", "of no script")

    kept = [(line.level, line.message) for line in logs.of(ref("shop"))]
    assert kept == [("log", "one"), ("error", "two")]


def test_only_the_newest_lines_are_kept() -> None:
    logs = WorkerLogs()
    for number in range(2000):
        logs.add(ref("shop"), "log", str(number))

    assert len(logs.of(ref("shop"))) == 500
    assert logs.of(ref("shop"))[-1].message == "1999"


def test_a_script_can_be_forgotten() -> None:
    logs = WorkerLogs()
    logs.add(ref("shop"), "log", "x")
    logs.add(ref("other"), "log", "x")

    logs.forget(ref("shop"))
    assert (logs.of(ref("shop")), len(logs.of(ref("other")))) == ([], 1)

    logs.forget()
    assert logs.of(ref("other")) == []
