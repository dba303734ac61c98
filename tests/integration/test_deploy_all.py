"""`edgefleet deploy-all` over twenty tenants of an embedded Cloudflare."""

import json
import os
import re
import shlex
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests

from support.many import ManyScene, edge_of, make_many, names_of, token
from support.ports import wait_for
from support.project import Ran

NAMES = names_of(20)
ALLOWED = 100
PARALLEL = 4
UPLOAD = re.compile(r"(?:POST|PUT) .*/scripts/(t\d+)-worker-staging(?:/versions)?(?:\?.*)?$")
SLOW = {"method": "POST", "path": "*/deployments", "kind": "latency", "times": None}


class Scene(ManyScene):
    """A fleet, and the Cloudflare that it is deployed to."""

    def deploy(self, *more: str, **environ: str) -> Ran:
        """Deploy the whole fleet, four at once."""
        command = ("deploy-all", "--env", "staging", "--parallel")
        return self.project.run(*command, *more, **environ)

    def again(self, said: str) -> Ran:
        """Run the command that a summary ends with."""
        line = said.strip().splitlines()[-1]
        return self.project.run(*shlex.split(line)[1:])

    def run(self) -> dict[str, Any]:
        """Return the record of the last run over the fleet."""
        return read(self.last())

    def last(self) -> Path:
        """Return the file of the last run's record; of two in one second no name tells which."""
        files = (self.project.root / "deployments").glob("fleet-staging-*.json")
        return max(files, key=lambda file: str(read(file)["started"]))

    def outcomes(self) -> Counter[str]:
        """Return how the targets of the last run ended."""
        return Counter(member["outcome"] for member in self.run()["members"])

    def live(self) -> dict[str, str]:
        """Return the version that each tenant serves by itself, as its record tells."""
        found = {}
        for record in self.project.records():
            if record.get("kind") != "fleet" and record["status"] in {"succeeded", "unchanged"}:
                found[record["tenant"]] = record["version_id"]
        return found

    def meddle(self, tenant: str) -> None:
        """Set other Cron Triggers than the files have."""
        account = self.project.wrangler(tenant)["account_id"]
        script = f"/accounts/{account}/workers/scripts/{tenant}-worker-staging"
        headers = {"Authorization": f"Bearer {token(tenant)}"}
        crons = [{"cron": "2 2 * * *"}]
        url = f"{self.edge.api}{script}/schedules"
        assert requests.put(url, headers=headers, json=crons, timeout=30).ok

    def uploads(self) -> Counter[str]:
        """Return who was uploaded to, how often, since the last call."""
        asked = [f"{one['method']} {one['path']}" for one in self.edge.requests()]
        self.edge.control("DELETE", "requests")
        return Counter(found[1] for line in asked if (found := UPLOAD.search(line)))


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("fleet")
    owned = {name: {"owner": "agency"} for name in NAMES}
    project = make_many(folder / "project", len(NAMES), owned)
    with edge_of(project, folder / "edge") as edge:
        found = Scene(project, edge, folder / "bundles", count())
        first = found.deploy("--bundle", found.bundle())
        assert first.code == 0, first.said
        found.uploads()
        yield found


def test_command_shown_deploys_just_the_three_that_failed(scene: Scene) -> None:
    failing = {"t003", "t010", "t017"}
    before = scene.live()
    faults = [
        {"path": f"*/{name}-worker-staging/versions", "method": "POST", "kind": "status"}
        for name in failing
    ]
    with scene.edge.faults(*({**one, "status": 400, "times": None} for one in faults)):
        ran = scene.deploy("--continue-on-error", "--bundle", scene.bundle())
    assert ran.code == 10, ran.said
    assert scene.outcomes() == {"succeeded": 17, "failed": 3}
    assert "error: 3 of 20 targets are left" in ran.err
    changed = {name for name in NAMES if scene.live()[name] != before[name]}
    assert changed == set(NAMES) - failing
    scene.uploads()
    (scene.project.root / "LATER.md").write_text("of another commit\n")
    scene.project.commit()

    retry = scene.again(ran.out)

    assert retry.code == 0, retry.said
    assert set(scene.uploads()) == failing
    assert scene.outcomes() == {"succeeded": 3}
    assert len({record["bundle_digest"] for record in scene.project.records()[-4:]}) == 1
    assert len({record["git_commit"] for record in scene.project.records()}) == 1


def test_the_first_failure_stops_the_rest(scene: Scene) -> None:
    fault = {"path": "*/t000-worker-staging/versions", "method": "POST", "kind": "status"}
    with scene.edge.faults({**fault, "status": 400, "times": None}):
        ran = scene.project.run(
            "deploy-all", "--env", "staging", "--bundle", scene.bundle(), "--format", "json"
        )
    assert ran.code == 10, ran.said
    assert Counter(one["outcome"] for one in json.loads(ran.out)["members"]) == {
        "failed": 1,
        "waiting": 19,
    }
    assert set(scene.uploads()) == {"t000"}
    assert "to do what is left: edgefleet deploy-all --env staging --engine api" in ran.err


@pytest.mark.parametrize(
    "fault",
    [
        {"method": "GET", "path": "*/versions", "kind": "malformed"},
        {"method": "POST", "path": "*/versions", "kind": "drop_before"},
        {"method": "POST", "path": "*/versions", "kind": "drop_after"},
        {"method": "POST", "path": "*/deployments", "kind": "status", "status": 500},
        {"method": "POST", "path": "*/deployments", "kind": "drop_after", "nth": 2},
        {"method": "PUT", "path": "*/schedules", "kind": "status", "status": 500},
    ],
    ids=lambda fault: f"{fault['path']} {fault['kind']}",
)
def test_a_fault_at_the_tenant_in_the_middle_spares_the_others(
    scene: Scene, fault: dict[str, Any]
) -> None:
    before, middle = scene.live(), "t010"
    if fault["path"] == "*/schedules":
        scene.meddle(middle)
    path = fault["path"].replace("*/", f"*/{middle}-worker-staging/")
    with scene.edge.faults({**fault, "path": path, "times": None}):
        only = ("--tenants", "t009,t010,t011", "--continue-on-error", "--bundle", scene.bundle())
        ran = scene.project.run("deploy-all", "--env", "staging", *only)
    good = scene.outcomes()["succeeded"]
    assert (ran.code, good) in {(0, 3), (10, 2)}, ran.said
    (member,) = (one for one in scene.run()["members"] if one["tenant"] == middle)
    if member["outcome"] == "succeeded":
        assert serves(scene, middle) == member["version_id"]
    else:
        assert member["outcome"] in {"failed", "restored", "restore_failed"}
        assert serves(scene, middle) == before[middle]


def test_ctrl_c_starts_nothing_new_and_restores_the_rest(scene: Scene) -> None:
    before = scene.live()
    ran = stopped(scene, scene.bundle(), lambda pid: os.kill(pid, signal.SIGINT))
    assert ran.code == 130, ran.said
    assert "stopping: no further target is started" in ran.err
    assert scene.run()["status"] == "interrupted"
    outcomes = scene.outcomes()
    assert set(outcomes) <= {"succeeded", "interrupted", "waiting"}
    assert 1 <= outcomes["interrupted"] <= 4, outcomes
    for member in scene.run()["members"]:
        if member["outcome"] != "succeeded":
            assert serves(scene, member["tenant"]) == before[member["tenant"]]

    resumed = scene.again(ran.out)

    assert resumed.code == 0, resumed.said
    assert scene.outcomes()["succeeded"] == 20 - outcomes["succeeded"]


def test_a_killed_run_is_taken_up_where_it_was(scene: Scene) -> None:
    scene.uploads()
    stopped(scene, scene.bundle(), lambda pid: os.kill(pid, signal.SIGKILL))
    left = scene.run()
    assert left["status"] == "in_progress"
    done = scene.uploads()
    path = scene.last()

    resumed = scene.deploy("--resume", str(path))

    assert resumed.code == 0, resumed.said
    twice = [name for name, times in (done + scene.uploads()).items() if times > 1]
    assert len(twice) <= 4, "only what was half done is uploaded again"
    digests = dict.fromkeys(NAMES)
    for record in scene.project.records():
        if record.get("kind") != "fleet" and record["status"] in {"succeeded", "unchanged"}:
            digests[record["tenant"]] = record["bundle_digest"]
    assert set(digests.values()) == {left["bundle_digest"]}
    nothing = scene.deploy("--resume", str(path))
    assert (nothing.code, "nothing is left" in nothing.err) == (0, True)


def test_a_storm_of_refusals_is_weathered_within_the_budget(scene: Scene) -> None:
    scene.uploads()
    refusal = {"kind": "status", "status": 429, "headers": {"Retry-After": "1"}, "times": 3}
    with scene.edge.faults(
        {"method": "POST", "path": "*/versions", "nth": 2, **refusal},
        {"method": "GET", "path": "/accounts/*", "nth": 50, **refusal},
    ):
        ran = scene.deploy("--bundle", scene.bundle(), EDGEFLEET_API_BUDGET=f"{ALLOWED}/1")
    assert ran.code == 0, ran.said
    assert scene.outcomes() == {"succeeded": 20}
    asked = scene.edge.requests()
    assert Counter(one["status"] for one in asked)[429] == 6
    at = [datetime.fromisoformat(one["at"]).timestamp() for one in asked]
    busiest = max(sum(0 <= other - one < 1 for other in at) for one in at)
    # What was on its way when a window began was counted in the one before.
    assert busiest <= ALLOWED + PARALLEL


def test_wrangler_makes_the_uploads_where_it_is_asked_to(scene: Scene) -> None:
    ran = scene.deploy("--tenants", "t000", "--engine", "wrangler", "--bundle", scene.bundle())
    assert ran.code == 0, ran.said
    (member,) = scene.run()["members"]
    assert serves(scene, "t000") == member["version_id"]
    last = [one for one in scene.project.records() if one.get("kind") != "fleet"][-1]
    assert (last["tenant"], last["engine"]) == ("t000", "wrangler")


def test_no_token_is_printed_or_written(scene: Scene) -> None:
    told = "".join(scene.project.printed)
    for file in (scene.project.root / "deployments").iterdir():
        told += file.read_text()
    assert not [name for name in NAMES if token(name) in told]


def read(file: Path) -> dict[str, Any]:
    """Return a record."""
    record: dict[str, Any] = json.loads(file.read_text())
    return record


def serves(scene: Scene, tenant: str) -> str:
    """Return the version that answers for a tenant."""
    answer = scene.edge.get(f"{tenant}-worker-staging.{tenant}", "/health")
    return str(answer.json()["data"]["version"]["id"])


def stopped(scene: Scene, bundle: str, stop: Callable[[int], None]) -> Ran:
    """Deploy the fleet, slowly, and stop the run when some are done and some half-way."""
    known = len(list((scene.project.root / "deployments").glob("fleet-*.json")))
    done = len(scene.live())
    command = ["deploy-all", "--env", "staging", "--parallel", "--bundle", bundle]
    with scene.edge.faults({**SLOW, "seconds": 0.3}):
        process = subprocess.Popen(
            scene.project.command(*command),
            cwd=scene.project.root,
            env=scene.project.environment({}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            wait_for(lambda: held_half_way(scene, known, process), "a run that is half-way")
            stop(process.pid)
            process.send_signal(signal.SIGCONT)
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
            process.wait()
    assert done == len(NAMES)
    return Ran(process.returncode, out, err)


def held_half_way(scene: Scene, known: int, process: "subprocess.Popen[str]") -> bool:
    """Hold the run while it is looked at: on a busy machine it would be over by then."""
    process.send_signal(signal.SIGSTOP)
    if half_way(scene, known):
        return True
    process.send_signal(signal.SIGCONT)
    return False


def half_way(scene: Scene, known: int) -> bool:
    """Say whether some targets of a new run are done, and others are about to get traffic."""
    if len(list((scene.project.root / "deployments").glob("fleet-*.json"))) == known:
        return False
    started = scene.run()["started"]
    records = [one for one in scene.project.records() if str(one["started"]) >= started]
    states = Counter(str(one.get("phase", "")) for one in records)
    return states["done"] >= 4 and states["canary"] >= 1
