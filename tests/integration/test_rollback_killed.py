"""`kill -9` of a rollback, and the same command again."""

import subprocess

import pytest

from integration.conftest import Stage
from integration.test_rollback import TARGETS, deploy, last, live, only, rollback, script
from support.ports import wait_for


@pytest.fixture(scope="module")
def stage(quick_stage: Stage) -> Stage:
    """Run no Worker: all here is about what is deployed."""
    return quick_stage


@pytest.mark.parametrize("phase", ["canary", "settings"])
def test_a_rollback_that_is_killed_goes_on_where_it_was(stage: Stage, phase: str) -> None:
    three = [deploy(stage) for _ in range(3)]
    path = {"canary": "*/deployments", "settings": "*/schedules"}[phase]
    if phase == "settings":
        script(stage, "PUT", "schedules", json=[{"cron": "2 2 * * *"}])
    method = {"canary": "POST", "settings": "PUT"}[phase]
    nth = {"canary": 2, "settings": 1}[phase]
    stage.edge.fault(method=method, path=path, kind="latency", seconds=60, nth=nth, times=1)
    process = subprocess.Popen(
        stage.project.command("rollback", *TARGETS),
        cwd=stage.project.root,
        env=stage.project.environment({}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(
            lambda: last(stage)["phase"] == ("traffic" if phase == "canary" else phase), "the phase"
        )
    finally:
        process.kill()
        process.wait()
        stage.edge.clear_faults()
    assert last(stage)["status"] == "in_progress"
    ran = rollback(stage)
    assert ran.code == 0, ran.said
    assert "a rollback to it was killed before it had ended" in ran.err
    assert live(stage) == only(three[1])
    record = last(stage)
    assert (record["status"], record["previous_version_id"]) == ("succeeded", three[2])
    assert rollback(stage).code == 0
    assert live(stage) == only(three[0])
