"""A write of traffic is looked at afterwards: what it made, and what it overwrote."""

from collections.abc import Callable
from pathlib import Path

import pytest

from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.models import Deployment, TrafficShare
from edgefleet.errors import CloudflareError, RestoreError, TargetBusyError, UnhealthyError
from edgefleet.records.signature import RESTORED
from edgefleet.state.models import DeployStrategy
from support.rollouts import NEW, OLD, Scene, all_to, rollout_scene, unhealthy

UNKNOWN = ApiError("script_not_found", codes=(10007,), status=404)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return rollout_scene(tmp_path)


def at_write(scene: Scene, number: int, act: Callable[[], object]) -> None:
    """Have something happen right before this write of traffic lands."""
    writes = iter(range(1, 99))

    def meanwhile() -> None:
        if next(writes) == number:
            act()

    scene.script.meanwhile = meanwhile


def somebody_deploys(scene: Scene, *shares: TrafficShare) -> Callable[[], None]:
    def act() -> None:
        given = shares or all_to("theirs")
        scene.script.past.insert(0, Deployment(id="dx", created_on="", versions=given))

    return act


@pytest.mark.parametrize("write", [1, 2])
def test_review_7_deploy_between_read_and_write_is_restored(scene: Scene, write: int) -> None:
    at_write(scene, write, somebody_deploys(scene))
    with pytest.raises(TargetBusyError, match="theirs is live now"):
        scene.roll_out()
    assert scene.serves("theirs")
    assert scene.script.messages[0] == RESTORED


def test_review_7_a_split_of_somebody_else_is_put_back_as_it_was(scene: Scene) -> None:
    split = (
        TrafficShare(version_id="a", percentage=90),
        TrafficShare(version_id="b", percentage=10),
    )
    at_write(scene, 2, somebody_deploys(scene, *split))
    with pytest.raises(TargetBusyError):
        scene.roll_out()
    assert scene.script.past[0].versions == split


@pytest.mark.parametrize("course", [DeployStrategy.FIRST, DeployStrategy.MIGRATION])
def test_review_7_upload_over_a_foreign_one_is_restored(
    scene: Scene, course: DeployStrategy
) -> None:
    if course is DeployStrategy.FIRST:
        scene.script.past.clear()
    at_write(scene, 1, somebody_deploys(scene))
    with pytest.raises(TargetBusyError):
        scene.roll_out(course)
    assert scene.serves("theirs")


def test_review_7_restore_keeps_what_came_between(scene: Scene) -> None:
    scene.prove = unhealthy(when_pinned=False)
    at_write(scene, 3, somebody_deploys(scene))
    with pytest.raises(TargetBusyError):
        scene.roll_out()
    assert scene.serves("theirs")


def test_review_7_what_cannot_be_put_back_needs_a_person(scene: Scene) -> None:
    def act() -> None:
        somebody_deploys(scene)()
        scene.script.undeployable = all_to("theirs")

    at_write(scene, 2, act)
    with pytest.raises(RestoreError, match="deployed version theirs 100 % at the same time"):
        scene.roll_out()
    assert scene.serves(OLD)


def stale(scene: Scene, after: int, times: int, shown: tuple[Deployment, ...] = ()) -> None:
    """Show an old list so many times, once so many writes of traffic were made."""
    look, left = scene.account.recent, [times]

    def recent() -> tuple[Deployment, ...]:
        if len(scene.script.seen) >= after and left[0]:
            left[0] -= 1
            return shown
        return look()

    scene.account.recent = recent


def test_r26_one_404_after_a_first_upload_removes_nothing(scene: Scene) -> None:
    scene.script.past.clear()
    stale(scene, after=1, times=1)
    scene.roll_out(DeployStrategy.FIRST)
    assert scene.serves(NEW)


@pytest.mark.parametrize("after", [1, 2])
def test_r26_a_list_from_before_the_write_is_looked_at_again(scene: Scene, after: int) -> None:
    stale(scene, after, 3, tuple(scene.script.past))
    scene.roll_out()
    assert scene.serves(NEW)


def test_r26_unknown_version_is_named_again(scene: Scene) -> None:
    scene.script.failures = [UNKNOWN, UNKNOWN]
    scene.roll_out()
    assert scene.serves(NEW)


def test_r26_stale_list_is_not_taken_for_live(scene: Scene) -> None:
    before = tuple(scene.script.past)

    def prove(_pinned: bool) -> None:
        stale(scene, 1, 2, before)
        raise UnhealthyError("500")

    scene.prove = prove
    with pytest.raises(UnhealthyError) as caught:
        scene.roll_out()
    assert scene.serves(OLD)
    assert "live again" in caught.value.message


def test_r26_first_upload_never_shown_is_removed(scene: Scene) -> None:
    scene.script.past.clear()
    stale(scene, after=1, times=99)
    with pytest.raises(CloudflareError, match="another deployment than it accepted") as caught:
        scene.roll_out(DeployStrategy.FIRST)
    assert scene.script.live is None
    assert "was removed" in caught.value.message


def test_a7_trouble_while_traffic_moves_is_waited_out(scene: Scene) -> None:
    scene.script.failures = [ApiError("HTTP 500", status=500)] * 5
    scene.roll_out()
    assert scene.serves(NEW)


def test_a7_trouble_while_traffic_goes_back_is_waited_out(scene: Scene) -> None:
    def prove(_pinned: bool) -> None:
        scene.script.failures = [ApiError("HTTP 500", status=500)] * 6
        raise UnhealthyError("500")

    scene.prove = prove
    with pytest.raises(UnhealthyError):
        scene.roll_out()
    assert scene.serves(OLD)


def test_a7_failed_restore_says_what_is_live_and_the_way_out(scene: Scene) -> None:
    def prove(_pinned: bool) -> None:
        scene.script.failures = [ApiError("HTTP 500", status=500)] * 99
        raise UnhealthyError("500")

    scene.prove = prove
    with pytest.raises(RestoreError) as caught:
        scene.roll_out()
    assert f"live is version {OLD} 100 %, version {NEW} 0 %" in caught.value.message
    back = f"edgefleet rollback --tenants acme --env staging --replace-split --to {OLD}"
    assert back in caught.value.hint
    assert "edgefleet deploy --tenant acme --env staging --replace-split" in caught.value.hint
