"""`deploy-all` with a canary: tenants with little traffic each are judged together."""

import json
import signal
from collections.abc import Iterator

import pytest

from support.canaries import HANDLED, KEY, PLAIN
from support.ring_canaries import ALONE, FIRST, RING, RingScene, ring_scene


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RingScene]:
    yield from ring_scene(tmp_path_factory.mktemp("fleet"))


def test_a_good_version_goes_through_on_what_all_served(scene: RingScene) -> None:
    ran, run = scene.deploy(PLAIN)

    assert ran.code == 0, ran.said
    assert [(step["ring"], step["share"], step["verdict"]) for step in run["canaries"]] == [
        (1, 20, "good"),
        (1, 50, "good"),
    ]
    first = run["canaries"][0]["pooled"]
    assert (first["targets"], first["alone"]) == (3, None)
    assert first["new"]["requests"] >= ALONE
    records = scene.records_of(run)
    served = [records[name]["canary"][0]["new"]["requests"] for name in RING]
    assert max(served) < ALONE
    assert all(len(split) == 1 for split in scene.live().values())
    assert "canary at 20 % of 3 targets: good, judged together" in ran.err


def test_a_bad_version_that_none_shows_alone_is_restored(scene: RingScene) -> None:
    before = scene.live()

    ran, run = scene.deploy(HANDLED)

    assert ran.code == 7, ran.said
    assert (run["canaries"][-1]["verdict"], run["canaries"][-1]["pooled"]["alone"]) == ("bad", None)
    assert "at 3 targets together are no chance" in run["canaries"][-1]["reason"]
    outcomes = {one["tenant"]: one["outcome"] for one in run["members"]}
    assert outcomes == {FIRST: "succeeded", **dict.fromkeys(RING, "restored")}
    after = scene.live()
    assert {name: after[name] for name in RING} == {name: before[name] for name in RING}
    assert after[FIRST] != before[FIRST]
    for name, record in scene.records_of(run).items():
        if name in RING:
            assert record["error"]["code"] == "canary_bad"
            assert record["canary"][-1]["pooled"]["targets"] == 3
    assert KEY not in ran.said + json.dumps(run)


def test_ctrl_c_at_a_step_restores_each_target(scene: RingScene) -> None:
    before = scene.live()
    process = scene.at_first_step(*scene.command(PLAIN), "--tenants", ",".join(RING))

    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)

    assert process.returncode == 130, out + err
    assert {one["outcome"] for one in json.loads(out)["members"]} == {"interrupted"}
    assert "to do what is left: edgefleet deploy-all --env staging" in err
    assert scene.live() == before


def test_explain_says_what_a_ring_needs_together(scene: RingScene) -> None:
    """From two readings of the counters, and from a day of analytics with few callers in it."""
    refused = {"path": "*/graphql", "method": "POST", "kind": "status", "status": 403}
    chosen = ("--tenants", ",".join(RING), "--env", "staging")
    command = ("canary", "explain", *chosen, "--errors", "50%", "--format", "json")

    with scene.callers():
        with scene.edge.faults({**refused, "times": None}):
            read = scene.project.run(*command)
        day = scene.project.run(*command)

    (by_counters,), (by_day,) = json.loads(read.out), json.loads(day.out)
    words = [ring["targets"][0]["traffic"]["words"] for ring in (by_counters, by_day)]
    assert words[0].endswith("by the Worker's counters: the token may not read analytics")
    assert words[1] == "the last day by Cloudflare's analytics, errors by the Worker's counters"
    for ring, ran in ((by_counters, read), (by_day, day)):
        assert [target["tenant"] for target in ring["targets"]] == RING
        assert all(target["traffic"]["requests"] > 0 for target in ring["targets"])
        assert ring["steps"][0]["seen"] < min(ring["steps"][0]["alone"].values())
        assert ran.code == (0 if ring["decides"] else 2), ran.said
    assert not by_day["decides"]
    assert "error: this plan cannot decide: ring 1: the canary takes" in day.err
    assert KEY not in read.said + day.said
