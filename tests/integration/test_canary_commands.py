"""`edgefleet canary` and the commands that meet one, where no Worker runs and time decides."""

import json
import time
from typing import Any

import pytest

from integration.conftest import Stage
from integration.test_canary import deployments
from support.canaries import let_callers_in
from support.canary_deploys import ONE

TARGET = ("--tenants", ONE, "--env", "staging")
CONTINUE = f"edgefleet canary continue --tenants {ONE} --env staging"


@pytest.fixture(scope="module")
def stage(quick_stage: Stage) -> Stage:
    """Deploy a commit to begin with, whose policy asks for no requests."""
    said(quick_stage)
    ran = quick_stage.deploy(ONE, "staging")
    assert ran.code == 0, ran.said
    return quick_stage


def said(stage: Stage, **policy: Any) -> None:
    """Let the files have a policy, and commit them."""
    quick = {"soak": "1s", "minimumRequests": 0, "source": "analytics", "delay": "0s"}
    let_callers_in(stage.project.root, ONE, **quick, **policy)
    stage.project.commit()


def canary(stage: Stage, what: str, *more: str) -> tuple[int, dict[str, Any], str]:
    """Run `edgefleet canary`; return its exit code, the target's entry, and what was said."""
    ran = stage.project.run("canary", what, *TARGET, "--format", "json", *more)
    printed = json.loads(ran.out)
    return ran.code, printed[0] if isinstance(printed, list) else printed, ran.said


def begin(stage: Stage, *more: str) -> tuple[str, str]:
    """Deploy to the first step of a canary; return the old and the new version."""
    old = deployments(stage)[0][0][0]
    ran = stage.deploy(ONE, "staging", "--first-step", *more)
    assert ran.code == 0, ran.said
    record = stage.project.records()[-1]
    assert record["status"] == "under_way"
    assert CONTINUE in ran.out
    return old, record["version_id"]


def test_others_know_a_canary_and_an_abort_ends_it(stage: Stage) -> None:
    old, new = begin(stage)

    for command in ("drift", "plan", "history"):
        ran = stage.project.run(command, *TARGET)
        assert ran.code == 0, ran.said
        assert f"version {new[:8]} at 20 %" in ran.said
        assert CONTINUE in ran.said

    code, entry, _ = canary(stage, "abort", "--reason", "too early")

    assert (code, entry["state"], entry["share"]) == (0, "restored", 0)
    assert deployments(stage)[0] == [(old, 100)]
    record = stage.project.records()[-1]
    assert (record["status"], record["error"]["code"]) == ("restored", "canary_aborted")
    assert "too early" in record["error"]["message"]
    assert "too early" in stage.project.run("history", *TARGET).out


def test_where_none_is_under_way_nothing_is_done(stage: Stage) -> None:
    before = len(stage.project.records())

    for what in ("continue", "pause", "abort", "finish"):
        code, entry, _ = canary(stage, what)
        assert (code, entry["state"], entry["share"]) == (0, "none", None)

    assert len(stage.project.records()) == before


def test_a_rollback_in_the_middle_goes_to_the_version_before(stage: Stage) -> None:
    old, new = begin(stage)

    ran = stage.project.run("rollback", *TARGET)

    assert ran.code == 0, ran.said
    assert f"the canary of version {new[:8]} at 20 % is ended first" in ran.said
    assert deployments(stage)[0] == [(old, 100)]


def test_the_version_before_is_kept_for_one_command(stage: Stage) -> None:
    old = deployments(stage)[0][0][0]
    ran = stage.deploy(ONE, "staging", "--canary", "0", "--keep", "1h")
    assert ran.code == 0, ran.said
    record = stage.project.records()[-1]
    new = record["version_id"]
    assert (record["status"], deployments(stage)[0]) == ("succeeded", [(old, 0), (new, 100)])
    drift = stage.project.run("drift", *TARGET)
    assert drift.code == 0, drift.said

    code, entry, _ = canary(stage, "continue")
    assert (code, entry["state"], entry["share"]) == (0, "kept", 100)
    code, entry, words = canary(stage, "abort")

    assert (code, entry["state"]) == (0, "restored"), words
    assert deployments(stage)[0] == [(old, 100)]
    assert stage.project.run("drift", *TARGET).code == 0


def test_the_version_before_is_kept_no_longer_than_said(stage: Stage) -> None:
    ran = stage.deploy(ONE, "staging", "--canary", "0", "--keep", "1s")
    assert ran.code == 0, ran.said
    new = stage.project.records()[-1]["version_id"]
    time.sleep(1)

    code, entry, words = canary(stage, "continue")

    assert (code, entry["state"]) == (0, "finished"), words
    assert deployments(stage)[0] == [(new, 100)]


def test_drift_restores_a_canary_whose_deadline_has_passed(stage: Stage) -> None:
    said(stage, deadline="4s")
    old, _ = begin(stage, "--allow-older")
    time.sleep(4)

    drift = stage.project.run("drift", *TARGET)

    assert "is ended: restored" in drift.out
    assert deployments(stage)[0] == [(old, 100)]
    record = stage.project.records()[-1]
    assert (record["status"], record["error"]["code"]) == ("restored", "canary_expired")


def test_continue_restores_a_canary_whose_deadline_has_passed(stage: Stage) -> None:
    said(stage, deadline="4s")
    old, _ = begin(stage)
    time.sleep(4)

    code, entry, words = canary(stage, "continue")

    assert (code, entry["state"], entry["verdict"]) == (11, "restored", "expired"), words
    assert "when its deadline passed" in entry["error"]["message"]
    assert deployments(stage)[0] == [(old, 100)]


def test_a_deploy_ends_a_canary_whose_deadline_has_passed(stage: Stage) -> None:
    said(stage, deadline="4s")
    old, new = begin(stage)
    time.sleep(4)

    ran = stage.deploy(ONE, "staging", "--canary", "none")

    assert ran.code == 0, ran.said
    assert "is ended first" in ran.said
    record = stage.project.records()[-1]
    assert (record["ended_canary"], record["previous_version_id"]) == (new, old)


def test_a_changed_policy_is_said_and_that_of_the_start_holds(stage: Stage) -> None:
    said(stage)
    begin(stage)
    said(stage, steps=[20, 30, 40])

    code, entry, words = canary(stage, "continue")

    assert (code, entry["share"]) == (0, 50)
    assert "the canary policy of the files has changed since" in words
    canary(stage, "finish")
