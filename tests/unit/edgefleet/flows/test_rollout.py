"""What is not proved is taken back, and what happened is read from Cloudflare."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from edgefleet.errors import (
    CloudflareError,
    Interrupted,
    RestoreError,
    TargetBusyError,
    UnhealthyError,
)
from edgefleet.flows.journal import Journal
from edgefleet.flows.rollout import Release, Rollout
from edgefleet.model.live import Deployment, Live, Settings, Share
from edgefleet.model.plan import Course
from edgefleet.model.record import Action, Phase, Record
from edgefleet.model.secret import Secret
from edgefleet.model.target import Environment
from edgefleet.ports.account import Account
from edgefleet.ports.cloudflare import Cloudflare
from edgefleet.ports.envelope import ApiError
from edgefleet.ports.progress import ConsoleProgress
from edgefleet.ports.records import Records
from edgefleet.ports.script import Script
from support.clock import FakeClock

API = Cloudflare("http://nowhere.invalid", Secret("x"))
OLD, NEW = "v1", "v2"
BEFORE = Settings(crons=("1 * * * *",))
AFTER = Settings(crons=("2 * * * *",))


def all_to(version: str) -> tuple[Share, ...]:
    return (Share(version_id=version, percentage=100),)


CANARY = (*all_to(OLD), Share(version_id=NEW, percentage=0))


class FakeScript(Script):
    """A script that remembers; each write may be told to fail."""

    def __init__(self) -> None:
        super().__init__(API, "a", "s")
        self.live: Deployment | None = None
        self.settings = BEFORE
        self.seen: list[tuple[Share, ...]] = []
        self.failures: list[Exception] = []
        self.acts_all_the_same = False
        self._count = 0

    def deploy(  # type: ignore[override]
        self, shares: tuple[Share, ...], message: str, *, force: bool = False
    ) -> None:
        if self.failures and not self.acts_all_the_same:
            raise self.failures.pop(0)
        self._count += 1
        self.live = Deployment(id=f"d{self._count}", created_on="", versions=tuple(shares))
        self.seen.append(self.live.versions)
        if self.failures:
            raise self.failures.pop(0)

    def delete(self) -> None:
        self.live = None

    def set(self, settings: Settings, now: Settings) -> None:
        self.settings = settings


class FakeAccount(Account):
    """An account with one script."""

    def __init__(self, script: FakeScript) -> None:
        super().__init__(API, "a")
        self.fake = script
        self.readable = True
        self.tagged: str | None = None

    def deployment(self, script: str) -> Deployment | None:
        if not self.readable:
            raise CloudflareError("no answer")
        return self.fake.live

    def version_with_tag(self, script: str, tag: str, newer_than: int) -> str | None:
        return self.tagged

    def open(self, script: str) -> Script:
        return self.fake


@dataclass
class Scene:
    """A rollout to be, on a script that serves `OLD` (or nothing)."""

    journal: Journal
    script: FakeScript = field(default_factory=FakeScript)
    upload: Callable[[], str] = lambda: NEW
    prove: Callable[[bool], None] = lambda _pinned: None
    landed: str | None = None

    def __post_init__(self) -> None:
        self.account = FakeAccount(self.script)
        self.script.deploy(all_to(OLD), "")
        self.script.seen.clear()

    def version(self, _tag: str, _message: str) -> str:
        return self.upload()

    def whole(self) -> str:
        version_id = self.upload()
        self.script.deploy(all_to(version_id), "")
        return version_id

    def roll_out(self, course: Course = Course.VERSION) -> None:
        live = Live(deployment=self.script.live, settings=BEFORE, newest=1)
        release = Release(self, AFTER, "tag", "message", self.proved, lambda: self.landed)
        Rollout(self.account, "s", self.journal, live, release).run(course)

    def proved(self, version_id: str, *, pinned: bool) -> None:
        assert version_id in (OLD, NEW)
        self.prove(pinned)

    def serves(self, version: str) -> bool:
        return self.script.live is not None and self.script.live.versions == all_to(version)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    clock = FakeClock()
    record = Record(
        tenant="acme",
        environment=Environment.STAGING,
        action=Action.DEPLOY,
        edgefleet_version="0",
        started=clock.now(),
    )
    return Scene(Journal(record, Records(tmp_path), clock, ConsoleProgress(clock)))


def unhealthy(when_pinned: bool) -> Callable[[bool], None]:
    def prove(pinned: bool) -> None:
        if pinned is when_pinned:
            raise UnhealthyError("500")

    return prove


def no_answer() -> ApiError:
    return ApiError("dropped")


def raises(error: BaseException) -> Callable[[], str]:
    def upload() -> str:
        raise error

    return upload


def test_a_version_is_proved_at_nothing_then_gets_everything(scene: Scene) -> None:
    scene.roll_out()
    assert scene.script.seen == [CANARY, all_to(NEW)]
    assert scene.script.settings == AFTER
    record = scene.journal.record
    assert (record.previous_version_id, record.version_id) == (OLD, NEW)


def test_an_unhealthy_canary_never_gets_a_share(scene: Scene) -> None:
    scene.prove = unhealthy(when_pinned=True)
    with pytest.raises(UnhealthyError) as caught:
        scene.roll_out()
    assert scene.script.seen == [CANARY, all_to(OLD)]
    assert caught.value.hint == f"version {OLD} is live again, as before"
    assert scene.journal.record.phase is Phase.RESTORE


def test_a_version_that_fails_under_traffic_gives_way(scene: Scene) -> None:
    scene.prove = unhealthy(when_pinned=False)
    with pytest.raises(UnhealthyError):
        scene.roll_out()
    assert scene.serves(OLD)
    assert scene.script.settings == BEFORE


def test_an_unhealthy_first_deploy_is_removed(scene: Scene) -> None:
    scene.script.live = None
    scene.prove = unhealthy(when_pinned=False)
    with pytest.raises(UnhealthyError) as caught:
        scene.roll_out(Course.FIRST)
    assert scene.script.live is None
    assert "was removed" in caught.value.hint


def test_an_upload_that_failed_restores_nothing(scene: Scene) -> None:
    scene.upload = raises(CloudflareError("500"))
    with pytest.raises(CloudflareError) as caught:
        scene.roll_out()
    assert caught.value.hint == "nothing was changed"
    assert scene.journal.record.phase is Phase.UPLOAD
    assert scene.script.seen == []


def test_an_upload_whose_answer_was_lost_is_found_by_its_tag(scene: Scene) -> None:
    scene.upload = raises(no_answer())
    scene.account.tagged = NEW
    scene.roll_out()
    assert scene.serves(NEW)


def test_a_whole_upload_whose_answer_was_lost_is_known_by_what_is_live(scene: Scene) -> None:
    def upload() -> str:
        scene.script.deploy(all_to(NEW), "")
        raise no_answer()

    scene.upload, scene.landed = upload, NEW
    scene.roll_out(Course.MIGRATION)
    assert scene.serves(NEW)
    assert scene.script.settings == AFTER
    assert scene.journal.record.version_id == NEW


@pytest.mark.parametrize("acted", [True, False])
def test_a_switch_whose_answer_was_lost_is_looked_at_before_it_is_repeated(
    scene: Scene, *, acted: bool
) -> None:
    scene.script.failures = [no_answer()]
    scene.script.acts_all_the_same = acted
    scene.roll_out()
    assert scene.script.seen == [CANARY, all_to(NEW)]


def test_a_deployment_that_somebody_else_made_is_not_overwritten(scene: Scene) -> None:
    def upload() -> str:
        scene.script.deploy(all_to("theirs"), "")
        return NEW

    scene.upload = upload
    with pytest.raises(TargetBusyError, match="theirs is live now") as caught:
        scene.roll_out()
    assert scene.serves("theirs")
    assert "as somebody else deployed it" in caught.value.hint


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
    with pytest.raises(RestoreError, match="state cannot be read"):
        scene.roll_out()


def test_a_fault_of_ours_is_undone_like_any_other_failure(scene: Scene) -> None:
    def prove(_pinned: bool) -> None:
        raise RuntimeError("a fault of ours")

    scene.prove = prove
    with pytest.raises(RuntimeError):
        scene.roll_out()
    assert scene.serves(OLD)


@pytest.mark.parametrize("pinned", [True, False])
def test_an_interruption_ends_with_what_was_before(scene: Scene, *, pinned: bool) -> None:
    def prove(now_pinned: bool) -> None:
        if now_pinned is pinned:
            raise KeyboardInterrupt

    scene.prove = prove
    with pytest.raises(Interrupted, match="live again"):
        scene.roll_out()
    assert scene.serves(OLD)


def test_an_interruption_before_anything_changed_says_so(scene: Scene) -> None:
    scene.upload = raises(KeyboardInterrupt())
    with pytest.raises(Interrupted, match="nothing was changed"):
        scene.roll_out()


def test_settings_alone_move_no_traffic(scene: Scene) -> None:
    scene.roll_out(Course.SETTINGS)
    assert scene.script.seen == []
    assert scene.script.settings == AFTER


def test_settings_that_make_it_unhealthy_are_put_back(scene: Scene) -> None:
    scene.prove = unhealthy(when_pinned=False)
    with pytest.raises(UnhealthyError):
        scene.roll_out(Course.SETTINGS)
    assert scene.script.settings == BEFORE
    assert scene.serves(OLD)


def test_an_upload_that_goes_live_after_it_was_given_up_is_removed(scene: Scene) -> None:
    scene.script.live = None
    look = scene.account.deployment
    looks = iter(range(9))

    def deployment(name: str) -> Deployment | None:
        if next(looks) == 1:
            scene.script.deploy(all_to(NEW), "")
        return look(name)

    scene.account.deployment = deployment  # type: ignore[method-assign, assignment]  # on one fake
    scene.upload = raises(no_answer())
    with pytest.raises(ApiError) as caught:
        scene.roll_out(Course.FIRST)
    assert scene.script.live is None
    assert "was removed" in caught.value.hint
