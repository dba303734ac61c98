"""A restore keeps what another run made live during a change, and says so."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.models import Deployment, TrafficShare
from edgefleet.config.worker_urls import HealthUrls
from edgefleet.errors import (
    CloudflareError,
    Interrupted,
    RestoreError,
    TargetBusyError,
    UnhealthyError,
)
from edgefleet.records.models import Phase
from edgefleet.state.models import DeployStrategy
from support.rollouts import (
    AFTER,
    BEFORE,
    NEW,
    OLD,
    THERE,
    Scene,
    all_to,
    interrupt,
    no_answer,
    raises,
    rollout_scene,
)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return rollout_scene(tmp_path)


def theirs(scene: Scene, ends: Callable[[], object]) -> Callable[[], str]:
    """Return what has another run deploy, and ends with `ends`."""

    def act() -> str:
        scene.script.deploy(all_to("theirs"), "")
        ends()
        return NEW

    return act


def when_pinned(pinned: bool, act: Callable[[], object]) -> Callable[[bool], None]:
    """Return a probe that acts if it asks for a version by name, or if it does not."""

    def prove(now_pinned: bool) -> None:
        if now_pinned is pinned:
            act()

    return prove


FAILS = raises(UnhealthyError("another version answers"))


@pytest.mark.parametrize("phase", ["upload", "uploaded", "canary", "proved", "health", "settings"])
def test_a_deployment_that_somebody_else_made_is_not_overwritten(scene: Scene, phase: str) -> None:
    match phase:
        case "upload":
            scene.upload = theirs(scene, raises(CloudflareError("500")))
        case "uploaded":
            scene.upload = theirs(scene, lambda: None)
        case "canary":
            scene.prove = when_pinned(True, theirs(scene, FAILS))
        case "proved":
            scene.prove = when_pinned(True, theirs(scene, lambda: None))
        case "health":
            scene.prove = when_pinned(False, theirs(scene, FAILS))
        case "settings":
            scene.prove = when_pinned(False, theirs(scene, lambda: None))
            scene.script.refused = ("crons",)
    with pytest.raises(TargetBusyError, match=r"another run or tool .* theirs is live now"):
        scene.roll_out()
    assert scene.serves("theirs")
    assert scene.recorder.record.phase is not Phase.RESTORE


def test_who_is_interrupted_is_told_that_somebody_else_deployed(scene: Scene) -> None:
    scene.prove = when_pinned(False, theirs(scene, interrupt))
    with pytest.raises(Interrupted, match="version theirs is live, which another run"):
        scene.roll_out()
    assert scene.serves("theirs")


def test_other_runs_restore_gets_our_settings_restored(scene: Scene) -> None:
    def prove(pinned: bool) -> None:
        if not pinned and scene.script.settings == AFTER:
            scene.script.deploy(all_to(OLD), "by hand")
            raise UnhealthyError("500")

    scene.prove = prove
    with pytest.raises(UnhealthyError):
        scene.roll_out(DeployStrategy.MIGRATION)
    assert scene.serves(OLD)
    assert scene.script.settings == BEFORE


def test_stop_request_before_the_other_run_is_found(scene: Scene) -> None:
    look = scene.account.recent

    def recent() -> tuple[Deployment, ...]:
        signal.raise_signal(signal.SIGINT)
        return look()

    def fails() -> None:
        scene.account.recent = recent
        raise UnhealthyError("another version answers")

    scene.prove = when_pinned(False, theirs(scene, fails))
    with pytest.raises(TargetBusyError) as caught:
        scene.roll_out()
    assert caught.value.interrupted


AT_ONCE = pytest.mark.parametrize("course", [DeployStrategy.FIRST, DeployStrategy.MIGRATION])
REFUSED = ApiError("the tag is another by now", codes=(10079,), status=412)


def begin(scene: Scene, course: DeployStrategy) -> None:
    if course is DeployStrategy.FIRST:
        scene.script.past.clear()


@AT_ONCE
@pytest.mark.parametrize("same_files", [True, False])
def test_a_refused_upload_is_not_what_is_live(
    scene: Scene, course: DeployStrategy, *, same_files: bool
) -> None:
    begin(scene, course)
    scene.upload = theirs(scene, raises(REFUSED))
    scene.landed = "theirs" if same_files else None
    with pytest.raises(TargetBusyError, match="theirs is live now"):
        scene.roll_out(course)
    assert scene.serves("theirs")


@AT_ONCE
@pytest.mark.parametrize("ends", [no_answer(), CloudflareError("wrangler: exit 1")])
def test_different_live_version_after_an_unclear_upload_stays(
    scene: Scene, course: DeployStrategy, ends: CloudflareError
) -> None:
    begin(scene, course)
    scene.upload = theirs(scene, raises(ends))
    with pytest.raises(TargetBusyError, match="theirs is live now"):
        scene.roll_out(course)
    assert scene.serves("theirs")


@AT_ONCE
@pytest.mark.parametrize("landed", [NEW, None])
def test_interrupted_upload_that_is_live_is_restored(
    scene: Scene, course: DeployStrategy, landed: str | None
) -> None:
    begin(scene, course)
    before = scene.script.live and scene.script.live.versions
    scene.upload, scene.landed = theirs(scene, interrupt), landed
    with pytest.raises(Interrupted):
        scene.roll_out(course)
    after = scene.script.live and scene.script.live.versions
    assert after == (before if landed else all_to("theirs"))


def test_ambiguous_version_is_left_to_a_person(scene: Scene) -> None:
    scene.script.past.clear()
    scene.upload, scene.landed = theirs(scene, interrupt), CloudflareError("HTTP 500")
    with pytest.raises(RestoreError, match="what is live cannot be read: HTTP 500"):
        scene.roll_out(DeployStrategy.FIRST)
    assert scene.serves("theirs")


@pytest.mark.parametrize("rest", [0, 50])
def test_our_version_deployed_by_another_run_is_theirs(scene: Scene, rest: float) -> None:
    shares = (
        TrafficShare(version_id=NEW, percentage=100 - rest),
        TrafficShare(version_id=OLD, percentage=rest),
    )
    given = shares if rest else all_to(NEW)
    scene.prove = when_pinned(True, lambda: scene.script.deploy(given, "by hand"))
    with pytest.raises(TargetBusyError, match=f"{NEW} is live now"):
        scene.roll_out()
    assert scene.script.live is not None
    assert scene.script.live.versions == given


def test_earlier_settings_are_restored_below_another_split(
    scene: Scene,
) -> None:
    split = (
        TrafficShare(version_id=OLD, percentage=90),
        TrafficShare(version_id="other", percentage=10),
    )
    scene.script.deploy(split, "by hand, before us")
    scene.addresses = HealthUrls(None, THERE)
    scene.script.failures = [ApiError("refused", codes=(10220,), status=400)]
    with pytest.raises(ApiError, match="refused"):
        scene.roll_out()
    assert scene.script.live is not None
    assert scene.script.live.versions == split
    assert scene.script.settings == BEFORE


@pytest.mark.parametrize("wrote", [True, False])
@pytest.mark.parametrize("ends", [FAILS, interrupt])
def test_who_deployed_past_settings_of_ours_is_told_of_them(
    scene: Scene, ends: Callable[[], object], *, wrote: bool
) -> None:
    scene.prove = when_pinned(False, theirs(scene, ends))
    with pytest.raises((TargetBusyError, Interrupted)) as caught:
        scene.roll_out(DeployStrategy.SETTINGS if wrote else DeployStrategy.VERSION)
    words = "; its triggers and settings may be those of this run"
    assert caught.value.message.endswith(words) is wrote
