"""Where a rollback goes: what was recorded healthy, and what another machine deployed since."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from edgefleet.cloudflare.models import ScriptSettings, TrafficShare, Version
from edgefleet.config.credentials.lookup import Credentials
from edgefleet.config.target import DEFAULT_ENVIRONMENTS, STAGING, Target
from edgefleet.config.tenant import Tenant
from edgefleet.config.validate import require_valid
from edgefleet.core.output.progress import ConsoleProgress
from edgefleet.deploy.checks.commits import check_merged
from edgefleet.deploy.request import Dependencies
from edgefleet.errors import CloudflareError, TargetBusyError, UsageError
from edgefleet.health.models import Expectation
from edgefleet.health.probe import VersionOverride
from edgefleet.locks.fence import CACHE_SECONDS, Fence, LocalFence
from edgefleet.locks.lease import LockOwner
from edgefleet.locks.local import LocalLocks
from edgefleet.locks.locking import LocalLocker
from edgefleet.records.models import Action, Health, Origin, Status
from edgefleet.records.signature import OWN_MESSAGE
from edgefleet.records.store import Records
from edgefleet.rollback.request import RollbackRequest, RollbackResult
from edgefleet.rollback.rollback import rollback
from support.clock import FakeClock
from support.fleet import make_fleet
from support.lineage import KnownLineage
from support.past import PastAccount, by_hand, made, put_back
from support.records import deployed, run

ALDER = Target(tenant="alder", environment=STAGING)
UNUSED: Any = None


class Told(ConsoleProgress):
    """Remembers what it is to say."""

    def __init__(self) -> None:
        super().__init__(FakeClock())
        self.notes: list[str] = []

    def say(self, text: str) -> None:
        self.notes.append(text)


class TakenOver(LocalFence):
    """The lock of a run that took it over from another one."""

    @property
    def took_over(self) -> str | None:
        return "1" * 32


@dataclass
class SharedLocking(LocalLocker):
    """Remembers whether each run took the lock over, and lets something happen before that."""

    taken_over: list[bool] = field(default_factory=list)
    before: Callable[[], object] = lambda: None

    @contextmanager
    def hold(
        self,
        targets: Sequence[str],
        run: LockOwner,
        *,
        take_over: bool = False,
        wait: float = 0.0,
    ) -> Iterator[Fence]:
        self.before()
        self.taken_over.append(take_over)
        yield TakenOver() if take_over else LocalFence()


@dataclass
class Scene:
    """A script whose versions were live in their order, and the records of this machine."""

    folder: Path
    tenant: Tenant
    account: PastAccount = field(default_factory=lambda: PastAccount([], []))
    told: Told = field(default_factory=Told)
    clock: FakeClock = field(default_factory=FakeClock)
    probed: list[str | None] = field(default_factory=list)
    lineage: KnownLineage = field(default_factory=KnownLineage)
    meanwhile: Callable[[], object] = lambda: None
    """What happens while a version is probed."""
    locking: SharedLocking = field(default_factory=SharedLocking)

    def live(self, *versions: Version) -> None:
        """Let each of these be deployed, one after the other."""
        self.account.made += versions
        for version in versions:
            self.account.past.insert(0, deployed(60 * version.number, version.id))

    def recorded(self, *versions: str, **fields: Any) -> None:
        records = Records(self.folder / "deployments")
        for version in versions:
            at = int(version.removeprefix("v"))
            records.create(run(60 * at, 60 * at, tenant="alder", version_id=version, **fields))

    def probe(
        self,
        url: str,
        expected: Expectation,
        *,
        deadline: float,
        pin: VersionOverride | None = None,
    ) -> Health:
        self.probed.append(expected.version_id)
        self.meanwhile()
        return Health(url=url, healthy=True, attempts=1, seconds=deadline)

    def back(self, **asked: Any) -> RollbackResult:
        self.clock.sleep(3600)
        ports = Dependencies(
            wrangler=UNUSED,
            credentials=Credentials({"CLOUDFLARE_API_TOKEN_ALDER": "t"}, self.folder),
            connect=lambda *_: self.account,
            probe=self.probe,
            observe=UNUSED,
            records=Records(self.folder / "deployments"),
            locks=LocalLocks(self.folder / "locks"),
            clock=self.clock,
            progress=self.told,
            lineage=self.lineage,
            base_url="",
            workers_dev="https://workers.dev",
            locking=self.locking,
        )
        request = RollbackRequest(
            target=ALDER,
            load=lambda: self.tenant,
            origin=Origin(edgefleet_version="0"),
            root=self.folder,
            load_at=UNUSED,
            **asked,
        )
        return rollback(request, ports)

    def went_to(self) -> str | None:
        return self.back().record.version_id


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    fleet = make_fleet(tmp_path)
    (tenant,) = require_valid(fleet, ("alder",), DEFAULT_ENVIRONMENTS, today=date(2026, 11, 21))
    return Scene(tmp_path, tenant)


def test_it_goes_to_what_was_recorded_healthy_last(scene: Scene) -> None:
    scene.live(made(1), made(2), made(3))
    scene.recorded("v1", "v2", "v3")
    assert scene.went_to() == "v2"
    assert scene.account.shares == {"v2": 100}
    assert "it is the last one that was recorded healthy" in scene.told.notes[0]


def test_what_another_machine_deployed_since_is_not_skipped(scene: Scene) -> None:
    scene.recorded("v1")
    scene.live(made(1), made(2), made(3), made(4))
    assert scene.went_to() == "v3"
    assert "no record here tells of what another machine has deployed since" in scene.told.notes[0]
    assert "by Cloudflare's history it was live before" in scene.told.notes[0]


@pytest.mark.parametrize("message", ["edgefleet 1.0.0, rollback", None], ids=["by it", "by hand"])
def test_what_was_left_elsewhere_is_not_returned_to(scene: Scene, message: str | None) -> None:
    scene.live(made(1), made(2), made(3))
    scene.recorded("v1", "v2", "v3")
    scene.account.past.insert(0, put_back(2, at=20).model_copy(update={"message": message}))
    assert scene.went_to() == "v1"
    assert "no record here tells of what another machine has deployed since" in scene.told.notes[0]


def test_version_left_elsewhere_is_no_rollback_target(scene: Scene) -> None:
    scene.live(made(1), made(2), made(3))
    scene.recorded("v1", "v2", "v3")
    scene.account.past.insert(0, put_back(2, at=20))
    scene.live(by_hand(30))
    assert scene.went_to() == "v2"


def test_rollback_is_signed_for_other_machines(scene: Scene) -> None:
    scene.live(made(1), made(2))
    scene.recorded("v1", "v2")
    scene.back()
    assert str(scene.account.past[0].message).startswith(OWN_MESSAGE)


def test_twice_in_a_row_goes_back_step_by_step_there_too(scene: Scene) -> None:
    scene.recorded("v1")
    scene.live(made(1), made(2), made(3), made(4))
    assert [scene.went_to() for _ in range(3)] == ["v3", "v2", "v1"]


def test_manual_deploy_does_not_hide_a_proved_version(scene: Scene) -> None:
    scene.recorded("v1", "v2")
    scene.live(made(1), made(2), by_hand(3), by_hand(4))
    assert scene.went_to() == "v2"


def test_version_marked_bad_by_a_record_is_skipped(scene: Scene) -> None:
    scene.recorded("v1")
    scene.recorded("v2", action=Action.ROLLBACK, previous_version_id="v3")
    scene.live(*(made(number) for number in (1, 2, 3, 4, 5)))
    scene.account.past.pop(1)
    assert scene.went_to() == "v2"


def split(scene: Scene, **shares: float) -> None:
    """Share the traffic out, as a colleague would."""
    found = tuple(TrafficShare(version_id=one, percentage=part) for one, part in shares.items())
    newest = scene.account.past[0]
    scene.account.past.insert(0, newest.model_copy(update={"id": "split", "versions": found}))


def test_the_live_version_with_all_the_traffic_is_no_work(scene: Scene) -> None:
    scene.live(made(1), made(2))
    assert scene.back(to="v2").record.status is Status.UNCHANGED


def test_same_rollback_by_another_run_is_not_undone(scene: Scene) -> None:
    scene.live(made(1), made(2))
    scene.meanwhile = lambda: split(scene, v1=100)
    with pytest.raises(TargetBusyError, match="v1 is live now"):
        scene.back(to="v1")
    assert scene.account.shares == {"v1": 100}


@pytest.mark.parametrize("rest", [10, 0])
def test_taken_over_split_ends_at_the_requested_version(scene: Scene, rest: float) -> None:
    scene.live(made(1), made(2))
    split(scene, v1=100 - rest, v2=rest)
    with pytest.raises(TargetBusyError):
        scene.back(to="v1")
    record = scene.back(to="v1", take_over=True).record
    assert (record.status, record.version_id) == (Status.SUCCEEDED, "v1")
    assert scene.account.shares == {"v1": 100}
    assert scene.probed == ["v1", "v1"]


def test_version_is_checked_at_its_live_url(scene: Scene) -> None:
    scene.live(made(1), made(2))
    scene.account.found = ScriptSettings(domains=({"hostname": "ai.shop.example", "zone_id": "z"},))
    record = scene.back().record
    assert record.health is not None
    assert record.health.url == record.url == "https://ai.shop.example"


COMMIT = "0123456789ab"


def test_unmerged_commit_is_noted_here_and_refused_on_github(
    scene: Scene,
) -> None:
    """Review 2."""
    scene.live(made(1, COMMIT), made(2), made(3))
    scene.lineage = KnownLineage(merged=False, on_github=True)
    with pytest.raises(UsageError, match=f"commit {COMMIT} is not an ancestor of main") as caught:
        scene.back(to="v1")
    assert "gh workflow run deploy.yml" in caught.value.hint
    assert scene.account.shares == {"v3": 100}
    check_merged(KnownLineage(merged=False), COMMIT, scene.told)
    assert scene.told.notes[-1] == f"  note: commit {COMMIT} is not an ancestor of main"


def test_what_git_cannot_tell_is_refused_on_github_alone(scene: Scene) -> None:
    """Review 2."""
    check_merged(KnownLineage(merged=None), COMMIT, scene.told)
    assert scene.told.notes == []
    with pytest.raises(UsageError, match="git cannot tell"):
        check_merged(KnownLineage(merged=None, on_github=True), COMMIT, scene.told)


def setting_a_secret(number: int) -> Version:
    """Return the version `v<number>`, which was made by setting a secret, and has no tag."""
    return Version(id=f"v{number}", number=number, set_secret=True)


def test_github_returns_to_no_version_that_never_was_live(scene: Scene) -> None:
    """Review 2."""
    scene.live(made(1, COMMIT), setting_a_secret(2), made(3))
    scene.account.made.append(made(4))
    scene.lineage = KnownLineage(on_github=True)
    with pytest.raises(UsageError, match="version v4 never was live"):
        scene.back(to="v4")
    assert scene.back(to="v2").record.version_id == "v2"
    scene.lineage = KnownLineage()
    assert scene.back(to="v4").record.version_id == "v4"
    assert any("version v4 never was live" in note for note in scene.told.notes)


def test_github_takes_no_version_without_a_commit(
    scene: Scene,
) -> None:
    """Review 2."""
    scene.live(made(1), made(2, COMMIT), setting_a_secret(3), made(4))
    scene.lineage = KnownLineage(on_github=True)
    with pytest.raises(UsageError, match="version v1 was made from no commit"):
        scene.back(to="v1")
    assert scene.account.shares == {"v4": 100}
    assert scene.back(to="v3").record.version_id == "v3"


@pytest.mark.parametrize("to", ["previous", "v1"])
def test_r17_expired_version_is_refused_with_the_commit(scene: Scene, to: str) -> None:
    scene.live(made(1), made(2))
    scene.recorded("v1", "v2", git_commit="c" * 40)
    scene.account.undeployable = {"v1"}
    before = list(scene.account.past)
    with pytest.raises(CloudflareError, match="not among the newest 100 versions") as caught:
        scene.back(to=to)
    command = f"edgefleet rollback --tenants alder --env staging --to {'c' * 40}"
    assert command in caught.value.hint
    assert scene.account.past == before


def test_r17_missing_version_is_refused_with_the_commit(scene: Scene) -> None:
    scene.live(made(2))
    scene.recorded("v1", "v2", git_commit="c" * 40)
    with pytest.raises(UsageError, match="has no version v1") as caught:
        scene.back(to="v1")
    assert f"--to {'c' * 40}" in caught.value.hint


@pytest.mark.parametrize("to", ["previous", "v9"])
def test_rollback_that_has_no_version_takes_no_lock_over(scene: Scene, to: str) -> None:
    """The other run would have been ended for nothing."""
    scene.live(made(1))
    with pytest.raises(UsageError, match=r"no earlier version is known|has no version v9"):
        scene.back(to=to, take_over_lock=True)
    assert scene.locking.taken_over == []
    assert scene.account.shares == {"v1": 100}


def test_rollback_decides_again_after_another_deploy(
    scene: Scene,
) -> None:
    scene.live(made(1), made(2))
    scene.locking.before = lambda: scene.live(made(3))
    assert scene.back(take_over_lock=True).record.version_id == "v2"
    assert scene.locking.taken_over == [True]


def test_rollback_decides_once_without_another_deploy(scene: Scene) -> None:
    scene.live(made(1), made(2))
    record = scene.back(take_over_lock=True).record
    assert (record.version_id, record.lock_took_over) == ("v1", "1" * 32)
    assert CACHE_SECONDS in scene.clock.slept
    assert sum("by Cloudflare's history it was live before" in one for one in scene.told.notes) == 1
