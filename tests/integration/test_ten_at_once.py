"""Ten processes deploy one target at the same time."""

import subprocess
from collections import Counter

import pytest

from integration.conftest import TENANTS, Stage

ONE = TENANTS[0]


@pytest.fixture(scope="module")
def stage(quick_stage: Stage) -> Stage:
    """Run no Worker: all here is about what is deployed."""
    return quick_stage


def test_one_of_ten_deploys_and_the_others_stay_out_of_its_way(stage: Stage) -> None:
    target = ("--tenant", ONE, "--env", "staging", "--engine", "api", "--bundle", str(stage.bundle))
    processes = [
        subprocess.Popen(
            stage.project.command("deploy", *target),
            cwd=stage.project.root,
            env=stage.project.environment({}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(10)
    ]
    try:
        said = ["".join(process.communicate(timeout=90)) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()
    codes = Counter(process.returncode for process in processes)
    assert set(codes) <= {0, 9}, said
    records = stage.project.records()
    ends = Counter(record["status"] for record in records)
    assert len(records) == 10
    assert ends["succeeded"] == 1
    assert (ends["succeeded"] + ends["unchanged"], ends["failed"]) == (codes[0], codes[9])
    assert {r["error"]["code"] for r in records if r["status"] == "failed"} <= {"busy"}
    (winner,) = (record for record in records if record["status"] == "succeeded")
    assert {r["version_id"] for r in records if r["status"] == "unchanged"} <= {
        winner["version_id"]
    }
    uploads = [
        write for write in stage.writes() if "excludeScript" in write or "/versions" in write
    ]
    assert len(uploads) == 1, stage.writes()
    health = stage.project.run("health", "--tenants", ONE, "--env", "staging", "--format", "json")
    assert winner["version_id"] in health.out
    assert list((stage.project.root / ".edgefleet" / "locks").iterdir()) == []
