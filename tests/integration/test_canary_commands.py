"""`edgefleet canary` and the commands that meet one, where no Worker runs and time decides."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from integration.conftest import Stage
from support.canaries import let_callers_in
from support.canary_deploys import ONE, canary, shares

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
    let_callers_in(stage.project.root, ONE, **{**quick, **policy})
    stage.project.commit()


def begin(stage: Stage, *more: str) -> tuple[str, str]:
    """Deploy to the first step of a canary; return the old and the new version."""
    old = shares(stage)[0][0][0]
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
    assert shares(stage)[0] == [(old, 100)]
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
    assert shares(stage)[:2] == [[(old, 100)], [(old, 80), (new, 20)]]


def test_the_version_before_is_kept_for_one_command(stage: Stage) -> None:
    old = shares(stage)[0][0][0]
    ran = stage.deploy(ONE, "staging", "--canary", "0", "--keep", "1h")
    assert ran.code == 0, ran.said
    record = stage.project.records()[-1]
    new = record["version_id"]
    assert (record["status"], shares(stage)[0]) == ("succeeded", [(old, 0), (new, 100)])
    drift = stage.project.run("drift", *TARGET)
    assert drift.code == 0, drift.said

    code, entry, _ = canary(stage, "continue")
    assert (code, entry["state"], entry["share"]) == (0, "kept", 100)
    code, entry, words = canary(stage, "abort")

    assert (code, entry["state"]) == (0, "restored"), words
    assert shares(stage)[:2] == [[(old, 100)], [(old, 0), (new, 100)]]
    assert stage.project.run("drift", *TARGET).code == 0


def test_the_version_before_is_kept_no_longer_than_said(stage: Stage) -> None:
    ran = stage.deploy(ONE, "staging", "--canary", "0", "--keep", "1s")
    assert ran.code == 0, ran.said
    new = stage.project.records()[-1]["version_id"]
    time.sleep(1)

    code, entry, words = canary(stage, "continue")

    assert (code, entry["state"]) == (0, "finished"), words
    assert shares(stage)[0] == [(new, 100)]


def test_drift_restores_a_canary_whose_deadline_has_passed(stage: Stage) -> None:
    said(stage, deadline="4s")
    old, _ = begin(stage, "--allow-older")
    time.sleep(4)

    drift = stage.project.run("drift", *TARGET)

    assert "is ended: restored" in drift.out
    assert shares(stage)[0] == [(old, 100)]
    record = stage.project.records()[-1]
    assert (record["status"], record["error"]["code"]) == ("restored", "canary_expired")


def test_continue_restores_a_canary_whose_deadline_has_passed(stage: Stage) -> None:
    said(stage, deadline="4s")
    old, _ = begin(stage)
    time.sleep(4)

    code, entry, words = canary(stage, "continue")

    assert (code, entry["state"], entry["verdict"]) == (11, "restored", "expired"), words
    assert "when its deadline passed" in entry["error"]["message"]
    assert shares(stage)[0] == [(old, 100)]


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


def test_what_another_machine_finished_can_be_tagged(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said(stage)
    _, new = begin(stage)
    monkeypatch.setitem(stage.project.environ, "EDGEFLEET_RECORDS", str(tmp_path))

    code, entry, words = canary(stage, "finish")
    assert (code, entry["state"]) == (0, "finished"), words
    ran = stage.project.run("tag", "--tenant", ONE, "--env", "staging", "--format", "json")

    assert ran.code == 0, ran.said
    assert json.loads(ran.out)["version_id"] == new
    assert stage.project.run("drift", *TARGET).code == 0


def test_probes_decide_a_step_that_lacks_requests(stage: Stage) -> None:
    said(stage)
    begin(stage)
    canary(stage, "abort")
    said(stage, minimumRequests=5, tooLittleTraffic="probe", steps=[20, 50])
    begin(stage)
    record = stage.project.records()[-1]
    assert record["canary"][0]["reason"] == "decided by 5 probes"

    code, entry, words = canary(stage, "continue")

    assert (code, entry["share"]) == (0, 50), words
    canary(stage, "abort")


def test_a_deploy_whose_policy_pauses_leaves_the_canary(stage: Stage) -> None:
    old = shares(stage)[0][0][0]
    said(stage, minimumRequests=5, tooLittleTraffic="pause")

    ran = stage.deploy(ONE, "staging")

    assert ran.code == 11, ran.said
    assert "it is paused, and keeps its share" in ran.err
    assert CONTINUE in ran.err
    record = stage.project.records()[-1]
    assert (record["status"], record["error"]["code"]) == ("under_way", "too_little_traffic")
    assert shares(stage)[0] == [(old, 80), (record["version_id"], 20)]
    code, entry, _ = canary(stage, "continue")
    assert (code, entry["state"], entry["verdict"]) == (11, "paused", "too_little_traffic")
    assert canary(stage, "abort")[1]["state"] == "restored"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--canary", "0"), "--keep does not say how long"),
        (("--canary", "none", "--keep", "1h"), "--canary none is none"),
        (("--canary", "0", "--soak", "1m"), "--canary 0 has no steps"),
    ],
)
def test_options_that_mean_nothing_are_refused(
    stage: Stage, options: tuple[str, ...], words: str
) -> None:
    before = shares(stage)

    ran = stage.deploy(ONE, "staging", *options)

    assert ran.code == 2, ran.said
    assert words in ran.err
    assert shares(stage) == before
