"""`edgefleet deploy` with a canary: real traffic through workerd, counted by the Worker itself."""

import json
import subprocess
from pathlib import Path

import pytest

from integration.conftest import Stage
from support.canaries import HANDLED, KEY, PLAIN, REFUSED, calling, let_callers_in, worker
from support.canary_deploys import ONE, deploy, host, judged_bad, shares
from support.ports import wait_for


@pytest.fixture(scope="module")
def live(stage: Stage) -> str:
    """Deploy a version to begin with; return its id."""
    let_callers_in(stage.project.root, ONE)
    stage.project.environ["EDGEFLEET_SMOKE_KEY_MRRAINBOWSMOKE"] = KEY
    ran = stage.deploy(ONE, "staging", "--engine", "api")
    assert ran.code == 0, ran.said
    assert "no canary: a first upload is live at once" in ran.err
    return str(stage.project.records()[-1]["version_id"])


def test_a_good_canary_gets_all_traffic(stage: Stage, live: str, tmp_path: Path) -> None:
    bundle = worker(stage.bundle, tmp_path, PLAIN)
    old = shares(stage)[0][0][0]

    with calling(stage.edge.url, host(stage)) as callers:
        code, said, record = deploy(stage, bundle)

    assert code == 0, said
    new = record["version_id"]
    assert [step["verdict"] for step in record["canary"]] == ["good", "good"]
    assert [(step["share"], step["source"]) for step in record["canary"]] == [
        (20, "worker"),
        (50, "worker"),
    ]
    assert all(step["new"]["requests"] >= 4 for step in record["canary"])
    assert all(step["new"]["errors"] == 0 for step in record["canary"])
    assert shares(stage)[:5] == [
        [(new, 100)],
        [(old, 0), (new, 100)],
        [(old, 50), (new, 50)],
        [(old, 80), (new, 20)],
        [(old, 100), (new, 0)],
    ]
    assert (set(callers.statuses), callers.broken) == ({404}, [])  # no such session
    assert KEY not in said


def test_a_bad_canary_is_restored(stage: Stage, live: str, tmp_path: Path) -> None:
    bundle = worker(stage.bundle, tmp_path, HANDLED)
    before = shares(stage)[0]
    let_callers_in(stage.project.root, ONE, soak="30s")  # it ends when there is evidence enough

    with calling(stage.edge.url, host(stage)) as callers:
        code, said, record = deploy(stage, bundle)

    assert code == 7, said
    assert "the new version was worse at 20 % of the traffic" in said
    assert (record["status"], record["error"]["code"]) == ("restored", "canary_bad")
    assert KEY not in said + json.dumps(record)
    assert record["canary"][-1]["verdict"] == "bad"
    assert shares(stage)[0] == before
    assert callers.broken == []
    assert callers.statuses[500] < 0.5 * callers.statuses.total()


def test_without_traffic_the_old_version_is_restored(
    stage: Stage, live: str, tmp_path: Path
) -> None:
    bundle = worker(stage.bundle, tmp_path, PLAIN)
    before = shares(stage)[0]
    let_callers_in(stage.project.root, ONE, soak="1s", deadline="2s")

    code, said, record = deploy(stage, bundle)

    assert code == 11, said
    assert "there was too little traffic at 20 %" in said
    assert "--canary none" in record["error"]["hint"]
    assert (record["status"], record["canary"][-1]["verdict"]) == (
        "restored",
        "too_little_traffic",
    )
    assert shares(stage)[0] == before


def test_probes_decide_where_the_policy_says_so(stage: Stage, live: str, tmp_path: Path) -> None:
    bundle = worker(stage.bundle, tmp_path, PLAIN)
    let_callers_in(stage.project.root, ONE, soak="1s", deadline="2s", tooLittleTraffic="probe")

    code, said, record = deploy(stage, bundle)

    assert code == 0, said
    assert [step["probes"] for step in record["canary"]] == [4, 4]
    assert record["canary"][0]["reason"] == "decided by 4 probes"


def test_a_source_that_fails_is_no_good_verdict(stage: Stage, live: str, tmp_path: Path) -> None:
    bundle = worker(stage.bundle, tmp_path, PLAIN)
    before = shares(stage)[0]
    let_callers_in(stage.project.root, ONE)
    contract = stage.project.root / "src/worker/counters.jsonc"
    text = contract.read_text()
    contract.write_text(text.replace('"/data/versions"', '"/data/counts"'))

    code, said, record = deploy(stage, bundle)
    contract.write_text(text)

    assert code == 12, said
    assert "/metrics answers without a list of versions at /data/counts" in said
    assert record["canary"][-1]["verdict"] == "source_failed"
    assert shares(stage)[0] == before


def test_what_workers_logs_count_finds_a_bad_version(
    stage: Stage, live: str, tmp_path: Path
) -> None:
    """`make soak` finds one fault by each source."""
    step = judged_bad(stage, tmp_path, "logs", REFUSED)
    assert step["sample_interval"] == 10


def test_a_killed_canary_is_named_and_ended_by_the_next(
    stage: Stage, live: str, tmp_path: Path
) -> None:
    """Killed at a step: drift names it, history keeps it, and the next deploy ends it."""
    bundle = worker(stage.bundle, tmp_path, PLAIN)
    before = shares(stage)[0]
    let_callers_in(stage.project.root, ONE)
    options = ("--tenant", ONE, "--env", "staging", "--engine", "api", "--bundle", bundle)
    process = subprocess.Popen(
        stage.project.command("deploy", *options),
        cwd=stage.project.root,
        env=stage.project.environment({}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(lambda: len(shares(stage)[0]) == 2 and newest(stage)[1] == 20, "a step")
        wait_for(lambda: bool(stage.project.records()[-1]["canary"]), "a look")
    finally:
        process.kill()
        process.wait()
    left = stage.project.records()[-1]
    assert (left["status"], left["phase"]) == ("in_progress", "steps")
    assert left["canary"][0]["verdict"] is None

    drift = stage.project.run("drift", "--tenants", ONE, "--env", "staging")
    assert "at 20 %" in drift.out
    assert f"edgefleet canary continue --tenants {ONE} --env staging" in drift.out

    with calling(stage.edge.url, host(stage)) as callers:
        code, said, record = deploy(stage, bundle)

    assert code == 0, said
    assert "was killed in its phase steps; live is version" in said
    assert record["previous_version_id"] == before[0][0]
    assert shares(stage)[0] == [(record["version_id"], 100)]
    assert (set(callers.statuses), callers.broken) == ({404}, [])


def newest(stage: Stage) -> tuple[str, float]:
    """Return the share of the new version in the deployment in force."""
    return shares(stage)[0][-1]
