"""A version is proved before it gets visitors, and a lost answer is looked up."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from edgefleet.config.worker_urls import HealthUrls
from edgefleet.errors import UnhealthyError
from edgefleet.locks.fence import LocalFence
from edgefleet.locks.lease import LockLost
from edgefleet.records.models import Phase
from edgefleet.state.models import DeployStrategy
from support.rollouts import (
    AFTER,
    BEFORE,
    CANARY,
    HERE,
    NEW,
    OLD,
    THERE,
    Scene,
    all_to,
    no_answer,
    raises,
    rollout_scene,
    unhealthy,
)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return rollout_scene(tmp_path)


def test_a_version_is_proved_at_nothing_then_gets_everything(scene: Scene) -> None:
    scene.roll_out()
    assert scene.script.seen == [CANARY, all_to(NEW)]
    assert scene.script.settings == AFTER
    record = scene.recorder.record
    assert (record.previous_version_id, record.version_id) == (OLD, NEW)


def test_an_unhealthy_canary_never_gets_a_share(scene: Scene) -> None:
    scene.prove = unhealthy(when_pinned=True)
    with pytest.raises(UnhealthyError) as caught:
        scene.roll_out()
    assert scene.script.seen == [CANARY, all_to(OLD)]
    assert caught.value.message.endswith(f"version {OLD} is live again, as before")
    assert scene.recorder.record.phase is Phase.RESTORE


def test_a_version_that_fails_under_traffic_gives_way(scene: Scene) -> None:
    scene.prove = unhealthy(when_pinned=False)
    with pytest.raises(UnhealthyError):
        scene.roll_out()
    assert scene.serves(OLD)
    assert scene.script.settings == BEFORE


def test_an_upload_whose_answer_was_lost_is_found_by_its_tag(scene: Scene) -> None:
    scene.upload = raises(no_answer())
    scene.account.tagged = NEW
    scene.roll_out()
    assert scene.serves(NEW)


def test_lost_script_upload_is_found_by_what_is_live(scene: Scene) -> None:
    def upload() -> str:
        scene.script.deploy(all_to(NEW), "")
        raise no_answer()

    scene.upload, scene.landed = upload, NEW
    scene.roll_out(DeployStrategy.MIGRATION)
    assert scene.serves(NEW)
    assert scene.script.settings == AFTER
    assert scene.recorder.record.version_id == NEW


@pytest.mark.parametrize("acted", [True, False])
def test_lost_traffic_answer_is_checked_before_a_retry(scene: Scene, *, acted: bool) -> None:
    scene.script.failures = [no_answer()]
    scene.script.acts_all_the_same = acted
    scene.roll_out()
    assert scene.script.seen == [CANARY, all_to(NEW)]


@pytest.mark.parametrize("signs", [True, False], ids=["api", "wrangler"])
def test_a_whole_upload_that_carries_no_message_is_signed(scene: Scene, *, signs: bool) -> None:
    """A13."""
    scene.signs = signs
    scene.roll_out(DeployStrategy.MIGRATION)
    assert scene.serves(NEW)
    assert scene.script.seen == [all_to(NEW)] * (1 if signs else 2)
    assert bool(scene.script.messages[0]) is not signs


def test_settings_alone_move_no_traffic(scene: Scene) -> None:
    scene.roll_out(DeployStrategy.SETTINGS)
    assert scene.script.seen == []
    assert scene.script.settings == AFTER


@dataclass(frozen=True)
class PassingFence(LocalFence):
    """A lock that this run holds as long as there is something in `held`."""

    held: list[str] = field(default_factory=lambda: ["acme-staging"])

    def check(self) -> None:
        if not self.held:
            raise LockLost("another run holds it")


def test_lock_lost_after_the_last_write_is_no_success(scene: Scene) -> None:
    fence = scene.fence = PassingFence()
    scene.before = scene.wanted = scene.script.settings = AFTER
    scene.prove = lambda pinned: None if pinned else fence.held.clear()
    with pytest.raises(LockLost):
        scene.roll_out()


def test_version_is_checked_at_its_old_and_its_new_url(scene: Scene) -> None:
    scene.addresses = HealthUrls(HERE, THERE)
    scene.prove = lambda _pinned: scene.recorder.wait(2)
    scene.roll_out()
    assert scene.asked == [(HERE, False), (HERE, False), (THERE, True)]
    assert scene.serves(NEW)
    seconds = scene.recorder.record.seconds
    assert (seconds[Phase.CANARY], seconds[Phase.HEALTH]) == (2, 4)


def test_unchanged_url_is_checked_once(scene: Scene) -> None:
    scene.roll_out()
    assert scene.asked == [(HERE, False), (HERE, False)]


def test_settings_go_first_where_nothing_leads_to_the_worker_yet(scene: Scene) -> None:
    scene.addresses = HealthUrls(None, THERE)
    scene.roll_out()
    assert scene.asked == [(THERE, True), (THERE, True)]
    assert scene.script.seen == [CANARY, all_to(NEW)]


@pytest.mark.parametrize("course", [DeployStrategy.MIGRATION, DeployStrategy.SETTINGS])
def test_what_is_live_at_once_is_asked_where_it_moves_to(
    scene: Scene, course: DeployStrategy
) -> None:
    scene.addresses = HealthUrls(HERE, THERE)
    scene.roll_out(course)
    assert scene.asked == [(THERE, True)]
