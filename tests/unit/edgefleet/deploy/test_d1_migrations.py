"""D1 migrations are applied once, in order, before the upload; no restore undoes them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from edgefleet.cloudflare.d1.migrations import D1Migration, D1Migrations
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.models import DeploymentEvent, TrafficShare
from edgefleet.config.canary.policy import CanaryPolicy
from edgefleet.deploy.traffic import Split
from edgefleet.errors import CloudflareError, Interrupted, UnhealthyError
from edgefleet.records.models import Action, Origin, Phase
from edgefleet.records.signature import message_of, with_canary
from edgefleet.state.canary_state import CanaryState
from support.rollouts import NEW, OLD, Scene, all_to, interrupt, no_answer, rollout_scene, unhealthy

ONE, TWO = (D1Migration(name=f"000{number}.sql", sql="") for number in (1, 2))
PENDING = (D1Migrations(binding="DB", database_id="d", migrations=(ONE, TWO)),)
OTHER = "v3"
BROKEN = ApiError('near "CREAT": syntax error', codes=(7500,), status=400)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    made = rollout_scene(tmp_path)
    made.migrations = PENDING
    return made


def test_they_are_applied_in_order_before_the_upload(scene: Scene) -> None:
    def upload() -> str:
        assert scene.account.d1.names == ["0001.sql", "0002.sql"]
        return NEW

    scene.upload = upload
    scene.roll_out()
    assert scene.serves(NEW)
    assert Phase.MIGRATIONS in scene.recorder.record.seconds


def test_the_first_failure_ends_the_deploy_before_anything_else(scene: Scene) -> None:
    scene.account.d1.failures = {TWO.name: [BROKEN]}
    with pytest.raises(CloudflareError) as caught:
        scene.roll_out()
    assert caught.value.exit_code == 6
    assert caught.value.message == (
        'the D1 migration 0002.sql of DB failed: near "CREAT": syntax error; '
        "nothing else was changed; D1 migrations stay applied: 0001.sql to DB"
    )
    assert scene.recorder.record.phase is Phase.MIGRATIONS
    assert scene.script.seen == []
    assert scene.serves(OLD)


def test_a_lost_response_is_looked_up_before_it_is_repeated(scene: Scene) -> None:
    scene.account.d1.failures = {ONE.name: [no_answer()]}
    scene.account.d1.acts_all_the_same = True
    scene.roll_out()
    assert scene.account.d1.names == ["0001.sql", "0002.sql"]


def test_a_failure_of_unknown_effect_says_so(scene: Scene) -> None:
    scene.account.d1.failures = {ONE.name: [no_answer()] * 99}
    with pytest.raises(CloudflareError, match="whether it was applied is not known"):
        scene.roll_out()


@pytest.fixture
def stepping(scene: Scene) -> Split:
    """Let a canary of another version be under way; return its split."""
    split = tuple(
        TrafficShare(version_id=version, percentage=share)
        for version, share in ((OLD, 80), (OTHER, 20))
    )
    now = datetime(2026, 11, 28, tzinfo=UTC)
    state = CanaryState(version=OTHER, policy=CanaryPolicy(), begun=now, step=0, since=now)
    origin = Origin(edgefleet_version="1.0", actor="ann", git_commit="a" * 40)
    message = with_canary(message_of(Action.DEPLOY, origin, origin.git_commit, None), state)
    scene.script.deploy(split, message)
    assert scene.script.live
    live = scene.script.live
    scene.history = (
        DeploymentEvent(id=live.id, created_on=now, versions=live.versions, message=message),
    )
    return split


def test_a_failed_one_leaves_a_canary_under_way(scene: Scene, stepping: Split) -> None:
    scene.account.d1.failures = {ONE.name: [BROKEN]}
    with pytest.raises(CloudflareError, match="nothing was changed"):
        scene.roll_out()
    assert scene.script.seen == [stepping]


def test_a_canary_under_way_ends_after_them(scene: Scene, stepping: Split) -> None:
    scene.roll_out()
    assert scene.account.d1.names == ["0001.sql", "0002.sql"]
    assert scene.script.seen[:2] == [stepping, all_to(OLD)]
    assert scene.serves(NEW)


def test_an_unhealthy_version_says_that_they_stay(scene: Scene) -> None:
    scene.prove = unhealthy(when_pinned=True)
    with pytest.raises(UnhealthyError) as caught:
        scene.roll_out()
    assert caught.value.message.endswith(
        f"version {OLD} is live again, as before; "
        "D1 migrations stay applied: 0001.sql, 0002.sql to DB"
    )


def test_an_interruption_says_what_was_applied(scene: Scene) -> None:
    scene.account.d1.before = {TWO.name: interrupt}
    with pytest.raises(Interrupted, match=r"0001\.sql to DB"):
        scene.roll_out()
    assert scene.account.d1.names == ["0001.sql"]
