"""One look at a canary: what it shows, what follows, and that nothing is done twice."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from edgefleet.config.target import DEFAULT_ENVIRONMENTS
from edgefleet.config.validate import require_valid
from edgefleet.deploy.canaries.verdicts import CanaryExpired, CanaryWorse
from edgefleet.errors import CloudflareError, EvidenceFailed, Interrupted, TooLittleTraffic
from edgefleet.records.canary_steps import Verdict
from edgefleet.records.models import Status
from edgefleet.state.canary_state import Looked
from edgefleet.state.models import CanaryStage
from edgefleet.underway.models import CanaryEnd
from edgefleet.underway.request import CanaryAction
from support.canary_scenes import NEW, OLD, CanaryScene
from support.fleet import make_fleet


@pytest.fixture
def scene(tmp_path: Path) -> CanaryScene:
    fleet = make_fleet(tmp_path)
    (tenant,) = require_valid(fleet, ("alder",), DEFAULT_ENVIRONMENTS, today=date(2026, 11, 21))
    return CanaryScene(tmp_path, tenant)


def test_a_step_that_is_not_over_stays(scene: CanaryScene) -> None:
    scene.begin()

    acted = scene.after(40)

    assert (acted.result.state, acted.result.share, acted.error) == ("under_way", 10, None)
    assert "the step lasts until 12:01:00 UTC" in acted.result.words
    assert (scene.share, acted.result.moved) == (10, False)
    assert scene.record.status is Status.UNDER_WAY


def test_each_step_moves_once_and_the_last_one_ends_it(scene: CanaryScene) -> None:
    scene.begin()

    first, second = scene.after(62), scene.after(62)

    assert (first.result.state, first.result.share, first.result.moved) == ("under_way", 50, True)
    assert first.result.verdict is Verdict.GOOD
    assert (second.result.state, second.result.share) == (CanaryEnd.FINISHED, 100)
    assert scene.account.shares == {NEW: 100}
    assert scene.probed == [(NEW, False)]
    record = scene.record
    assert (record.status, record.version_id) == (Status.SUCCEEDED, NEW)
    assert record.previous_version_id == OLD
    assert scene.account.past[0].message == "edgefleet 1.0: why"


def test_looks_add_up_and_none_counts_twice(scene: CanaryScene) -> None:
    scene.begin(minimumRequests=800)

    looks = [scene.after(31) for _ in range(3)]

    steps = [look.result.step for look in looks]
    assert [step and step.new.requests for step in steps] == [300, 610, 920]
    assert [step and step.verdict for step in steps] == [None, None, Verdict.GOOD]
    assert scene.share == 50


def test_a_second_look_right_away_does_nothing(scene: CanaryScene) -> None:
    scene.begin()
    scene.after(40)
    before = len(scene.account.past)

    acted = scene.after(1)

    assert "looked at 1 s ago" in acted.result.words
    assert len(scene.account.past) == before


def test_a_step_that_was_good_already_moves_right_away(scene: CanaryScene) -> None:
    state = scene.begin()
    scene.clock.sleep(62)
    seen = Looked(old=(900, 9), new=(100, 1), mark=(scene.clock.now().timestamp(),))
    scene.stands(state.model_copy(update={"looked": seen}))

    assert scene.after(1).result.share == 50


def test_a_look_at_which_nothing_was_served_writes_nothing(scene: CanaryScene) -> None:
    scene.begin()
    scene.account.per_second = 0
    before = len(scene.account.past)

    acted = scene.after(90)

    assert "until 100 requests, of which there are 0" in acted.result.words
    assert len(scene.account.past) == before


def test_a_bad_version_is_restored(scene: CanaryScene) -> None:
    scene.begin()
    scene.account.failing[NEW] = 0.5

    acted = scene.after(40)

    assert isinstance(acted.error, CanaryWorse)
    assert (acted.result.state, acted.result.verdict) == ("restored", Verdict.BAD)
    assert acted.result.error
    assert acted.result.error.exit_code == 7
    assert scene.account.shares == {OLD: 100}
    record = scene.record
    assert (record.status, record.canary[0].verdict) == (Status.RESTORED, Verdict.BAD)
    assert str(scene.account.past[0].message).startswith("edgefleet: restore, the new version was")


def test_a_slow_fault_is_found_over_many_looks(scene: CanaryScene) -> None:
    scene.begin(minimumRequests=1_000_000)
    scene.account.per_second = 5
    scene.account.failing[NEW] = 0.12

    looks = []
    for _ in range(60):
        looks.append(scene.after(40))
        if looks[-1].error:
            break

    assert isinstance(looks[-1].error, CanaryWorse)
    assert len(looks) > 2


@pytest.mark.parametrize(
    ("policy", "code", "state", "share", "status"),
    [
        ({}, None, "under_way", 10, Status.UNDER_WAY),
        ({"tooLittleTraffic": "pause"}, 11, "paused", 10, Status.UNDER_WAY),
    ],
)
def test_too_little_traffic_follows_the_policy(
    scene: CanaryScene,
    policy: dict[str, Any],
    code: int | None,
    state: str,
    share: float,
    status: Status,
) -> None:
    scene.begin(**policy)
    scene.account.per_second = 1

    acted = scene.after(70)

    assert (acted.result.state, scene.share, scene.record.status) == (state, share, status)
    assert (acted.error and acted.error.exit_code) == code


@pytest.mark.parametrize(
    ("policy", "state", "share", "status"),
    [
        ({}, "restored", 0, Status.RESTORED),
        ({"sourceFailed": "pause"}, "paused", 10, Status.UNDER_WAY),
    ],
)
def test_a_source_that_fails_follows_the_policy(
    scene: CanaryScene, policy: dict[str, Any], state: str, share: float, status: Status
) -> None:
    scene.begin(**policy)
    scene.account.unread = CloudflareError("no answer")

    acted = scene.after(40)

    assert isinstance(acted.error, EvidenceFailed)
    assert (acted.result.state, scene.share, scene.record.status) == (state, share, status)
    assert acted.result.verdict is Verdict.SOURCE_FAILED
    assert scene.record.error
    assert scene.record.error.code == "source_failed"


def test_a_pause_of_the_policy_ends_by_itself(scene: CanaryScene) -> None:
    scene.begin(tooLittleTraffic="pause")
    scene.account.per_second = 1
    paused = scene.after(70)
    assert isinstance(paused.error, TooLittleTraffic)
    assert paused.error.hint == "edgefleet canary continue --tenants alder --env staging"
    scene.account.per_second = 100

    acted = scene.after(40)

    assert (acted.result.state, acted.result.share) == ("under_way", 50)


@pytest.mark.parametrize(
    ("fault", "code", "verdict"),
    [
        ("none", 11, Verdict.EXPIRED),
        ("traffic", 11, Verdict.TOO_LITTLE_TRAFFIC),
        ("source", 12, Verdict.SOURCE_FAILED),
    ],
)
def test_after_its_deadline_it_is_restored(
    scene: CanaryScene, fault: str, code: int, verdict: Verdict
) -> None:
    scene.begin(tooLittleTraffic="pause", sourceFailed="pause")
    scene.account.per_second = 1 if fault == "traffic" else 100
    scene.account.unread = CloudflareError("no answer") if fault == "source" else None
    if fault != "none":
        assert scene.after(70).result.state == CanaryStage.PAUSED

    acted = scene.after(3600)

    assert acted.error
    assert acted.error.exit_code == code
    assert (acted.result.state, acted.result.verdict) == (CanaryEnd.RESTORED, verdict)
    assert scene.account.shares == {OLD: 100}
    assert scene.record.canary[0].verdict is verdict


def test_a_persons_pause_moves_nothing_and_judges_on(scene: CanaryScene) -> None:
    scene.begin()
    assert scene.act(CanaryAction.PAUSE).result.state == CanaryStage.PAUSED
    waiting = scene.after(70)
    assert (waiting.result.state, waiting.result.share) == ("paused", 10)
    assert "a person has paused it" in waiting.result.words

    resumed = scene.after(40, resume=True)
    assert (resumed.result.state, resumed.result.share) == ("under_way", 50)

    scene.act(CanaryAction.PAUSE)
    scene.account.failing[NEW] = 0.5
    assert isinstance(scene.after(40).error, CanaryWorse)


def test_a_canary_killed_before_its_first_step_is_proved(scene: CanaryScene) -> None:
    scene.begin(-1)

    acted = scene.after(5)

    assert (acted.result.state, scene.share) == ("under_way", 10)
    assert scene.probed == [(NEW, True)]


def test_an_unhealthy_version_at_0_percent_is_restored(scene: CanaryScene) -> None:
    scene.begin(-1)
    scene.unhealthy = True

    acted = scene.after(5)

    assert acted.error
    assert acted.error.exit_code == 7
    assert scene.account.shares == {OLD: 100}


def test_one_killed_at_100_percent_is_finished(scene: CanaryScene) -> None:
    scene.begin(2)

    acted = scene.after(5)

    assert acted.result.state == CanaryEnd.FINISHED
    assert scene.probed == [(NEW, False)]
    assert scene.account.shares == {NEW: 100}


def test_one_that_is_unhealthy_at_100_percent_is_restored(scene: CanaryScene) -> None:
    scene.begin(1)
    scene.unhealthy = True

    acted = scene.after(62)

    assert acted.error
    assert acted.error.exit_code == 7
    assert acted.result.state == CanaryEnd.RESTORED
    assert scene.account.shares == {OLD: 100}


def test_an_api_that_fails_leaves_the_canary_where_it_is(scene: CanaryScene) -> None:
    scene.begin()

    def fail() -> None:
        raise CloudflareError("no answer")

    scene.account.deploying = fail
    with pytest.raises(CloudflareError):
        scene.after(62)
    scene.account.deploying = lambda: None

    assert scene.share == 10
    assert scene.after(5).result.share == 50


def test_ctrl_c_leaves_the_canary_at_its_step(scene: CanaryScene) -> None:
    scene.begin()

    def interrupt() -> None:
        raise KeyboardInterrupt

    scene.account.deploying = interrupt
    with pytest.raises(Interrupted, match="the canary stays at its step") as caught:
        scene.after(62)
    scene.account.deploying = lambda: None

    assert caught.value.hint == "edgefleet canary continue --tenants alder --env staging"
    assert (scene.record.status, scene.share) == (Status.INTERRUPTED, 10)
    assert scene.after(5).result.share == 50


def test_ctrl_c_at_100_percent_restores_the_version_before(scene: CanaryScene) -> None:
    scene.begin(1)
    writes: list[bool] = []

    def interrupt_once() -> None:
        writes.append(True)
        if len(writes) == 2:  # once it has everything
            raise KeyboardInterrupt

    scene.account.deploying = interrupt_once
    with pytest.raises(Interrupted):
        scene.after(62)

    assert scene.account.shares == {OLD: 100}


def test_expired_is_told_apart_from_too_little_traffic(scene: CanaryScene) -> None:
    scene.begin()

    error = scene.after(3700).error

    assert isinstance(error, CanaryExpired)
    assert "at 10 % of the traffic when its deadline passed" in error.message
    assert error.hint == "deploy again: edgefleet deploy --tenant alder --env staging"
