"""A lease that ends while a write is under way: Cloudflare's clock moves, the request is held."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from edgefleet.locks.refs import LockRefs
from integration.conftest import TENANTS, Stage, token
from support.bare_remote import BareRemote, git
from support.forked import Forked
from support.kill_points import KillPoints
from support.lock_soak import clones_of, proxied
from support.ports import wait_for
from support.project import Project

ONE = TENANTS[0]
TARGET = ("--tenant", ONE, "--env", "staging")
TRAFFIC = {"method": "POST", "path": "*/deployments", "kind": "latency"}
LATER = timedelta(minutes=20)


@dataclass
class Scene:
    """Two clones on one remote, before one Cloudflare whose clock can be moved."""

    stage: Stage
    clones: list[Project]
    remote: BareRemote
    points: KillPoints
    folder: Path

    def begin(self, clone: int, name: str) -> Forked:
        """Begin a deploy in a clone, and let it run."""
        place = self.folder / name
        environ = self.points.set(name, None, place)
        words = ["deploy", *TARGET, "--engine", "api", "--force", "--bundle"]
        return Forked(
            "edgefleet",
            [*words, str(self.stage.bundle), "--reason", name],
            cwd=self.clones[clone].root,
            env=self.clones[clone].environment({"EDGEFLEET_LOCK": "shared", **environ}),
            out=place / "out",
            err=place / "err",
        )

    def said(self, name: str) -> str:
        return (self.folder / name / "err").read_text()

    def record(self, name: str) -> dict[str, Any]:
        """Return the newest record of a run."""
        records = [record for clone in self.clones for record in clone.records()]
        return [record for record in records if record.get("reason") == name][-1]

    def deployments(self) -> list[dict[str, Any]]:
        account = self.stage.project.wrangler(ONE)["account_id"]
        answer = requests.get(
            f"{self.stage.edge.api}/accounts/{account}/workers/scripts/bluey-ai-worker-staging"
            "/deployments",
            headers={"Authorization": f"Bearer {token(ONE)}"},
            timeout=30,
        )
        found: list[dict[str, Any]] = answer.json()["result"]["deployments"]
        return found

    def live(self) -> list[str]:
        return [share["version_id"] for share in self.deployments()[0]["versions"]]

    def hold(self, nth: int, seconds: float) -> None:
        self.stage.edge.fault(**TRAFFIC, nth=nth, times=1, seconds=seconds)

    def writes(self) -> int:
        return sum(
            one.startswith("POST") and one.endswith("/deployments") for one in self.stage.writes()
        )

    def locks(self) -> dict[str, Any]:
        return LockRefs(self.folder / "watcher", {"PATH": "/usr/bin:/bin"}).read()


@pytest.fixture
def scene(quick_stage: Stage, tmp_path: Path) -> Iterator[Scene]:
    """Set the scene; the target is deployed."""
    remote, clones = clones_of(quick_stage, tmp_path, 2)
    remote.clone("watcher")
    assert quick_stage.deploy(ONE, "staging", "--engine", "api").code == 0
    remote.pushes()
    with proxied(quick_stage) as points:
        yield Scene(quick_stage, clones, remote, points, tmp_path)
    quick_stage.edge.clear_faults()
    git(quick_stage.project.root, "remote", "remove", "origin")


def held_at(scene: Scene, nth: int) -> Forked:
    """Begin a deploy, and let its lease end while its write of traffic is held."""
    scene.hold(nth, 6)
    before = scene.writes()
    running = scene.begin(0, "held")
    wait_for(lambda: scene.writes() == before + nth, "the write")
    scene.points.ahead = LATER
    return running


def test_run_without_a_rival_renews_its_lease(scene: Scene) -> None:
    running = held_at(scene, 1)
    assert running.wait(60) == 0, scene.said("held")
    assert scene.remote.pushes() == [1, 1, 1]  # taken, renewed, freed
    assert scene.live() == [scene.record("held")["version_id"]]
    assert scene.locks() == {}


@pytest.mark.parametrize("nth", [1, 2])
def test_run_that_lost_its_target_restores_nothing_ends_9(scene: Scene, nth: int) -> None:
    running = held_at(scene, nth)
    taker = scene.begin(1, "taker")
    assert taker.wait(60) == 0, scene.said("taker")
    assert running.wait(60) == 9, scene.said("held")
    took, lost = scene.record("taker"), scene.record("held")
    assert "this run took the lock over from" in scene.said("taker")
    assert lost["lock_id"] in scene.said("taker")
    assert f"{took['version_id']} is live now" in lost["error"]["message"]
    assert scene.live() == [took["version_id"]]
    assert scene.locks() == {}
