"""How a canary ends by a person's word, or because its time is over."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from edgefleet.config.shared_keys import Freeze
from edgefleet.config.target import DEFAULT_ENVIRONMENTS
from edgefleet.config.validate import require_valid
from edgefleet.deploy.canaries.verdicts import CanaryWorse
from edgefleet.deploy.checks.holds import TargetHeld
from edgefleet.records.models import Action, Status
from edgefleet.underway.models import CanaryEnd
from edgefleet.underway.request import CanaryAction
from support.canary_scenes import NEW, OLD, CanaryScene
from support.fleet import make_fleet


@pytest.fixture
def scene(tmp_path: Path) -> CanaryScene:
    fleet = make_fleet(tmp_path)
    (tenant,) = require_valid(fleet, ("alder",), DEFAULT_ENVIRONMENTS, today=date(2026, 11, 21))
    return CanaryScene(tmp_path, tenant)


def test_an_abort_gives_the_version_before_everything(scene: CanaryScene) -> None:
    scene.begin(1)

    acted = scene.act(CanaryAction.ABORT, reason="no: not today")

    assert (acted.result.state, acted.result.share, acted.error) == (CanaryEnd.RESTORED, 0, None)
    assert scene.account.shares == {OLD: 100}
    words = "the canary was aborted at 50 %: no: not today"
    assert scene.account.past[0].message == f"edgefleet: restore, {words}"
    record = scene.record
    assert (record.status, record.action) == (Status.RESTORED, Action.DEPLOY)
    assert record.error
    assert record.error.code == "canary_aborted"


def test_finish_gives_the_new_version_everything_now(scene: CanaryScene) -> None:
    scene.begin()

    acted = scene.act(CanaryAction.FINISH)

    assert (acted.result.state, acted.error) == (CanaryEnd.FINISHED, None)
    assert scene.account.shares == {NEW: 100}
    assert scene.probed == [(NEW, False)]


def test_finish_proves_what_was_never_proved(scene: CanaryScene) -> None:
    scene.begin(-1)

    scene.act(CanaryAction.FINISH)

    assert scene.probed == [(NEW, True), (NEW, False)]


def test_a_frozen_tenant_is_not_finished(scene: CanaryScene) -> None:
    scene.begin()
    freeze = Freeze.model_validate(
        {"from": "2026-01-01T00:00:00Z", "until": "2027-01-01T00:00:00Z", "reason": "quiet"}
    )
    config = scene.tenant.config.model_copy(update={"freeze": freeze})
    scene.tenant = replace(scene.tenant, config=config)

    with pytest.raises(TargetHeld) as caught:
        scene.act(CanaryAction.FINISH)

    assert "canary abort" in caught.value.hint
    assert scene.share == 10
    assert scene.act(CanaryAction.FINISH, heed_hold=False).result.state == CanaryEnd.FINISHED


def test_the_version_before_is_kept_and_then_is_not(scene: CanaryScene) -> None:
    scene.begin(1, keep="10m")

    kept = scene.after(62)
    assert (kept.result.state, scene.account.shares) == ("kept", {OLD: 0, NEW: 100})
    assert scene.record.status is Status.SUCCEEDED
    assert scene.after(60).result.words.startswith("healthy; the version before is kept until")

    acted = scene.after(600)

    assert acted.result.state == CanaryEnd.FINISHED
    assert scene.account.shares == {NEW: 100}


def test_an_unhealthy_version_goes_back_to_what_is_kept(scene: CanaryScene) -> None:
    scene.begin(3, keep="10m")
    checks: list[bool] = []

    def unhealthy_once() -> None:
        checks.append(True)
        scene.unhealthy = False

    scene.unhealthy = True
    scene.account.deploying = unhealthy_once

    acted = scene.after(60)

    assert isinstance(acted.error, CanaryWorse)
    assert acted.result.state == CanaryEnd.RESTORED
    assert scene.account.shares == {OLD: 100}
    record = scene.record
    assert (record.action, record.status, record.version_id) == ("rollback", "succeeded", OLD)


def test_an_abort_goes_back_to_what_is_kept(scene: CanaryScene) -> None:
    scene.begin(3, keep="10m")

    acted = scene.act(CanaryAction.ABORT)

    assert (acted.result.state, acted.error) == (CanaryEnd.RESTORED, None)
    assert scene.account.shares == {OLD: 100}
    assert scene.record.action is Action.ROLLBACK


def test_there_is_nothing_to_pause_at_100_percent(scene: CanaryScene) -> None:
    scene.begin(3, keep="10m")
    before = len(scene.account.past)

    acted = scene.act(CanaryAction.PAUSE)

    assert (acted.result.state, acted.error) == ("kept", None)
    assert len(scene.account.past) == before


def test_what_is_not_over_does_not_expire(scene: CanaryScene) -> None:
    scene.begin()

    acted = scene.act(CanaryAction.EXPIRE)

    assert (acted.result.state, scene.share) == ("none", 10)


def test_where_a_canary_has_ended_meanwhile_nothing_is_done(scene: CanaryScene) -> None:
    for action in CanaryAction:
        assert scene.act(action).result.state == CanaryEnd.NONE
    assert scene.account.shares == {OLD: 100}
