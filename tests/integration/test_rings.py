"""Rings, pins and freezes, and a ring that is rolled back."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from support.many import ManyScene, edge_of, make_many, names_of
from support.project import Ran

FREEZE = {"from": "2020-01-01T00:00:00Z", "until": "2999-01-01T00:00:00Z", "reason": "an audit"}
PIN = {"commit": "1f0c9ad", "reason": "incident 12", "expires": "2999-01-31"}
KEY = "a-key-of-t000"
CONFIGS: dict[str, dict[str, Any]] = {
    "t000": {"ring": 0, "tags": ["canary"], "apiKeyDigests": [sha256(KEY.encode()).hexdigest()]},
    "t001": {"ring": 0},
    "t002": {"ring": 1},
    "t003": {"ring": 1},
    "t004": {"ring": 1, "pin": PIN},
    "t005": {"ring": 0, "freeze": FREEZE},
}
MOVING = ("t000", "t001", "t002", "t003")
HELD = {
    "t004": "pinned to commit 1f0c9ad until 2999-01-31: incident 12",
    "t005": "frozen until 2999-01-01 00:00 UTC: an audit",
}


class Scene(ManyScene):
    """A fleet in rings, and the Cloudflare that it is deployed to."""

    def deploy_all(self, *more: str, **environ: str) -> Ran:
        """Deploy a new bundle to the fleet; the writes before it are forgotten."""
        self.edge.control("DELETE", "requests")
        command = ("deploy-all", "--env", "staging", "--format", "json", "--bundle", self.bundle())
        return self.project.run(*command, *more, **environ)

    def serves(self, tenant: str) -> str:
        """Return the version that answers for a tenant."""
        answer = self.edge.get(f"{tenant}-worker-staging.{tenant}", "/health")
        return str(answer.json()["data"]["version"]["id"])

    def written(self) -> list[str]:
        """Return whose scripts were written to, in the order of the first writes."""
        found: dict[str, None] = {}
        for request in self.edge.requests():
            name = re.search(r"/scripts/(t\d+)-", request["path"])
            if request["method"] != "GET" and name:
                found[name[1]] = None
        return list(found)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("rings")
    project = make_many(folder / "project", len(CONFIGS), CONFIGS)
    with edge_of(project, folder / "edge") as edge:
        found = Scene(project, edge, folder / "bundles", count())
        for tenant in HELD:
            target = ("--tenant", tenant, "--env", "staging", "--engine", "api", "--ignore-hold")
            assert project.run("deploy", *target, "--bundle", found.bundle()).code == 0
        assert found.deploy_all().code == 0
        yield found


def members(ran: Ran) -> dict[str, dict[str, Any]]:
    """Return the targets of a run, by tenant."""
    return {member["tenant"]: member for member in json.loads(ran.out)["members"]}


def newest_run(scene: Scene) -> Path:
    """Return the record of the last run; names do not tell which of one second was the last."""
    records = (scene.project.root / "deployments").glob("fleet-staging-*.json")
    return max(records, key=lambda path: path.stat().st_mtime_ns)


def test_rings_follow_in_order_and_held_targets_are_named(scene: Scene) -> None:
    before = {name: scene.serves(name) for name in HELD}
    ran = scene.deploy_all()
    assert ran.code == 0, ran.said
    found = members(ran)
    assert {name: one["outcome"] for name, one in found.items()} == {
        **dict.fromkeys(MOVING, "succeeded"),
        **dict.fromkeys(HELD, "held"),
    }
    assert {name: found[name]["why"] for name in HELD} == HELD
    assert scene.written() == list(MOVING)
    assert {name: scene.serves(name) for name in HELD} == before
    for tenant in MOVING:
        assert scene.serves(tenant) == found[tenant]["version_id"]


def test_where_ring_0_is_unhealthy_ring_1_is_never_touched(scene: Scene) -> None:
    before = {name: scene.serves(name) for name in names_of(6)}
    health = "http://t000-worker-staging.*/health"
    fault = {"method": "GET", "path": health, "kind": "status", "status": 500, "times": None}
    with scene.edge.faults(fault):
        ran = scene.deploy_all("--continue-on-error", "--health-timeout", "1")
    assert ran.code == 10, ran.said
    outcomes = {name: one["outcome"] for name, one in members(ran).items()}
    assert outcomes == {
        "t000": "restored",
        "t001": "succeeded",
        "t002": "waiting",
        "t003": "waiting",
        **dict.fromkeys(HELD, "held"),
    }
    assert scene.written() == ["t000", "t001"]
    for tenant in before.keys() - {"t001"}:
        assert scene.serves(tenant) == before[tenant]


def test_a_ring_is_taken_back(scene: Scene) -> None:
    before = {name: scene.serves(name) for name in MOVING}
    assert scene.deploy_all("--tenants", "ring:1").code == 0
    assert all(scene.serves(name) != before[name] for name in ("t002", "t003"))
    scene.edge.control("DELETE", "requests")

    back = scene.project.run("rollback", "--tenants", "all", "--ring", "1", "--env", "staging")

    # The pinned tenant has been deployed but once: there is nothing to roll back to.
    assert back.code == 10, back.said
    assert "no earlier version is known that was good" in back.out
    assert back.out.rstrip().endswith("edgefleet rollback --tenants t004 --env staging")
    assert {name: scene.serves(name) for name in MOVING} == before
    assert set(scene.written()) == {"t002", "t003"}
    runs = [one for one in scene.project.records() if one.get("kind") == "fleet"]
    assert (runs[-1]["action"], runs[-1]["status"]) == ("rollback", "failed")


def test_a_run_is_taken_back_and_nothing_else(scene: Scene) -> None:
    """A3: t001 never got the release; a rollback of its ring took it one version too far."""
    before = {name: scene.serves(name) for name in MOVING}
    upload = "*/workers/scripts/t001-*/versions"
    fault = {"method": "POST", "path": upload, "kind": "status", "status": 403, "times": None}
    with scene.edge.faults(fault):
        ran = scene.deploy_all("--continue-on-error", "--reason", "release 12")
    assert ran.code == 10, ran.said
    record = json.loads(ran.out)
    assert record["reason"] == "release 12"
    assert {name: one["outcome"] for name, one in members(ran).items() if name in MOVING} == {
        "t000": "succeeded",
        "t001": "failed",
        "t002": "waiting",
        "t003": "waiting",
    }
    assert members(ran)["t000"]["previous_version_id"] == before["t000"]
    (path,) = [
        file
        for file in (scene.project.root / "deployments").glob("fleet-staging-*.json")
        if json.loads(file.read_text())["started"] == record["started"]
    ]
    scene.edge.control("DELETE", "requests")

    warned = scene.project.run(
        "rollback", "--tenants", "t000,t001", "--env", "staging", "--dry-run"
    )
    assert "  t001: note: its newest deploy failed" in warned.err
    looked = scene.project.run("rollback", "--run", path.stem, "--dry-run", "--parallel", "2")
    assert looked.code == 0, looked.said
    assert f"to version {before['t000']}; nothing was sent" in looked.out
    assert not scene.written()

    back = scene.project.run("rollback", "--run", str(path), "--reason", "it fails its users")
    assert back.code == 0, back.said
    assert scene.written() == ["t000"]
    assert {name: scene.serves(name) for name in MOVING} == before
    undone = [one for one in scene.project.records() if one.get("kind") == "fleet"][-1]
    assert (undone["undoes"], undone["reason"]) == (str(path), "it fails its users")

    resumed = scene.project.run("deploy-all", "--env", "staging", "--resume", str(path))
    assert resumed.code == 2, resumed.said
    assert "rolled back since at 1 of its" in resumed.err


def test_failed_smoke_test_stops_the_ring_and_rolls_back(scene: Scene) -> None:
    """A14: shards had none; the release stays live where it failed, and can be rolled back."""
    before = {name: scene.serves(name) for name in MOVING}
    ran = scene.deploy_all("--smoke", "--tenants", "t000,t002", EDGEFLEET_SMOKE_KEY_T000=KEY)
    assert ran.code == 10, ran.said
    found = members(ran)
    assert (found["t000"]["outcome"], found["t002"]["outcome"]) == ("failed", "waiting")
    assert found["t000"]["error"]["code"] == "smoke"  # no Worker runs: nothing can chat
    assert found["t000"]["version_id"] == scene.serves("t000") != before["t000"]
    path = newest_run(scene)

    back = scene.project.run("rollback", "--run", str(path))

    assert back.code == 0, back.said
    assert {name: scene.serves(name) for name in MOVING} == before


def test_rollback_of_a_run_skips_later_deploys(
    scene: Scene,
) -> None:
    first = scene.deploy_all("--tenants", "ring:0")
    assert first.code == 0, first.said
    path = newest_run(scene)
    assert json.loads(path.read_text())["started"] == json.loads(first.out)["started"]
    assert scene.deploy_all("--tenants", "t001").code == 0
    now = scene.serves("t001")

    back = scene.project.run("rollback", "--run", str(path), "--format", "json")

    assert back.code == 0, back.said
    outcomes = {name: one["outcome"] for name, one in members(back).items()}
    assert outcomes == {"t000": "succeeded", "t001": "held"}
    assert scene.serves("t001") == now
    assert now in members(back)["t001"]["why"]


def test_targets_are_shown_before_rollback_and_notes_once(
    scene: Scene,
) -> None:
    """A3: four notes for each target buried the results, and there was no dry run."""
    scene.edge.control("DELETE", "requests")
    asked = ("rollback", "--tenants", "t00[0-3]", "--env", "staging")
    shown = scene.project.run(*asked, "--dry-run")
    assert shown.code == 0, shown.said
    assert shown.out.count("nothing was sent") == len(MOVING)
    assert shown.err.count("the data in") == 1
    assert not scene.written()
    before = {name: scene.serves(name) for name in MOVING}
    back = scene.project.run(*asked, "--parallel", "4")
    assert back.code == 0, back.said
    assert back.err.count("the data in") == 2  # once for each ring
    assert all(scene.serves(name) != version for name, version in before.items())


@pytest.mark.parametrize("tenant", HELD)
def test_single_deploy_overrides_a_hold_by_its_option(scene: Scene, tenant: str) -> None:
    target = ("--tenant", tenant, "--env", "staging", "--engine", "api", "--bundle", scene.bundle())
    ran = scene.project.run("deploy", *target, "--force")
    assert ran.code == 2, ran.said
    assert f"error: {tenant} is {HELD[tenant]}" in ran.err
    assert "--ignore-hold" in ran.err
    assert scene.project.records()[-1]["error"]["code"] == "held"

    over = scene.project.run("deploy", *target, "--ignore-hold")

    assert over.code == 0, over.said
    assert f"note: {tenant} is {HELD[tenant]}" in over.err


def test_all_tokens_are_checked_before_the_first_change(scene: Scene) -> None:
    wrong = {"CLOUDFLARE_API_TOKEN_T001": "nobodys-token", "CLOUDFLARE_API_TOKEN_T003": "two words"}
    ran = scene.deploy_all("--parallel", **wrong)
    assert ran.code == 5, ran.said
    assert "nothing was touched: 2 of 4 targets cannot be opened" in ran.err
    assert "t001-staging" in ran.err
    assert "t003-staging" in ran.err
    assert not scene.written()


def test_all_files_are_checked_before_the_first_change(scene: Scene) -> None:
    file = scene.project.root / "tenants" / "t002" / "tenant.config.json"
    text = file.read_text()
    try:
        file.write_text(text.replace('"ring"', '"rnig"'))
        ran = scene.deploy_all()
    finally:
        file.write_text(text)
    assert ran.code == 4, ran.said
    assert "did you mean 'ring'?" in ran.err
    assert not scene.edge.requests()


def test_a_run_in_which_nothing_changed_uploads_nothing(scene: Scene) -> None:
    bundle = scene.bundle()
    command = ("deploy-all", "--env", "staging", "--tenants", "tag:canary", "--bundle", bundle)
    assert scene.project.run(*command).code == 0
    scene.edge.control("DELETE", "requests")
    again = scene.project.run(*command)
    assert again.code == 0, again.said
    assert "1 unchanged" in again.out
    assert not scene.written()


def test_a_run_over_held_tenants_alone_asks_cloudflare_nothing(scene: Scene) -> None:
    ran = scene.deploy_all("--tenants", "t004,t005")
    assert ran.code == 0, ran.said
    assert {one["outcome"] for one in members(ran).values()} == {"held"}
    assert not scene.edge.requests()


def test_a_token_is_verified_once_for_a_run(scene: Scene) -> None:
    assert scene.deploy_all("--tenants", "ring:1").code == 0
    verified = [one for one in scene.edge.requests() if one["path"].endswith("/tokens/verify")]
    assert len(verified) == 2


def test_two_processes_find_the_drift_that_one_finds(scene: Scene) -> None:
    asked = ("drift", "--tenants", "all", "--env", "staging", "--format", "json")
    broken = {"CLOUDFLARE_API_TOKEN_T003": "wrong-token-0123456789"}
    alone = scene.project.run(*asked, **broken)
    spread = f"""
import sys
from edgefleet.cli.commands import drift
from edgefleet.cli.main import main
from edgefleet.core import parallel as spread
drift.WORTH_A_PROCESS = 1
spread._processors = lambda: 2
sys.exit(main({asked!r}))
"""
    together = subprocess.run(
        [sys.executable, "-c", spread],
        cwd=scene.project.root,
        env=scene.project.environment(broken),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert together.returncode == alone.code == 5
    assert together.stderr == alone.err
    assert [one["target"]["tenant"] for one in json.loads(together.stdout)] == [
        *(name for name in CONFIGS if name != "t003"),
        "t003",  # could not be looked at
    ]
    assert json.loads(together.stdout) == json.loads(alone.out)
