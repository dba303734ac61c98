"""`edgefleet canary`: a canary that no run waits for, continued by one command after the other."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.conftest import Stage, token
from support.canaries import KEY, PLAIN, Callers, calling, let_callers_in, worker
from support.canary_deploys import ONE, canary, deploy, host, shares
from support.canary_kills import canary_kills

TARGET = ("--tenants", ONE, "--env", "staging")


@pytest.fixture(scope="module")
def callers(stage: Stage) -> Iterator[Callers]:
    """Deploy a version to begin with, and ask it all the time."""
    let_callers_in(stage.project.root, ONE)
    stage.project.environ["EDGEFLEET_SMOKE_KEY_MRRAINBOWSMOKE"] = KEY
    ran = stage.deploy(ONE, "staging", "--engine", "api")
    assert ran.code == 0, ran.said
    with calling(stage.edge.url, host(stage)) as asking:
        yield asking


@pytest.fixture
def served(stage: Stage, callers: Callers) -> Stage:
    """Return the stage while it is asked."""
    return stage


def begin(stage: Stage, folder: Path, entry: str = PLAIN) -> tuple[str, str]:
    """Deploy to the first step of a canary; return the old and the new version."""
    old = shares(stage)[0][0][0]
    code, said, record = deploy(stage, worker(stage.bundle, folder, entry), "--first-step")
    assert code == 0, said
    assert record["status"] == "under_way"
    assert f"edgefleet canary continue --tenants {ONE} --env staging" in said
    return old, record["version_id"]


def test_a_canary_goes_on_step_by_step(
    served: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = begin(served, tmp_path)
    assert shares(served)[0] == [(old, 80), (new, 20)]
    monkeypatch.setitem(served.project.environ, "EDGEFLEET_RECORDS", str(tmp_path / "none"))

    seen = []
    for _ in range(12):
        code, entry, said = canary(served, "continue")
        assert code == 0, said
        seen.append((entry["state"], entry["share"]))
        if entry["state"] != "under_way":
            break

    assert list(dict.fromkeys(seen)) == [
        *[("under_way", 20)] * (("under_way", 20) in seen),
        ("under_way", 50),
        ("finished", 100),
    ]
    assert shares(served)[0] == [(new, 100)]
    code, entry, _ = canary(served, "continue")
    assert (code, entry["state"]) == (0, "none")


def test_a_pause_moves_no_step_and_judges_on(served: Stage, tmp_path: Path) -> None:
    old, new = begin(served, tmp_path)

    code, entry, _ = canary(served, "pause")
    assert (code, entry["state"], entry["canary"]["paused"]) == (0, "paused", "person")
    for _ in range(2):
        code, entry, _ = canary(served, "continue")
        assert (code, entry["state"], entry["share"]) == (0, "paused", 20)
    code, entry, _ = canary(served, "continue", "--resume")
    assert (code, entry["state"], entry["share"]) == (0, "under_way", 50)

    code, entry, _ = canary(served, "finish")
    assert (code, entry["state"]) == (0, "finished")
    assert shares(served)[0] == [(new, 100)]
    assert served.project.records()[-1]["previous_version_id"] == old


def test_a_deploy_in_the_middle_ends_a_canary_first(served: Stage, tmp_path: Path) -> None:
    old, new = begin(served, tmp_path)

    bundle = worker(served.bundle, tmp_path / "hotfix", PLAIN)
    code, said, record = deploy(served, bundle, "--canary", "none")

    assert code == 0, said
    assert f"the canary of version {new[:8]} at 20 % is ended first" in said
    assert (record["ended_canary"], record["previous_version_id"]) == (new, old)
    made = shares(served)
    assert made[0] == [(record["version_id"], 100)]
    assert [(old, 100)] in made[:4]


def test_no_caller_notices_commands_that_are_killed(
    served: Stage, callers: Callers, tmp_path: Path
) -> None:
    callers.statuses.clear()
    with canary_kills(served, tmp_path) as kills:
        old, new = begin(served, tmp_path)
        before = len(shares(served)) - 2
        for nth in (6, 9, 12, 15, 18):
            kills.killed(["canary", "continue", *TARGET], nth)
        ended = kills.go_on()
        went = kills.steps(old, before)

    assert (ended["state"], went) == ("finished", [0, 20, 50, 100])
    assert shares(served)[0] == [(new, 100)]
    assert (set(callers.statuses), callers.broken) == ({404}, [])  # no such session
    kept = [file.read_text() for file in served.project.root.glob("deployments/*.json")]
    sent = json.dumps(served.edge.requests())
    for secret in (KEY, token(ONE)):
        assert secret not in "".join([*served.project.printed, *kept, sent])
