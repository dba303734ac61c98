"""A deploy restores what was live unless its version is proved, and reads what is live."""

import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.models import Deployment, HeldDomain, Version
from edgefleet.config.worker_urls import HealthUrls
from edgefleet.errors import (
    CloudflareError,
    ExitCode,
    Interrupted,
    RestoreError,
    UnexpectedError,
    UnhealthyError,
)
from edgefleet.locks.fence import LocalFence
from edgefleet.locks.lease import LockLost
from edgefleet.records.models import Phase
from edgefleet.state.models import DeployStrategy
from support.rollouts import (
    AFTER,
    BEFORE,
    HERE,
    NEW,
    OLD,
    THERE,
    Scene,
    all_to,
    interrupt,
    no_answer,
    raises,
    rollout_scene,
    unhealthy,
)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return rollout_scene(tmp_path)


def test_an_unhealthy_first_deploy_is_removed(scene: Scene) -> None:
    scene.script.past.clear()
    scene.prove = unhealthy(when_pinned=False)
    with pytest.raises(UnhealthyError) as caught:
        scene.roll_out(DeployStrategy.FIRST)
    assert scene.script.live is None
    assert "was removed" in caught.value.message


def test_an_upload_that_failed_restores_nothing(scene: Scene) -> None:
    scene.upload = raises(CloudflareError("500"))
    with pytest.raises(CloudflareError) as caught:
        scene.roll_out()
    assert caught.value.message == "500; nothing was changed"
    assert caught.value.hint == "edgefleet deploy --tenant acme --env staging"
    assert scene.recorder.record.phase is Phase.UPLOAD
    assert scene.script.seen == []


def test_a_restore_that_is_refused_needs_a_person(scene: Scene) -> None:
    def prove(_pinned: bool) -> None:
        scene.script.failures = [ApiError("refused", codes=(10220,), status=400)]
        raise UnhealthyError("500")

    scene.prove = prove
    with pytest.raises(RestoreError, match="version v1 could not be restored: refused"):
        scene.roll_out()


def test_a_state_that_cannot_be_read_needs_a_person(scene: Scene) -> None:
    def upload() -> str:
        scene.account.readable = False
        raise CloudflareError("dropped")

    scene.upload = upload
    with pytest.raises(RestoreError, match="what is live cannot be read"):
        scene.roll_out()


def test_a_fault_of_ours_is_undone_like_any_other_failure(scene: Scene) -> None:
    def prove(_pinned: bool) -> None:
        raise RuntimeError("a fault of ours")

    scene.prove = prove
    with pytest.raises(UnexpectedError) as caught:
        scene.roll_out()
    assert scene.serves(OLD)
    assert isinstance(caught.value.cause, RuntimeError)
    assert caught.value.state == f"version {OLD} is live again, as before"


@pytest.mark.parametrize("pinned", [True, False])
def test_an_interruption_ends_with_what_was_before(scene: Scene, *, pinned: bool) -> None:
    def prove(now_pinned: bool) -> None:
        if now_pinned is pinned:
            raise KeyboardInterrupt

    scene.prove = prove
    with pytest.raises(Interrupted, match="live again"):
        scene.roll_out()
    assert scene.serves(OLD)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_second_signal_does_not_break_the_restore(
    scene: Scene, capfd: pytest.CaptureFixture[str], number: signal.Signals
) -> None:
    def again() -> None:
        signal.raise_signal(number)
        signal.raise_signal(number)

    def prove(_pinned: bool) -> None:
        scene.script.meanwhile = again
        interrupt()

    scene.prove = prove
    with pytest.raises(Interrupted, match=f"interrupted during canary; version {OLD} is live"):
        scene.roll_out()
    assert scene.serves(OLD)
    assert capfd.readouterr().err.count("this cannot be interrupted") == 1


@pytest.mark.parametrize("stops", [True, False])
def test_restored_deploy_keeps_its_error_and_the_signal(scene: Scene, *, stops: bool) -> None:
    def prove(_pinned: bool) -> None:
        if stops:
            scene.script.meanwhile = lambda: signal.raise_signal(signal.SIGINT)
        raise UnhealthyError("500")

    scene.prove = prove
    with pytest.raises(UnhealthyError) as caught:
        scene.roll_out()
    assert scene.serves(OLD)
    assert caught.value.interrupted is stops


@pytest.mark.parametrize("breaks", [interrupt, raises(OSError("the disk is full"))])
def test_a_restore_that_is_broken_all_the_same_needs_a_person(
    scene: Scene, breaks: Callable[[], object]
) -> None:
    def prove(_pinned: bool) -> None:
        scene.script.meanwhile = breaks
        raise UnhealthyError("500")

    scene.prove = prove
    with pytest.raises(RestoreError, match=f"version {OLD} could not be restored"):
        scene.roll_out()


def test_an_interruption_before_anything_changed_says_so(scene: Scene) -> None:
    scene.upload = raises(KeyboardInterrupt())
    with pytest.raises(Interrupted, match="nothing was changed"):
        scene.roll_out()


def test_settings_that_make_it_unhealthy_are_put_back(scene: Scene) -> None:
    scene.prove = unhealthy(when_pinned=False)
    with pytest.raises(UnhealthyError):
        scene.roll_out(DeployStrategy.SETTINGS)
    assert scene.script.settings == BEFORE
    assert scene.serves(OLD)


def test_late_upload_is_removed(scene: Scene) -> None:
    scene.script.past.clear()
    look = scene.account.recent
    looks = iter(range(9))

    def recent() -> tuple[Deployment, ...]:
        if next(looks) == 1:
            scene.script.deploy(all_to(NEW), "")
            scene.landed = NEW
        return look()

    scene.account.recent = recent
    scene.upload = raises(no_answer())
    with pytest.raises(ApiError) as caught:
        scene.roll_out(DeployStrategy.FIRST)
    assert scene.script.live is None
    assert "was removed" in caught.value.message


ROUTED = AFTER.model_copy(update={"routes": ({"pattern": "x.example/*"},)})


def test_what_could_not_be_set_is_not_set_again_on_the_way_back(scene: Scene) -> None:
    scene.wanted, scene.script.refused = ROUTED, ("routes",)
    with pytest.raises(ApiError, match="no permission for routes") as caught:
        scene.roll_out()
    assert caught.value.exit_code == ExitCode.EXTERNAL
    assert scene.serves(OLD)
    assert scene.script.settings == BEFORE


def test_failed_settings_restore_says_the_version_is_live(scene: Scene) -> None:
    def prove(pinned: bool) -> None:
        if scene.script.settings == AFTER:
            scene.script.refused = ("crons",)
            raise UnhealthyError("500")

    scene.prove = prove
    words = f"version {OLD} is live again, but not its triggers and settings: no permission"
    with pytest.raises(RestoreError, match=words):
        scene.roll_out(DeployStrategy.MIGRATION)
    assert scene.serves(OLD)


@pytest.mark.parametrize("now", [HERE, None])
def test_version_without_answer_at_its_new_url_is_restored(scene: Scene, now: str | None) -> None:
    scene.addresses = HealthUrls(now, THERE)

    def prove(_pinned: bool) -> None:
        if scene.asked[-1][0] == THERE:
            raise UnhealthyError("no certificate yet")

    scene.prove = prove
    with pytest.raises(UnhealthyError) as caught:
        scene.roll_out()
    assert caught.value.message.endswith(f"; version {OLD} is live again, as before")
    assert caught.value.hint == (
        "mend the Worker, then: edgefleet deploy --tenant acme --env staging"
    )
    assert scene.serves(OLD)
    assert scene.script.settings == BEFORE


def test_r11_a_script_that_took_objects_over_is_not_removed(scene: Scene) -> None:
    scene.script.past.clear()
    scene.transferred = ("acme-limits",)
    scene.prove = unhealthy(when_pinned=False)
    with pytest.raises(RestoreError, match="Durable Objects of acme-limits") as caught:
        scene.roll_out(DeployStrategy.FIRST)
    assert scene.serves(NEW)
    assert "live is version v2 100 %" in caught.value.message
    assert "wrangler delete" not in caught.value.hint


def test_r4_a_host_with_a_dns_record_is_named_with_what_to_do(scene: Scene) -> None:
    scene.wanted = AFTER.model_copy(update={"domains": ({"hostname": "chat.acme.example"},)})
    taken = ApiError("externally managed DNS records", codes=(100117,), status=409)
    scene.script.refused, scene.script.refusal = ("domains",), taken
    with pytest.raises(ApiError, match="externally managed DNS records") as caught:
        scene.roll_out()
    assert scene.serves(OLD)
    assert caught.value.message.endswith(f"; version {OLD} is live again, as before")
    assert caught.value.hint == (
        "delete the DNS record of chat.acme.example first, in the DNS settings of its zone"
    )


def test_r17_unavailable_version_names_the_rollback_by_commit(
    scene: Scene,
) -> None:
    commit = "0123456789ab"
    scene.versions = (Version(id=OLD, number=1, tag=f"{'a' * 16}-{commit}"),)

    def prove(_pinned: bool) -> None:
        scene.script.undeployable = all_to(OLD)
        raise UnhealthyError("500")

    scene.prove = prove
    with pytest.raises(RestoreError, match="a version that is too old; live is") as caught:
        scene.roll_out()
    assert f"edgefleet rollback --tenants acme --env staging --replace-split --to {commit}" in (
        caught.value.hint
    )


def test_review_1_unwritable_record_stops_no_restore(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    def prove(_pinned: bool) -> None:
        shutil.rmtree(scene.recorder.path.parent)
        scene.recorder.path.parent.write_text("no folder")
        raise UnhealthyError("500")

    scene.prove = prove
    with pytest.raises(UnhealthyError):
        scene.roll_out()
    assert scene.serves(OLD)
    assert "could not be written (Not a directory)" in capsys.readouterr().err


def test_review_1_a_screen_that_fails_stops_no_restore(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def prove(_pinned: bool) -> None:
        monkeypatch.setattr(sys, "stderr", open("/dev/full", "w", buffering=1))  # noqa: SIM115, PTH123
        raise UnhealthyError("500")

    scene.prove = prove
    with pytest.raises((UnhealthyError, UnexpectedError)):
        scene.roll_out()
    assert scene.serves(OLD)
    assert scene.recorder.record.phase is Phase.RESTORE


LOST = HeldDomain(hostname="chat.acme.example", zone_id="z", script="other")
NOT_BACK = "the host chat.acme.example is not back at other: no permission"
ATTACH = "attach chat.acme.example to other in the dashboard"


def unattachable(scene: Scene) -> None:
    scene.held = (LOST,)
    scene.account.unattachable = ApiError("no permission", codes=(10000,), status=403)


def test_r1_unreturned_host_keeps_the_settings_restore(scene: Scene) -> None:
    unattachable(scene)
    scene.prove = lambda pinned: None if pinned else unhealthy(when_pinned=False)(pinned)
    scene.addresses = HealthUrls(HERE, THERE)
    with pytest.raises(RestoreError) as caught:
        scene.roll_out()
    assert caught.value.message == f"s: {NOT_BACK}"
    assert caught.value.hint.startswith(ATTACH)
    assert (scene.serves(OLD), scene.script.settings) == (True, BEFORE)


def test_r1_unreturned_host_keeps_no_unproved_script(scene: Scene) -> None:
    unattachable(scene)
    scene.script.past.clear()
    scene.prove = unhealthy(when_pinned=False)
    with pytest.raises(RestoreError) as caught:
        scene.roll_out(DeployStrategy.FIRST)
    assert (caught.value.message, scene.script.live) == (f"s: {NOT_BACK}", None)


def test_r1_traffic_and_a_host_that_are_not_back_are_both_named(scene: Scene) -> None:
    unattachable(scene)

    def prove(_pinned: bool) -> None:
        scene.script.failures = [ApiError("refused", codes=(10220,), status=400)]
        raise UnhealthyError("500")

    scene.prove = prove
    with pytest.raises(RestoreError, match="version v1 could not be restored: refused") as caught:
        scene.roll_out()
    assert NOT_BACK in caught.value.message
    assert ATTACH in caught.value.hint
    assert "edgefleet rollback --tenants acme --env staging" in caught.value.hint


@dataclass(frozen=True)
class BrokenFence(LocalFence):
    """A lock that cannot be looked at."""

    broken: BaseException = field(default_factory=KeyboardInterrupt)

    def lost_to(self) -> LockLost | None:
        raise self.broken


@pytest.mark.parametrize("why", [OSError("disk"), KeyboardInterrupt(), RuntimeError("git")])
def test_review_1_failing_lock_check_stops_no_restore(scene: Scene, why: BaseException) -> None:
    def prove(_pinned: bool) -> None:
        raise UnhealthyError("500")

    scene.prove, scene.fence = prove, BrokenFence(broken=why)
    with pytest.raises(UnhealthyError):
        scene.roll_out()
    assert scene.serves(OLD)
