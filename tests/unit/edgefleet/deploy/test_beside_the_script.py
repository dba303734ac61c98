"""Consumers and workflows go live with the settings, and a failure restores what was there."""

from pathlib import Path

import pytest

from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.models import ScriptSettings
from edgefleet.errors import CloudflareError, UnhealthyError
from edgefleet.state.models import DeployStrategy
from support.rollouts import BEFORE, Scene, rollout_scene, unhealthy

OLD, NEW = ({"name": name, "class_name": name} for name in ("old", "new"))
JOBS = {"queue": "jobs"}


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    made = rollout_scene(tmp_path)
    made.before = BEFORE.model_copy(update={"workflows": (OLD,), "consumers": (JOBS,)})
    made.script.settings = made.before
    made.wanted = made.before.model_copy(update={"workflows": (NEW,), "consumers": ()})
    return made


def test_workflows_are_deleted_after_the_health_check(scene: Scene) -> None:
    scene.prove = lambda _pinned: asked.append(scene.script.settings)
    asked: list[ScriptSettings] = []
    scene.roll_out(DeployStrategy.MIGRATION)
    assert [one.workflows for one in asked] == [(NEW, OLD)]
    assert scene.script.settings == scene.wanted


def test_an_unhealthy_version_loses_no_workflow(scene: Scene) -> None:
    scene.prove = unhealthy(when_pinned=False)
    with pytest.raises(UnhealthyError):
        scene.roll_out(DeployStrategy.MIGRATION)
    assert scene.script.settings == scene.before


@pytest.mark.parametrize("part", ["consumers", "workflows"])
def test_a_refusal_restores_what_was_written_before_it(scene: Scene, part: str) -> None:
    scene.script.refused = (part,)
    scene.script.refusal = ApiError("no", status=409)
    with pytest.raises(CloudflareError):
        scene.roll_out()
    assert scene.script.settings == scene.before
