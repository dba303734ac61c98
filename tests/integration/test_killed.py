"""`edgefleet deploy` killed with SIGKILL in each phase, and the same command again."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from integration.conftest import TENANTS, Stage, token
from integration.test_plan import edit
from support.forked import Forked
from support.ports import wait_for

ONE = TENANTS[0]
SCRIPT = "bluey-ai-worker-staging"
WORKER = f"http://{SCRIPT}.{ONE}.workers.localhost/health"
UNHEALTHY = {"method": "GET", "path": WORKER, "kind": "status", "status": 500, "times": None}
"""How each version answers in a deploy that is to be restored."""
TRAFFIC: dict[str, Any] = {"method": "POST", "path": "*/deployments"}
HELD: dict[str, dict[str, Any]] = {
    "credentials": {"method": "GET", "path": "*/user/tokens/verify"},
    "plan": {"method": "GET", "path": "*/workers/scripts"},
    "upload": {"method": "POST", "path": "*/versions"},
    "canary": TRAFFIC,
    "traffic": {**TRAFFIC, "nth": 2},
    "health": {"method": "GET", "path": WORKER, "nth": 2},
    "settings": {"method": "PUT", "path": "*/schedules"},
    "restore": {**TRAFFIC, "nth": 2},
}
"""The request that is held in each phase, so that the run is killed in it."""
RECORDED = {"restore": "canary"}
"""What the record says where that is another phase: a restore is noted when it is over."""


@pytest.fixture(scope="module")
def stage(quick_stage: Stage) -> Stage:
    """Run no Worker: a deploy that is killed asks for a health check at most."""
    return quick_stage


def shares(stage: Stage) -> list[dict[str, Any]]:
    """Return the deployment in force, as the API tells it."""
    account = stage.project.wrangler(ONE)["account_id"]
    answer = requests.get(
        f"{stage.edge.api}/accounts/{account}/workers/scripts/{SCRIPT}/deployments",
        headers={"Authorization": f"Bearer {token(ONE)}"},
        timeout=30,
    )
    found: list[dict[str, Any]] = answer.json()["result"]["deployments"][0]["versions"]
    return found


def in_phase(stage: Stage, phase: str, known: int) -> bool:
    """Say whether the newest run has come to a phase."""
    records = stage.project.records()
    recorded = RECORDED.get(phase, phase)
    if len(records) <= known or records[-1]["phase"] != recorded:
        return False
    return recorded == phase or moves(stage) == HELD[phase]["nth"]


def moves(stage: Stage) -> int:
    """Count the requests that moved traffic, or are to."""
    return sum(
        one["method"] == "POST" and one["path"].endswith("/deployments")
        for one in stage.edge.requests()
    )


def group(leader: int) -> list[int]:
    """Return the processes of all groups that a process or its children lead."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state, parent, leads = (process / "stat").read_text().rpartition(")")[2].split()[:3]
            if state != "Z" and leader in (int(parent), int(process.name)):
                found.append(int(leads))
    return found


def alive(groups: list[int]) -> bool:
    """Whether any process of these groups runs."""
    for leader in groups:
        with suppress(ProcessLookupError):
            os.killpg(leader, 0)
            return True
    return False


def kill_in(stage: Stage, phase: str, command: list[str], folder: Path) -> dict[str, Any]:
    """Run a deploy, kill it in a phase; return what it left as its record."""
    known = len(stage.project.records())
    stage.edge.control("DELETE", "requests")
    stage.edge.fault(**HELD[phase], kind="latency", seconds=60, times=1)
    process = Forked(
        "edgefleet",
        command,
        cwd=stage.project.root,
        env=stage.project.environment({}),
        out=folder / "out",
        err=folder / "err",
        own_session=True,
    )
    groups: list[int] = []
    try:
        wait_for(lambda: in_phase(stage, phase, known), f"phase {phase}")
        groups = group(process.pid)
    finally:
        process.kill()  # it alone: what it started has to end by itself
        process.wait(60)
        stage.edge.clear_faults()
    wait_for(lambda: not alive(groups), "what it started to end")
    return stage.project.records()[-1]


@pytest.mark.parametrize(
    ("phase", "engine"), [*((phase, "api") for phase in HELD), ("upload", "wrangler")]
)
def test_the_same_command_again_converges(
    stage: Stage, tmp_path: Path, phase: str, engine: str
) -> None:
    if not stage.project.records():
        assert stage.deploy(ONE, "staging", "--engine", "api").code == 0
    before = shares(stage)
    if phase == "settings":
        edit(stage, "PUT", "schedules", json=[{"cron": "2 2 * * *"}])
    bad = phase == "restore"
    options = ["--tenant", ONE, "--env", "staging", "--engine", engine, "--force"]
    options += ["--bundle", str(stage.bundle), "--health-timeout", "1" if bad else "30"]
    unhealthy = [UNHEALTHY] * bad
    with stage.edge.faults(*unhealthy):
        left = kill_in(stage, phase, ["deploy", *options], tmp_path)
    recorded = RECORDED.get(phase, phase)
    assert (left["status"], left["phase"]) == ("in_progress", recorded)

    with stage.edge.faults(*unhealthy):
        again = stage.project.run("deploy", *options)

    assert again.code == (7 if bad else 0), again.said
    assert f"was killed in its phase {recorded}; live is version" in again.err
    assert "ended without freeing the target" in again.err
    record = stage.project.records()[-1]
    live = record["previous_version_id"] if bad else record["version_id"]
    assert shares(stage) == [{"version_id": live, "percentage": 100}]
    assert not bad or shares(stage) == before
    assert list((stage.project.root / ".edgefleet" / "locks").iterdir()) == []
    assert left in stage.project.records()
