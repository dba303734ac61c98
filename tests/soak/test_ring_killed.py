"""A ring whose run is killed at a step of its canaries."""

import json
from collections.abc import Iterator

import pytest

from support.canaries import PLAIN
from support.ring_canaries import RING, RingScene, ring_scene


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RingScene]:
    yield from ring_scene(tmp_path_factory.mktemp("fleet"))


@pytest.mark.timeout(300)
def test_a_ring_that_was_killed_is_named_and_gone_over_again(scene: RingScene) -> None:
    before = scene.live()
    process = scene.at_first_step(*scene.command(PLAIN))
    process.kill()
    process.communicate()

    drift = scene.project.run("drift", "--tenants", ",".join(RING), "--env", "staging")
    file = max((scene.project.root / "deployments").glob("fleet-*.json"))
    with scene.callers():
        ran = scene.project.run(
            "deploy-all", "--env", "staging", "--resume", str(file), "--format", "json"
        )

    assert drift.out.count("at 20 %, since") == 3, drift.said
    assert ran.code == 0, ran.said
    records = scene.records_of(json.loads(ran.out))
    assert {name: records[name]["previous_version_id"] for name in RING} == {
        name: before[name][0][0] for name in RING
    }
